/**
 * Exactness over random worlds: whatever a vendor's runs do, in whatever order they are listed and however the process
 * is interrupted, each finished run counts once. @see spec section 2
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LedgerError } from '../src/ledger/ledger.ts';
import type { LedgerStorage } from '../src/ledger/storage.ts';
import { interceptWrites } from './support/intercept-writes.ts';
import { type HistogramTotal, seriesKey, type TotalRecord } from '../src/ledger/records.ts';
import { isFinished, type Result, type Run } from '../src/model/run.ts';
import { DAY, HOUR, MINUTE, seconds, type UnixSeconds, unixSeconds } from '../src/model/time.ts';
import { aConfig, finishedRun, liveRun, someCapabilities } from './support/builders.ts';
import { createRandomWorld, type Happening, RESULTS, shuffled } from './support/random-world.ts';
import { FAILURES } from './support/scripted-vendor.ts';
import { startEngine, type TestEngine } from './support/start-engine.ts';

/** The commit of this number from now meets a full disk, or is the last thing that the process does or fails to do. */
interface Crash {
  readonly commit: number;
  readonly fate: 'full' | 'killed before' | 'killed after';
}

/** An event: to the world, to the vendor's answers, or to the process. */
type Step =
  | Happening
  | { readonly kind: 'pass'; readonly minutes: number }
  | { readonly kind: 'poll'; readonly seed: number; readonly slices: number; readonly failAt: number | null }
  | ({ readonly kind: 'crash' } & Crash)
  | { readonly kind: 'restart' | 'kill' | 'release' };

const RUN = fc.nat({ max: 3 });
const JOB = fc.nat({ max: 2 });
const RESULT = fc.nat({ max: RESULTS.length - 1 });
const FATE = fc.constantFrom('full' as const, 'killed before' as const, 'killed after' as const);
const kind = <Kind extends string>(name: Kind): fc.Arbitrary<Kind> => fc.constant(name);
const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: kind('begin'), run: RUN, job: JOB, isInPart: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('finish'), run: RUN, result: RESULT, hasEnd: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('revise'), run: RUN, result: RESULT }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('reopen' as const, 'reveal' as const), run: RUN }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('hide'), run: RUN, isGone: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('rename'), job: JOB }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('pass'), minutes: fc.integer({ min: 1, max: 300 }) }) },
  {
    weight: 7,
    arbitrary: fc.record({
      kind: kind('poll'),
      seed: fc.nat({ max: 1000 }),
      slices: fc.integer({ min: 1, max: 4 }),
      failAt: fc.option(fc.nat({ max: 8 }), { freq: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kind('crash'), commit: fc.nat({ max: 3 }), fate: FATE }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('restart' as const, 'kill' as const, 'release' as const) }),
  },
);

function amount(value: number | HistogramTotal): number {
  return typeof value === 'number' ? value : value.count;
}

/** Watches every commit: what was added to which metric, over renames too; and that nothing ever falls. */
function createWitness() {
  const latest = new Map<string, TotalRecord>();
  const grown = new Map<string, number>();
  return {
    witness: (totals: readonly TotalRecord[]): void => {
      for (const total of totals) {
        const key = `${total.owner} ${seriesKey(total.metric, total.labels)}`;
        const last = latest.get(key);
        const isSame = last !== undefined && last.createdAt === total.createdAt;
        const [value, published] = isSame ? [amount(last.value), amount(last.published)] : [0, 0];
        expect(amount(total.value), `${key} falls`).toBeGreaterThanOrEqual(value);
        expect(amount(total.published), `${key} is shown falling`).toBeGreaterThanOrEqual(published);
        expect(amount(total.published), `${key} is shown too high`).toBeLessThanOrEqual(amount(total.value));
        latest.set(key, total);
        const of = [total.metric, ...total.labels].join(' ');
        grown.set(of, (grown.get(of) ?? 0) + amount(total.value) - value);
      }
    },
    /** All that was ever added to series of a metric whose labels hold these, by name. */
    sum: (metric: string, labels = ''): number =>
      [...grown]
        .filter(([key]) => key.split(' ')[0] === metric && key.includes(labels))
        .reduce((sum, [, count]) => sum + count, 0),
  };
}

/** A ledger whose process can be killed in the middle of a commit. */
function createMortal(witness: (totals: readonly TotalRecord[]) => void) {
  const mortal = { crash: null as Crash | null, isDead: false };
  const wrap = (storage: LedgerStorage): LedgerStorage =>
    interceptWrites(storage, async (write, change) => {
      if (mortal.isDead) throw new LedgerError('dead');
      const { crash } = mortal;
      const isHit = crash?.commit === 0;
      mortal.crash = crash === null || isHit ? null : { ...crash, commit: crash.commit - 1 };
      if (!isHit || crash.fate === 'killed after') {
        await write(change);
        witness(change.totals);
      }
      if (!isHit) return;
      mortal.isDead = crash.fate !== 'full';
      throw new LedgerError(crash.fate);
    });
  return { mortal, wrap };
}

/** Expects the same in memory as a process would load that started now, but for times that are written now and then. */
async function expectStored(exporter: TestEngine): Promise<void> {
  const plain = ({ scopes, ...rest }: Awaited<ReturnType<TestEngine['stored']>>) => ({
    ...rest,
    scopes: new Map(
      [...scopes].map(([key, scope]) => [key, { ...scope, watermark: null, readAt: null, seenUntil: null }]),
    ),
  });
  expect(plain(exporter.state())).toEqual(plain(await exporter.stored()));
}

async function live(steps: readonly Step[]): Promise<void> {
  const world = createRandomWorld();
  const { witness, sum } = createWitness();
  const { mortal, wrap } = createMortal(witness);
  const capabilities = someCapabilities({ reach: seconds(30 * 86_400), finishedDetails: ['steps'] });
  const config = aConfig({ holdWindow: seconds(2 * MINUTE) });
  using exporter = await startEngine({ config, storage: wrap, script: { scopes: ['account', 'part'], capabilities } });
  const { script, clock } = exporter;
  script.run = (id) => {
    const known = world.runs.get(id);
    return known === undefined || known.hidden === 'gone' ? 'gone' : known.run;
  };
  script.details = () => ({ steps: [{ name: 'load', result: 'success', duration: seconds(1) }], rows: null });
  const revive = async (): Promise<void> => {
    if (!mortal.isDead) return;
    Object.assign(mortal, { crash: null, isDead: false });
    await exporter.kill();
  };
  const poll = async (seed: number, slices: number, failAt: number | null): Promise<void> => {
    let requests = 0;
    script.slices = (window) => Array.from({ length: slices }, (_, part) => ({ ...window, part: String(part) }));
    script.list = ({ scope, slice }) => {
      requests += 1;
      if (requests - 1 === failAt) return seed % 2 === 0 ? FAILURES.broken() : FAILURES.unreachable();
      // Each run is in one of the slices; some are in all of them.
      const isIn = (place: number): boolean => (place + seed) % slices === Number(slice.part) || place % 5 === 0;
      return shuffled(
        world.list(scope.key).filter((_, place) => isIn(place)),
        seed,
      );
    };
    await exporter.poll();
    await revive();
    await expectStored(exporter);
  };
  const take = async (step: Step): Promise<void> => {
    switch (step.kind) {
      case 'pass':
        return clock.advance(step.minutes * MINUTE);
      case 'poll':
        return poll(step.seed, step.slices, step.failAt);
      case 'crash':
        mortal.crash = step;
        return undefined;
      case 'restart':
        return exporter.restart();
      case 'kill':
        return exporter.kill();
      case 'release':
        exporter.scrape('runsFinished');
        exporter.scrape('runsFinished');
        return exporter
          .target()
          .target.releaseHolds()
          .catch(() => undefined);
      default:
        // Labels that begin anew do so at another time than before.
        clock.advance(1);
        return world.happen(step, clock.now());
    }
  };

  // History, which never counts, and a baseline.
  for (const [id, name] of [100, 101, 102].entries()) {
    world.happen({ kind: 'begin', run: name, job: id, isInPart: true }, clock.now());
    world.happen({ kind: 'finish', run: name, result: id, hasEnd: true }, clock.now());
  }
  await poll(1, 1, null);
  for (const step of steps) {
    await take(step);
    await revive();
  }
  // In the end all is revealed, and read.
  mortal.crash = null;
  world.revealAll();
  await exporter.restart();
  for (let round = 0; round < 3; round += 1) {
    clock.advance(HOUR);
    await poll(round, 1, null);
  }

  const state = exporter.state();
  const truth = [...world.runs.values()].map(({ run }) => run);
  const news = truth.filter(({ id }) => !['r100', 'r101', 'r102'].includes(id));
  /** The result that a run last had for the exporter; null: none yet. Of a run that is live again, that of its earlier end. */
  const lastResult = (id: string): Result | null => {
    const run = truth.find((candidate) => candidate.id === id);
    if (run !== undefined && isFinished(run)) return run.result;
    return state.live.get(id)?.life.ending?.result ?? null;
  };
  const ended = news.map(({ id }) => lastResult(id)).filter((heard) => heard !== null);
  expect(sum('runsFinished')).toBe(ended.length);
  for (const heard of RESULTS) {
    const present = sum('runsFinished', `result ${heard}`);
    const [from, to] = [sum('runCorrections', `from ${heard} to`), sum('runCorrections', `to ${heard}`)];
    expect(present - from + to, heard).toBe(ended.filter((other) => other === heard).length);
  }
  expect(sum('stepsFinished')).toBe(ended.length);
  const alive = truth.filter((candidate) => !isFinished(candidate)).map(({ id }) => id);
  expect([...state.live.keys()].toSorted()).toEqual(alive.toSorted());
  expect([state.pendingDetails.size, state.reported.size]).toEqual([0, 0]);
}

describe('a random world', () => {
  it('has each finished run counted exactly once, by the result that it has in the end', async () => {
    await fc.assert(fc.asyncProperty(fc.array(STEP, { minLength: 10, maxLength: 60 }), live), {
      numRuns: Number(process.env['PROPERTY_RUNS'] ?? 60),
    });
  });
});

/** An event at a vendor whose lists are asked for by time: to a run, to the clocks, or to the process. */
type WindowedStep =
  | { readonly kind: 'begin'; readonly minutesAgo: number }
  | { readonly kind: 'finish'; readonly nth: number }
  | { readonly kind: 'pass'; readonly minutes: number }
  | { readonly kind: 'poll'; readonly isFailing: boolean }
  | { readonly kind: 'skew'; readonly minutes: number }
  | { readonly kind: 'kill' };

const WINDOWED_STEP: fc.Arbitrary<WindowedStep> = fc.oneof(
  // Lists go by a date of a run that may lie up to 20 hours before it began.
  { weight: 4, arbitrary: fc.record({ kind: kind('begin'), minutesAgo: fc.constantFrom(0, 0, 30, 90, 1200) }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('finish'), nth: fc.nat({ max: 20 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('pass'), minutes: fc.integer({ min: 1, max: 200 }) }) },
  { weight: 8, arbitrary: fc.record({ kind: kind('poll'), isFailing: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('skew'), minutes: fc.integer({ min: -40, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('kill') }) },
);

/** @param hasLiveList true where live runs are listed whatever their dates, as Adverity does */
async function liveWindowed(steps: readonly WindowedStep[], hasLiveList: boolean): Promise<void> {
  const { witness, sum } = createWitness();
  const { wrap } = createMortal(witness);
  const capabilities = someCapabilities({
    windowed: true,
    lookback: HOUR,
    extendedLookback: DAY,
    lead: DAY,
    reach: seconds(30 * DAY),
  });
  using exporter = await startEngine({ storage: wrap, script: { capabilities } });
  const { script, clock } = exporter;
  /** Their runs, and the date that lists go by. */
  const runs: { run: Run; readonly date: UnixSeconds }[] = [];
  let skew = 0;
  const vendorNow = (): UnixSeconds => unixSeconds(clock.now() - skew);
  script.run = (id) => runs.find(({ run }) => run.id === id)?.run ?? 'gone';
  script.list = ({ slice }) => ({
    runs: runs.flatMap(({ run, date }) =>
      (date >= slice.from && date <= slice.to) || (hasLiveList && !isFinished(run)) ? [run] : [],
    ),
    vendorTime: vendorNow(),
  });
  const { list } = script;
  const take = async (step: WindowedStep): Promise<void> => {
    switch (step.kind) {
      case 'begin': {
        const startedAt = vendorNow();
        const run = liveRun({ id: `r${runs.length}`, startedAt });
        runs.push({ run, date: unixSeconds(startedAt - step.minutesAgo * MINUTE) });
        return;
      }
      case 'finish': {
        const begun = runs.filter(({ run }) => !isFinished(run));
        const known = begun[step.nth % begun.length];
        if (known === undefined) return;
        const { id, startedAt } = known.run;
        known.run = finishedRun({ id, startedAt, endedAt: vendorNow() });
        return;
      }
      case 'pass':
        return clock.advance(step.minutes * MINUTE);
      case 'poll':
        clock.advance(MINUTE);
        script.list = step.isFailing ? () => FAILURES.broken() : list;
        return exporter.poll();
      case 'skew':
        skew += step.minutes * MINUTE;
        return clock.advance(step.minutes * MINUTE);
      default:
        return exporter.kill();
    }
  };

  await exporter.poll();
  for (const step of steps) await take(step);
  // Polls go on as usual, with neither a start nor a full sync, until the last of them is an extended lookback.
  script.list = list;
  for (let poll = 0; poll < 60; poll += 1) await take({ kind: 'poll', isFailing: false });

  expect(sum('runsFinished')).toBe(runs.filter(({ run }) => isFinished(run)).length);
  const alive = runs.flatMap(({ run }) => (isFinished(run) ? [] : [run.id]));
  expect([...exporter.state().live.keys()].toSorted()).toEqual(alive.toSorted());
  expect(sum('lateRuns')).toBe(0);
}

describe('a random vendor whose lists are asked for by time', () => {
  it.each([
    ['lists what is live', true],
    ['lists what is live by its date alone', false],
  ])('has each finished run counted exactly once, without a full sync, where it %s', async (_what, hasLiveList) => {
    await fc.assert(
      fc.asyncProperty(fc.array(WINDOWED_STEP, { minLength: 10, maxLength: 60 }), (steps) =>
        liveWindowed(steps, hasLiveList),
      ),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 60) },
    );
  });
});

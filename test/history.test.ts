/**
 * History is never news: what ended before anybody could have counted it is never counted, however late it shows.
 * @see spec rule 2
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VendorError } from '../src/http/errors.ts';
import type { Run } from '../src/model/run.ts';
import { before, DAY, HOUR, MINUTE, seconds, type UnixSeconds, unixSeconds } from '../src/model/time.ts';
import { ago, aJob, at, finishedRun, liveRun, someCapabilities } from './support/builders.ts';
import { NOW } from './support/manual-clock.ts';
import { FAILURES, type Script } from './support/scripted-vendor.ts';
import { startEngine, type TestEngine } from './support/start-engine.ts';

/** So many failures of a job, a day apart, the newest of three weeks ago. */
function oldFailures(count: number, job = 'nightly'): readonly Run[] {
  return Array.from({ length: count }, (_, index) =>
    finishedRun({
      id: `${job}-${index}`,
      job: aJob({ name: job }),
      result: 'failure',
      endedAt: at(-(21 + index) * DAY),
    }),
  );
}

const sum = (samples: Readonly<Record<string, number>>): number =>
  Object.values(samples).reduce((total, value) => total + value, 0);

describe('runs of long ago count never', () => {
  it.each<readonly [string, Script['list']]>([
    ['was empty', () => []],
    ['could not be read', () => ({ rejected: [{ reason: 'schema', key: 'x', problem: 'id: is empty' }] })],
    ['failed', () => FAILURES.broken()],
  ])('where the first answer %s', async (_what, first) => {
    using exporter = await startEngine({ script: { list: first } });
    await exporter.poll();
    exporter.clock.advance(MINUTE);
    exporter.script.list = () => oldFailures(60);

    await exporter.poll();

    expect(exporter.shown('runsFinished')).toEqual({
      'nightly success': 0,
      'nightly failure': 0,
      'nightly cancellation': 0,
    });
    expect(exporter.shown('lastRunResult')).toMatchObject({ 'nightly failure': 1 });
    expect(exporter.shown('lastRunEnd')).toEqual({ nightly: at(-21 * DAY) });
  });

  it('where half of them could not be read at the baseline, and the job is known by the others', async () => {
    const [first, ...others] = oldFailures(60);
    using exporter = await startEngine({ script: { list: () => [first!] } });
    await exporter.poll();
    exporter.clock.advance(MINUTE);
    exporter.script.list = () => [first!, ...others];

    await exporter.poll();

    expect(sum(exporter.shown('runsFinished'))).toBe(0);
    expect(exporter.shown('historyRuns')).toEqual({ '': 59 });
  });

  it('where a key is granted a workspace later, and says how many runs came with it', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [finishedRun()];
    await exporter.poll();
    exporter.clock.advance(HOUR);
    await exporter.poll();
    exporter.script.list = () => [finishedRun(), ...oldFailures(140, 'of another team')];

    await exporter.poll();
    await exporter.kill();
    await exporter.poll();

    expect(sum(exporter.shown('runsFinished'))).toBe(0);
    expect(exporter.shown('historyRuns')).toEqual({ '': 140 });
    expect(exporter.shown('lateRuns')).toEqual({ '': 0 });
  });

  it('counts what such a job does from then on, and what was live in it when it came', async () => {
    using exporter = await startEngine();
    await exporter.poll();
    exporter.clock.advance(HOUR);
    await exporter.poll();
    const old = oldFailures(10);
    exporter.script.list = () => [...old, liveRun({ id: 'live', startedAt: ago(DAY) })];
    await exporter.poll();
    exporter.clock.advance(MINUTE);
    const now = exporter.clock.now();
    exporter.script.list = () => [
      ...old,
      finishedRun({ id: 'live', startedAt: ago(DAY), endedAt: now, result: 'failure' }),
      finishedRun({ id: 'new', endedAt: now, result: 'failure' }),
    ];

    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(2);
  });

  it('counts runs that ended while the vendor failed, also of a new job', async () => {
    using exporter = await startEngine();
    await exporter.poll();
    exporter.script.list = () => FAILURES.broken();
    exporter.clock.advance(3 * DAY);
    await exporter.poll();
    exporter.script.list = () => [finishedRun({ endedAt: at(DAY), result: 'failure' })];
    exporter.clock.advance(HOUR);

    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
    expect(exporter.shown('historyRuns')).toEqual({ '': 0 });
  });

  it('leaves out the rows that a stream had before its job could be seen', async () => {
    const capabilities = someCapabilities({ liveDetails: ['rows'], finishedDetails: ['rows'] });
    using exporter = await startEngine({ script: { capabilities } });
    await exporter.poll();
    exporter.clock.advance(HOUR);
    await exporter.poll();
    let processed = 1_000_000;
    exporter.script.details = () => ({ steps: null, rows: { processed } });
    exporter.script.list = () => [liveRun({ startedAt: at(-30 * DAY) })];
    await exporter.poll();
    processed += 7;

    await exporter.poll();

    expect(exporter.shown('rows')).toEqual({ 'nightly processed': 7 });
  });
});

/** An event: to a vendor's world, to the key that reads it, or to the process. */
type Step =
  | { readonly kind: 'begin' | 'grant'; readonly job: number }
  | { readonly kind: 'finish'; readonly nth: number; readonly hasEnd: boolean }
  | { readonly kind: 'pass'; readonly minutes: number }
  | { readonly kind: 'poll'; readonly answer: 'well' | 'broken' | 'empty' }
  | { readonly kind: 'kill' | 'restart' };

const JOBS = 3;
const JOB = fc.nat({ max: JOBS - 1 });
const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('begin' as const), job: JOB }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('grant' as const), job: JOB }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('finish' as const), nth: fc.nat({ max: 30 }), hasEnd: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 400 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('poll' as const),
      answer: fc.constantFrom('well' as const, 'well' as const, 'well' as const, 'broken' as const, 'empty' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'restart' as const) }) },
);

/** A run of the world in truth. */
interface Truth {
  run: Run;
  readonly job: number;
  /** null while it is live. */
  endedAt: UnixSeconds | null;
  /** True once a good answer listed it while it was live. */
  wasSeenLive: boolean;
}

/** Numbers of runs that each job must have counted at least, and may have counted at most. */
class Bounds {
  readonly least = Array.from({ length: JOBS }, () => 0);
  readonly most = Array.from({ length: JOBS }, () => 0);
}

async function live(steps: readonly Step[], isWindowed: boolean): Promise<void> {
  const capabilities = isWindowed
    ? someCapabilities({ windowed: true, lookback: HOUR, extendedLookback: DAY, lead: DAY, reach: seconds(60 * DAY) })
    : someCapabilities({ reach: seconds(60 * DAY) });
  using exporter: TestEngine = await startEngine({ script: { capabilities } });
  const { script, clock } = exporter;
  const truths: Truth[] = [];
  /** When the key began to see each job; null: not yet. */
  const grantedAt: (UnixSeconds | null)[] = Array.from({ length: JOBS }, () => null);
  /** When the first good answer came after a job was granted; null: none yet. */
  const readAt: (UnixSeconds | null)[] = Array.from({ length: JOBS }, () => null);
  let baselineAt: UnixSeconds | null = null;

  const begin = (number: number, startedAt = clock.now()): void => {
    const run = liveRun({ id: `r${truths.length}`, job: aJob({ name: `job ${number}` }), startedAt });
    truths.push({ run, job: number, endedAt: null, wasSeenLive: false });
  };
  const finish = (truth: Truth, hasEnd: boolean, endedAt = clock.now()): void => {
    const { id, job, startedAt } = truth.run;
    truth.endedAt = endedAt;
    truth.run = finishedRun({ id, job, startedAt, endedAt: hasEnd ? endedAt : null, duration: null });
  };
  const visible = (): readonly Truth[] => truths.filter(({ job: number }) => grantedAt[number] !== null);
  script.run = (id) => visible().find(({ run }) => run.id === id)?.run ?? 'gone';
  const poll = async (answer: 'well' | 'broken' | 'empty'): Promise<void> => {
    clock.advance(MINUTE);
    const now = clock.now();
    script.list = ({ slice }) => {
      if (answer === 'broken') return FAILURES.broken();
      if (answer === 'empty') return { runs: [], vendorTime: now };
      const runs = visible().filter(
        ({ run }) => !isWindowed || (run.startedAt! <= slice.to && (run.startedAt! >= slice.from || 'state' in run)),
      );
      return { runs: runs.map(({ run }) => run), vendorTime: now };
    };
    await exporter.poll();
    if (answer === 'broken') return;
    baselineAt ??= now;
    if (answer === 'empty') return;
    for (const truth of visible()) {
      readAt[truth.job] ??= now;
      if (truth.endedAt === null) truth.wasSeenLive = true;
    }
  };

  // Every job has a past.
  for (let number = 0; number < JOBS; number += 1) {
    for (let days = 20; days < 25; days += 1) {
      begin(number, before(NOW, seconds(days * DAY + HOUR)));
      finish(truths.at(-1)!, days % 2 === 0, before(NOW, seconds(days * DAY)));
    }
  }
  grantedAt[0] = NOW;
  for (const step of steps) {
    if (step.kind === 'begin') begin(step.job);
    else if (step.kind === 'grant') grantedAt[step.job] ??= clock.now();
    else if (step.kind === 'finish') {
      const alive = truths.filter(({ endedAt }) => endedAt === null);
      const truth = alive[step.nth % alive.length];
      if (truth !== undefined) finish(truth, step.hasEnd);
    } else if (step.kind === 'pass') clock.advance(step.minutes * MINUTE);
    else if (step.kind === 'poll') await poll(step.answer);
    else if (step.kind === 'kill') await exporter.kill();
    else await exporter.restart();
  }
  for (let number = 0; number < JOBS; number += 1) grantedAt[number] ??= clock.now();
  await poll('well');
  await exporter.restart();
  clock.advance(DAY);
  for (let round = 0; round < 3; round += 1) await poll('well');

  const bounds = new Bounds();
  for (const { job: number, endedAt, run, wasSeenLive } of truths) {
    if (endedAt === null) continue;
    const granted = grantedAt[number]!;
    const begun = Math.max(baselineAt!, granted);
    const knownEnd = 'result' in run && run.endedAt !== null ? endedAt : run.startedAt!;
    const isNews = wasSeenLive || (knownEnd > begun && endedAt > begun);
    // A run that has no end may have ended at any time after its start.
    const isHistory = !wasSeenLive && endedAt < Math.min(begun, readAt[number]!) - 20 * MINUTE - 2 * DAY;
    if (isNews) bounds.least[number]! += 1;
    if (!isHistory) bounds.most[number]! += 1;
  }
  const shown = exporter.state().totals;
  for (let number = 0; number < JOBS; number += 1) {
    const totals = [...(shown.get(`job ${number}`)?.values() ?? [])].filter(({ metric }) => metric === 'runsFinished');
    const counted = totals.reduce((total, { value }) => total + (typeof value === 'number' ? value : 0), 0);
    expect(counted, `job ${number}`).toBeGreaterThanOrEqual(bounds.least[number]!);
    expect(counted, `job ${number}`).toBeLessThanOrEqual(bounds.most[number]!);
  }
}

describe('random orders of grants, outages and restarts', () => {
  it.each([
    ['whole', false],
    ['by time', true],
  ])(
    'count all that ended since a job could be seen, and no history, where lists are read %s',
    async (_how, isWindowed) => {
      await fc.assert(
        fc.asyncProperty(fc.array(STEP, { minLength: 10, maxLength: 60 }), (steps) => live(steps, isWindowed)),
        { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 60) },
      );
    },
  );
});

describe('a wrong clock of this machine at the first start', () => {
  it("shows when polls succeeded, and how long they took, by this machine's clock", async () => {
    using exporter = await startEngine();
    exporter.script.list = () => ({ vendorTime: unixSeconds(exporter.clock.now() + 3 * HOUR) });

    await exporter.poll();

    expect(exporter.shown('targetLastSuccess')).toEqual({ '': NOW });
    expect(exporter.shown('lastPollDuration')).toEqual({ '': 0 });
  });

  it('is noticed by a refusal too, as a vendor refuses windows that lie in its future', async () => {
    using exporter = await startEngine({ script: { capabilities: someCapabilities({ windowed: true, reach: DAY }) } });
    const { clock, script } = exporter;
    script.list = ({ slice }) =>
      slice.from > NOW
        ? new VendorError('refused', { reason: 'http_client', status: 400, date: NOW })
        : { runs: [finishedRun({ endedAt: at(-60) })], vendorTime: NOW };
    clock.set(at(10 * DAY));

    await exporter.poll();

    expect(exporter.shown('targetUp')).toEqual({ '': 1 });
    expect(exporter.shown('lastRunEnd')).toEqual({ nightly: at(-60) });
  });

  it.each([
    ['three days behind', -3 * DAY],
    ['ten days behind', -10 * DAY],
    ['ten days ahead', 10 * DAY],
    ['120 days ahead', 120 * DAY],
    ['in 1970', 60 - NOW],
  ])('%s makes no history news, and loses no failure', async (_what, error) => {
    const capabilities = someCapabilities({ windowed: true, reach: seconds(7 * DAY) });
    using exporter = await startEngine({ script: { capabilities } });
    const { clock, script } = exporter;
    const vendorStart = NOW;
    const vendorNow = (): UnixSeconds => unixSeconds(vendorStart + clock.monotonic());
    const runs: Run[] = [1, 2, 3, 4, 5].map((days) =>
      finishedRun({ id: `old-${days}`, result: 'failure', endedAt: before(NOW, seconds(days * DAY)) }),
    );
    script.list = ({ slice }) => ({
      runs: runs.filter((run) => run.startedAt! >= slice.from && run.startedAt! <= slice.to),
      vendorTime: vendorNow(),
    });
    clock.set(NOW + error);
    await exporter.poll();
    clock.advance(MINUTE);
    runs.push(finishedRun({ id: 'new', result: 'failure', endedAt: vendorNow() }));
    clock.advance(MINUTE);
    await exporter.poll();
    clock.set(vendorNow());
    clock.advance(MINUTE);
    await exporter.poll();
    await exporter.kill();
    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
    expect(exporter.shown('historyGap')).toEqual({ '': 0 });
    expect(exporter.shown('lastRunEnd')).toEqual({ nightly: at(MINUTE) });
  });
});

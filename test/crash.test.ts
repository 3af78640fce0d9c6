/** The built program is killed without warning, again and again, and still counts every run exactly once. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { seconds } from '../src/model/time.ts';
import type { FaultInput } from '../src/simulator/fault.ts';
import { DRILL_PLAN } from '../src/simulator/plans/drill.ts';
import { eventually } from './support/eventually.ts';
import { counterValues, fallenCounters, targetsUp } from './support/exposition.ts';
import { createWorkplace, type RunningServe, startServe, type Workplace } from './support/start-program-serve.ts';
import { type RunningWorld, startWorld } from './support/start-world.ts';
import { countShown, countTruth } from './support/truth.ts';

/** Time for which the exporter lives before it is killed: often not even until it listens, else amid polls and commits. */
const LIFETIME_MILLISECONDS = { shortest: 100, longest: 2500 };
/** So many steps of which the lifetimes are made: every part of a life is met, in an order of the seed. */
const LIFETIMES = 20;

/** The drill, three times as often: some ten runs a second, so that no moment is without one. */
const DENSE_PLAN = DRILL_PLAN.map((job) => (job.streaming === true ? job : { ...job, every: seconds(job.every / 3) }));

const FAULTS: readonly FaultInput[] = [
  // Lists alone: a detail that failed is asked for again only after a minute.
  { kind: 'status', status: 500, path: '*/runs', probability: 0.2 },
  { kind: 'status', status: 500, path: '*/jobs/', probability: 0.1 },
  { kind: 'hang', vendor: 'matatika', path: '/api/*', probability: 0.05 },
  { kind: 'reset', vendor: 'tailer', probability: 0.05 },
  { kind: 'duplicated', probability: 0.3 },
  { kind: 'truncated', vendor: 'polaris', path: '*/jobs', probability: 0.1 },
];

describe('killed with SIGKILL at any moment', () => {
  it('counts every run exactly once, and lets no counter fall', async () => {
    await using world = await startWorld({ plan: DENSE_PLAN, seed: 11 });
    using workplace = createWorkplace(world.config());

    const { shown, truth, fallen } = await crashAndCatchUp(world, workplace, {
      kills: { baseline: 6, afterwards: 20 },
      seed: 11,
    });

    expect(fallen).toEqual([]);
    expect(shown).toEqual(truth);
    expect(sum(truth.runs)).toBeGreaterThan(100);
  });

  it('does so while vendors fail, hang and repeat themselves, and totals are held', async () => {
    await using world = await startWorld({ plan: DENSE_PLAN, seed: 12 });
    using workplace = createWorkplace(world.config({ counters: { hold_window: '1s' } }));

    const { shown, truth, fallen } = await crashAndCatchUp(world, workplace, {
      kills: { baseline: 2, afterwards: 7 },
      seed: 12,
      faults: FAULTS,
    });

    expect(fallen).toEqual([]);
    expect(shown).toEqual(truth);
    expect(sum(truth.runs)).toBeGreaterThan(30);
  });
});

interface CrashOptions {
  /** One more comes between them, as soon as the baseline is there. */
  readonly kills: { readonly baseline: number; readonly afterwards: number };
  readonly seed: number;
  readonly faults?: readonly FaultInput[];
}

/**
 * Kills the exporter time and again, then lets it catch up. The world's time stands still until every scope has its
 * baseline, however often that is begun anew: what counts is then exactly what ends after that instant.
 */
async function crashAndCatchUp(
  { world, clock, simulators }: RunningWorld,
  workplace: Workplace,
  { kills, seed, faults = [] }: CrashOptions,
) {
  const lifetimes = drawLifetimes(seed);
  const watch = createCounterWatch();
  const kill = async (program: RunningServe): Promise<void> => {
    program.kill('SIGKILL');
    expect(await program.ended).toEqual({ code: null, signal: 'SIGKILL' });
  };
  const liveAndDie = async (): Promise<void> => {
    await using program = startServe(workplace);
    const reading = watch.read(program);
    await pause(lifetimes.next().value);
    await kill(program);
    await reading;
  };
  const baselineAt = clock.now();

  for (let life = 0; life < kills.baseline; life += 1) await liveAndDie();
  {
    await using program = startServe(workplace);
    const reading = watch.read(program);
    await program.metricsOnce('the baseline of all targets', (page) => targetsUp(page) === 5);
    clock.resume();
    await kill(program);
    await reading;
  }
  for (const fault of faults) simulators.faults.add(fault);
  for (let life = 0; life < kills.afterwards; life += 1) await liveAndDie();
  simulators.faults.remove();
  clock.freeze();
  const truth = countTruth(world, { from: baselineAt, to: clock.now() });

  await using program = startServe(workplace);
  const reading = watch.read(program);
  const wanted = JSON.stringify(truth);
  const isCaughtUp = async (): Promise<true | null> =>
    JSON.stringify(countShown(await program.metrics())) === wanted ? true : null;
  await eventually(isCaughtUp, { what: 'the truth' }).catch(() => undefined);
  // Whatever would be counted twice has had its chance once several more polls are over.
  const polls = (await program.metrics()).sum('datajobs_polls_total', { outcome: 'ok' });
  const final = await program.metricsOnce(
    'more polls',
    (page) => page.sum('datajobs_polls_total', { outcome: 'ok' }) >= polls + 15,
  );
  program.kill('SIGTERM');
  expect(await program.ended).toEqual({ code: 0, signal: null });
  await reading;
  return { shown: countShown(final), truth, fallen: watch.fallen };
}

/** Scrapes all the time, and notes every counter that stood lower than before. */
function createCounterWatch() {
  const fallen: string[] = [];
  let durable: ReadonlyMap<string, number> = new Map();
  return {
    fallen,
    /** Reads until the program has ended. */
    async read(program: RunningServe): Promise<void> {
      let own: ReadonlyMap<string, number> = new Map();
      while (program.ending() === null) {
        const page = await program.metrics().catch((error: unknown) => {
          // A scrape that was broken off by the kill says nothing; a page that cannot be read does.
          if (error instanceof TypeError || program.ending() !== null) return null;
          throw error;
        });
        if (page !== null) {
          const [ownNow, durableNow] = [counterValues(page, 'all'), counterValues(page, 'durable')];
          fallen.push(...fallenCounters(own, ownNow), ...fallenCounters(durable, durableNow));
          own = ownNow;
          durable = new Map([...durable, ...durableNow]);
        }
        await pause(50);
      }
    },
  };
}

/** Lifetimes in milliseconds: in each round all of `LIFETIMES` steps between the shortest and the longest, shuffled. */
function* drawLifetimes(seed: number): Generator<number, never> {
  const random = createRandom(seed);
  const { shortest, longest } = LIFETIME_MILLISECONDS;
  for (;;) {
    const steps = Array.from({ length: LIFETIMES }, (_, step) => ({ step, order: random() }));
    for (const { step } of steps.sort((a, b) => a.order - b.order)) {
      yield shortest + ((longest - shortest) * (step + random())) / LIFETIMES;
    }
  }
}

/** mulberry32: 0 to 1, the same row of numbers for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function sum(tally: Readonly<Record<string, number>>): number {
  return Object.values(tally).reduce((total, count) => total + count, 0);
}

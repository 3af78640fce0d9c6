/**
 * The whole course of a run, its future included, drawn from the seed. Nothing here knows what time it is:
 * `show-run.ts` cuts a course at the present.
 */
import { FAILURES, type Result } from '../model/run.ts';
import { later, type Seconds, seconds, type UnixSeconds, unixSeconds } from '../model/time.ts';
import { draw, spread } from './draw.ts';
import type { JobPlan, WorldJob } from './world.ts';

export type PlannedResult = Exclude<Result, 'unknown'>;

/** A job of the plan with all that its runs are drawn from. */
export interface PlannedJob {
  readonly plan: JobPlan;
  readonly job: WorldJob;
  /** Its index in the whole plan. */
  readonly index: number;
  /** Its index among the jobs of its vendor, and their number. */
  readonly vendorIndex: number;
  readonly vendorCount: number;
  readonly seed: number;
  /** The vendor shows no run of it before; runs that ended by then are no part of the truth. */
  readonly grantedAt: UnixSeconds;
  /** The creation of its first run, before jitter. */
  readonly firstAt: UnixSeconds;
}

/** A change of a run after its first end. */
interface Revision {
  readonly at: UnixSeconds;
  readonly kind: 'acknowledge' | 'retry' | 'rewrite';
  /** Of a retry; else the same as `at`. */
  readonly endedAt: UnixSeconds;
}

/** Instants are `Infinity` where something never happens. */
export interface Course {
  readonly planned: PlannedJob;
  /** Counts the job's runs from 0. */
  readonly runIndex: number;
  readonly createdAt: UnixSeconds;
  /** The vendor shows it from then on. */
  readonly shownAt: UnixSeconds;
  readonly startedAt: UnixSeconds;
  /** The end that the run would have if it did not hang. */
  readonly nominalEnd: UnixSeconds;
  readonly endedAt: UnixSeconds;
  /** The vendor shows from then on that it ended. */
  readonly endShownAt: UnixSeconds;
  readonly result: PlannedResult;
  readonly vanishesAt: UnixSeconds;
  readonly revision: Revision | null;
}

const NEVER = unixSeconds(Number.POSITIVE_INFINITY);
const REVISED_AFTER = [60, 600] as const;
/** Runs are created up to this part of the interval later than the schedule says. */
const JITTER = 0.1;
/** Its multiples, less their whole parts, fill 0 to 1 as evenly as a sequence can. */
const GOLDEN_RATIO = 0.618033988749895;

/** Draws the course of a job's run. */
export function plotCourse(planned: PlannedJob, runIndex: number): Course {
  const { plan, seed } = planned;
  const createdAt = creation(planned, runIndex);
  const startedAt = unixSeconds(createdAt + spread(plan.queue, draw(seed, 'queue', runIndex)));
  const result = drawResult(planned, runIndex);
  const vanishes = happens(planned, 'vanish', runIndex, plan.vanishPercent);
  const ends = !vanishes && !isStuck(planned, runIndex);
  const nominalEnd =
    plan.streaming === true
      ? later(unixSeconds(creation(planned, runIndex + 1) - 1), startedAt)
      : unixSeconds(startedAt + drawDuration(planned, runIndex, ends ? result : null));
  const shownAt = unixSeconds(createdAt + (plan.hiddenSeconds ?? 0));
  const endedAt = ends ? nominalEnd : NEVER;
  const endShownAt = later(unixSeconds(endedAt + (plan.lateSeconds ?? 0)), shownAt);
  return {
    planned,
    runIndex,
    createdAt,
    shownAt,
    startedAt,
    nominalEnd,
    endedAt,
    endShownAt,
    result,
    vanishesAt: vanishes ? unixSeconds(spread([startedAt, nominalEnd], draw(seed, 'vanishAt', runIndex))) : NEVER,
    revision: drawRevision(planned, runIndex, result, endShownAt),
  };
}

/**
 * Numbers of the job's runs that can be live at `from` or later and were created by `to`: index arithmetic, plus the
 * runs that hang from before, of which there is at most one in a block of known size.
 */
export function* runIndexes(planned: PlannedJob, from: UnixSeconds, to: UnixSeconds): Generator<number> {
  const { plan, firstAt } = planned;
  const last = Math.floor((to - firstAt) / plan.every);
  const first = Math.min(Math.max(0, Math.floor((from - longestLife(plan) - firstAt) / plan.every)), last + 1);
  const block = stuckBlock(plan);
  if (block !== null)
    for (let start = 0; start < first; start += block) {
      const stuck = stuckIndex(planned, start / block, block);
      if (stuck < first) yield stuck;
    }
  for (let runIndex = first; runIndex <= last; runIndex++) yield runIndex;
}

/** Longest time from a run's creation (schedule, not jitter) to its last change, hanging runs aside. */
function longestLife(plan: JobPlan): Seconds {
  const execution = plan.streaming === true ? plan.every : plan.duration[1];
  const revision = (plan.revisedPercent ?? 0) > 0 ? (plan.revisedAfter ?? REVISED_AFTER)[1] + execution : 0;
  const shown = (plan.lateSeconds ?? 0) + (plan.hiddenSeconds ?? 0);
  return seconds(plan.every * (JITTER + 1) + plan.queue[1] + execution + revision + shown);
}

function creation({ plan, seed, firstAt }: PlannedJob, runIndex: number): UnixSeconds {
  // A streaming job is replaced by hand, on time.
  const jitter = plan.streaming === true ? 0 : draw(seed, 'jitter', runIndex) * JITTER;
  return unixSeconds(firstAt + (runIndex + jitter) * plan.every);
}

function drawResult({ plan, seed }: PlannedJob, runIndex: number): PlannedResult {
  const weighted = Object.entries(plan.results) as [PlannedResult, number][];
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0);
  const fraction =
    plan.evenly === true ? (draw(seed, 'result') + runIndex * GOLDEN_RATIO) % 1 : draw(seed, 'result', runIndex);
  let rest = fraction * total;
  for (const [result, weight] of weighted) {
    rest -= weight;
    if (rest < 0) return result;
  }
  return 'success';
}

/** Most runs are nearer to the shortest; a skipped one is over at once. */
function drawDuration({ plan, seed }: PlannedJob, runIndex: number, result: PlannedResult | null): Seconds {
  const fraction = draw(seed, 'duration', runIndex) ** 2;
  return seconds(result === 'skip' ? Math.min(1, plan.duration[0]) : spread(plan.duration, fraction));
}

function drawRevision(
  planned: PlannedJob,
  runIndex: number,
  result: PlannedResult,
  endShownAt: UnixSeconds,
): Revision | null {
  const { plan, seed } = planned;
  const canChange = FAILURES.includes(result) || result === 'cancellation';
  if (endShownAt === NEVER || !canChange || !happens(planned, 'revised', runIndex, plan.revisedPercent)) return null;
  const delay = spread(plan.revisedAfter ?? REVISED_AFTER, draw(seed, 'revisedAfter', runIndex));
  const at = unixSeconds(endShownAt + delay);
  if (plan.vendor === 'tailer') return { at, kind: 'acknowledge', endedAt: at };
  if (plan.vendor !== 'matatika') return { at, kind: 'rewrite', endedAt: at };
  const duration = spread(plan.duration, draw(seed, 'retryDuration', runIndex) ** 2);
  return { at, kind: 'retry', endedAt: unixSeconds(at + duration) };
}

function happens({ seed }: PlannedJob, purpose: 'vanish' | 'revised', runIndex: number, percent = 0): boolean {
  return draw(seed, purpose, runIndex) * 100 < percent;
}

/** Exactly one run in every block of this many hangs; null where none does. */
function stuckBlock({ stuckPercent = 0 }: JobPlan): number | null {
  return stuckPercent > 0 ? Math.max(1, Math.round(100 / stuckPercent)) : null;
}

function stuckIndex({ seed }: PlannedJob, blockIndex: number, block: number): number {
  return blockIndex * block + Math.floor(draw(seed, 'stuck', blockIndex) * block);
}

function isStuck(planned: PlannedJob, runIndex: number): boolean {
  const block = stuckBlock(planned.plan);
  return block !== null && stuckIndex(planned, Math.floor(runIndex / block), block) === runIndex;
}

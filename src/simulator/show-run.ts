/** Shows a run as its vendor does at an instant, with nothing of its future. */
import { ROW_OUTCOMES, type RowCounts } from '../model/run.ts';
import { earlier, seconds, type Seconds, type UnixSeconds, unixSeconds } from '../model/time.ts';
import type { Course, PlannedJob, PlannedResult } from './course.ts';
import { draw } from './draw.ts';
import { toRunUuid } from './identity.ts';
import { showSteps } from './show-steps.ts';
import type { WorldRun } from './world.ts';

const TEN_MINUTES = seconds(600);
const FIRST_NUMBER = 100_000;
/** Of all rows, at most this part has each outcome other than `processed`. */
const LARGEST_SHARE = 0.03;
const EXIT_CODES = { success: [0], failure: [1, 1, 1, 2, 137], cancellation: [143], timeout: [124] };

/** The run as it stands at `at`; null where its vendor does not show it (yet, or any more). */
export function showRun(worldSeed: number, course: Course, at: UnixSeconds): WorldRun | null {
  const { planned, runIndex, createdAt, startedAt } = course;
  if (!isShown(course, at)) return null;
  const result = resultAt(course, at);
  const retriedAt = course.revision?.kind === 'retry' && at >= course.revision.at ? course.revision.at : null;
  return {
    job: planned.job,
    id: toRunUuid(worldSeed, planned.index, runIndex),
    number: toRunNumber(planned, runIndex),
    createdAt,
    startedAt: at < startedAt ? null : (retriedAt ?? startedAt),
    endedAt: result === null ? null : endAt(course, at),
    phase: result ?? livePhase(course, at),
    progress: result === null ? progressAt(course, at) : 1,
    healthy: result === null ? isHealthy(course, at) : result !== 'failure' && result !== 'error',
    rows: rowsAt(course, at),
    exitCode: result === null ? null : exitCode(course, result),
    steps: planned.plan.steps === undefined ? [] : showSteps(course, at),
    acknowledged: course.revision?.kind === 'acknowledge' && at >= course.revision.at,
    attempt: retriedAt === null ? 0 : 1,
  };
}

/** True if the vendor shows the run at all. */
export function isShown({ shownAt, vanishesAt }: Course, at: UnixSeconds): boolean {
  return shownAt <= at && at < vanishesAt;
}

/** The result that the vendor shows; null while the run is live. */
export function resultAt({ endShownAt, result, revision }: Course, at: UnixSeconds): PlannedResult | null {
  if (at < endShownAt) return null;
  if (revision === null || at < revision.at || revision.kind === 'acknowledge') return result;
  return at < revision.endedAt ? null : 'success';
}

/** Rows so far; null where the job moves none. Stands still while a streaming job idles, and once a run hangs. */
export function rowsAt(course: Course, at: UnixSeconds): RowCounts | null {
  const { planned, runIndex, startedAt, nominalEnd, endedAt } = course;
  const { rowsPerSecond } = planned.plan;
  if (rowsPerSecond === undefined) return null;
  const hangsAt = endedAt === Number.POSITIVE_INFINITY ? hangsSince(course) : nominalEnd;
  const until = earlier(earlier(at, hangsAt), course.vanishesAt);
  const pace = rowsPerSecond * (0.7 + 0.6 * draw(planned.seed, 'rows', runIndex));
  const moved = pace * activeSeconds(planned, startedAt, until);
  const shares = ROW_OUTCOMES.map((_, index) => draw(planned.seed, 'rowShares', runIndex, index) ** 3 * LARGEST_SHARE);
  const [, ...others] = shares;
  const processed = 1 - others.reduce((sum, share) => sum + share, 0);
  return Object.fromEntries(
    ROW_OUTCOMES.map((outcome, index) => [
      outcome,
      Math.floor(moved * (index === 0 ? processed : (shares[index] ?? 0))),
    ]),
  );
}

/** Unique within the vendor, rising with the job's runs. */
function toRunNumber({ vendorIndex, vendorCount }: PlannedJob, runIndex: number): number {
  return FIRST_NUMBER + runIndex * vendorCount + vendorIndex;
}

/** Finds the run that a number names: the index of its job among the vendor's, and its own; null where no run has it. */
export function fromRunNumber(vendorCount: number, number: number): { vendorIndex: number; runIndex: number } | null {
  const index = number - FIRST_NUMBER;
  if (!Number.isSafeInteger(index) || index < 0 || vendorCount === 0) return null;
  return { vendorIndex: index % vendorCount, runIndex: Math.floor(index / vendorCount) };
}

function endAt({ endedAt, revision }: Course, at: UnixSeconds): UnixSeconds {
  return revision?.kind === 'retry' && at >= revision.endedAt ? revision.endedAt : endedAt;
}

function livePhase(course: Course, at: UnixSeconds): 'pending' | 'executing' | 'idle' | 'paused' {
  const { plan } = course.planned;
  if (at < course.startedAt) return 'pending';
  if (plan.streaming !== true) return 'executing';
  const percent = (((at - course.startedAt) % cycleOf(course.planned)) / cycleOf(course.planned)) * 100;
  const { idlePercent = 0, pausedPercent = 0 } = plan;
  if (percent < 100 - idlePercent - pausedPercent) return 'executing';
  return percent < 100 - pausedPercent ? 'idle' : 'paused';
}

/** Each cycle of a streaming job begins with work and ends with idling and pauses. */
function activeSeconds(planned: PlannedJob, from: UnixSeconds, to: UnixSeconds): Seconds {
  const total = Math.max(0, to - from);
  const { streaming, idlePercent = 0, pausedPercent = 0 } = planned.plan;
  if (streaming !== true) return seconds(total);
  const cycle = cycleOf(planned);
  const active = cycle * (1 - (idlePercent + pausedPercent) / 100);
  return seconds(Math.floor(total / cycle) * active + Math.min(total % cycle, active));
}

function progressAt(course: Course, at: UnixSeconds): number {
  const { startedAt, nominalEnd, endedAt, revision } = course;
  if (revision !== null && at >= revision.at) return ratio(at - revision.at, revision.endedAt - revision.at);
  const until = endedAt === Number.POSITIVE_INFINITY ? earlier(at, hangsSince(course)) : at;
  return ratio(until - startedAt, nominalEnd - startedAt);
}

function ratio(done: number, all: number): number {
  return all <= 0 ? 0 : Math.min(1, Math.max(0, done / all));
}

function hangsSince({ planned, runIndex, startedAt, nominalEnd }: Course): UnixSeconds {
  return unixSeconds(startedAt + (nominalEnd - startedAt) * draw(planned.seed, 'stuckAt', runIndex));
}

/** A run that hangs is unhealthy from twice its time on; others in some of the cycles. */
function isHealthy({ planned, runIndex, startedAt, nominalEnd }: Course, at: UnixSeconds): boolean {
  if (at > nominalEnd + (nominalEnd - startedAt)) return false;
  const cycle = Math.floor((at - startedAt) / cycleOf(planned));
  return draw(planned.seed, 'unhealthy', runIndex, Math.max(0, cycle)) * 100 >= (planned.plan.unhealthyPercent ?? 0);
}

function cycleOf({ plan }: PlannedJob): Seconds {
  return plan.cycle ?? TEN_MINUTES;
}

function exitCode({ planned, runIndex }: Course, result: PlannedResult): number {
  const codes: readonly number[] = Object.hasOwn(EXIT_CODES, result)
    ? EXIT_CODES[result as keyof typeof EXIT_CODES]
    : [result === 'skip' ? 0 : 1];
  return codes[Math.floor(draw(planned.seed, 'exitCode', runIndex) * codes.length)] ?? 0;
}

import { after, before, earlier, later, type Seconds, seconds, type UnixSeconds } from '../model/time.ts';
import type { Capabilities, Window } from '../vendors/vendor.ts';
import { type RunRecord, type ScopeRecord, SWEEPS_KEPT } from './records.ts';

/** How often the whole reachable history is read again. @see spec rule 4 */
const SWEEP_INTERVAL = seconds(86_400);

/** What a round of polling one scope has to read. */
export interface Plan {
  readonly window: Window;
  /** When the sweep that this round is began; null: an ordinary round. */
  readonly sweep: UnixSeconds | null;
  /** Where an ordinary round would have begun; null before the baseline. */
  readonly ordinaryFrom: UnixSeconds | null;
  /** Time since the last round that lies beyond the vendor's reach. */
  readonly gap: Seconds;
  /** The ordinary window's stretch in which nothing polled; null: polling went on as usual. */
  readonly away: Window | null;
}

/**
 * Decides what to read: an ordinary window from min(watermark - overlap, begin of the oldest live run where the list
 * is asked for by time), or the whole reach for a baseline or a sweep.
 *
 * @param live the scope's live runs
 * @param isStart true for the first round after the process started: it is a sweep
 * @see spec rule 4
 */
export function planRound(
  scope: ScopeRecord,
  live: Iterable<RunRecord>,
  capabilities: Capabilities,
  now: UnixSeconds,
  pollInterval: Seconds,
  isStart: boolean,
): Plan {
  const { overlap, lead, reach } = capabilities;
  const earliest = before(now, reach);
  const to = after(now, lead);
  const { watermark } = scope;
  if (scope.baselineAt === null || watermark === null) {
    return { window: { from: earliest, to }, sweep: now, ordinaryFrom: null, gap: seconds(0), away: null };
  }
  // A watermark of the future is left from before the clock was set back: a window must not end before it begins.
  let from = before(earlier(watermark, now), overlap);
  // Where the list is no window of time, an old live run is asked for by its id: one request instead of many pages.
  if (capabilities.windowed) for (const run of live) from = earlier(from, run.startedAt ?? run.createdAt ?? from);
  const ordinaryFrom = later(from, earliest);
  const sweptAt = scope.sweeps.at(-1);
  const isSweep = isStart || sweptAt === undefined || Math.abs(now - sweptAt) >= SWEEP_INTERVAL;
  const isAway = now - (scope.readAt ?? watermark) > 3 * pollInterval;
  return {
    window: { from: isSweep ? earliest : ordinaryFrom, to },
    sweep: isSweep ? now : null,
    ordinaryFrom,
    gap: seconds(Math.max(0, earliest - watermark)),
    away: isAway ? { from: watermark, to: before(now, pollInterval) } : null,
  };
}

/** One slice that was read, as far as it moves its scope on. */
export interface SliceRead {
  readonly plan: Plan;
  readonly sliceTo: UnixSeconds;
  /** Whether the round ends with this slice. */
  readonly isLast: boolean;
  /** Whether anything in the round so far was cut and could not be divided further. */
  readonly truncated: boolean;
  readonly vendorTime: UnixSeconds | null;
  /** The own clock when the round began. */
  readonly now: UnixSeconds;
}

/**
 * The scope after a slice. The watermark never falls, unless it lies in the future of a clock that was set back;
 * it never exceeds the own clock or the vendor's.
 */
export function advanceScope(scope: ScopeRecord, read: SliceRead): ScopeRecord {
  const latest = read.vendorTime === null ? read.now : earlier(read.now, read.vendorTime);
  const watermark = earlier(scope.watermark === null ? read.sliceTo : later(scope.watermark, read.sliceTo), latest);
  if (!read.isLast) return { ...scope, watermark };
  const isBaseline = scope.baselineAt === null;
  const { sweep } = read.plan;
  return {
    ...scope,
    watermark,
    readAt: read.now,
    truncated: read.truncated,
    baselineAt: scope.baselineAt ?? read.now,
    // What the baseline could not see is as old as history, and must not come up as news when it is seen later.
    floor: isBaseline ? (read.truncated ? latest : read.plan.window.from) : scope.floor,
    sweeps: sweep === null ? scope.sweeps : [...scope.sweeps, sweep].slice(-SWEEPS_KEPT),
  };
}

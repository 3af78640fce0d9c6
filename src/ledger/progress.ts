import { after, before, earlier, later, type Seconds, seconds, type UnixSeconds } from '../model/time.ts';
import type { Capabilities, Window } from '../vendors/vendor.ts';
import { type ScopeRecord, SWEEPS_KEPT } from './records.ts';

/** How often the whole reachable history is read again. @see spec rule 4 */
const SWEEP_INTERVAL = seconds(86_400);

/** How often the wide overlap is read again, where polls in between read less. @see spec rule 4 */
const WIDE_INTERVAL = seconds(900);

/** What a round of polling one scope has to read. */
export interface Plan {
  readonly window: Window;
  /** When the sweep that this round is began; null: an ordinary round. */
  readonly sweep: UnixSeconds | null;
  /** Where a wide round would have begun; null before the baseline. */
  readonly wideFrom: UnixSeconds | null;
  /** True where less is read than in a wide round. */
  readonly isNarrow: boolean;
  /** Time since the last round that lies beyond the vendor's reach. */
  readonly gap: Seconds;
  /** The window's stretch in which nothing polled; null: polling went on as usual. */
  readonly away: Window | null;
}

/**
 * Decides what to read: from watermark - overlap, now and then from watermark - wide overlap, or the whole reach for a
 * baseline or a sweep. A live run of old widens nothing: what becomes of it is asked for by its id, which is one request
 * instead of many pages or days.
 *
 * @param wideAt when the latest wide round, or sweep, of this process began; null: none yet, so that this one is a sweep
 * @see spec rule 4
 */
export function planRound(
  scope: ScopeRecord,
  capabilities: Capabilities,
  now: UnixSeconds,
  pollInterval: Seconds,
  wideAt: UnixSeconds | null,
): Plan {
  const { overlap, wideOverlap, lead, reach } = capabilities;
  const earliest = before(now, reach);
  const to = after(now, lead);
  const { watermark } = scope;
  if (scope.baselineAt === null || watermark === null) {
    const window = { from: earliest, to };
    return { window, sweep: now, wideFrom: null, isNarrow: false, gap: seconds(0), away: null };
  }
  // A watermark of the future is left from before the clock was set back: a window must not end before it begins.
  const readTo = earlier(watermark, now);
  const wideFrom = later(before(readTo, wideOverlap), earliest);
  const sweptAt = scope.sweeps.at(-1);
  const isSweep = wideAt === null || sweptAt === undefined || Math.abs(now - sweptAt) >= SWEEP_INTERVAL;
  const isAway = now - (scope.readAt ?? watermark) > 3 * pollInterval;
  const isWide = isSweep || Math.abs(now - wideAt) >= WIDE_INTERVAL;
  const window = isWide
    ? { from: isSweep ? earliest : wideFrom, to }
    : { from: later(before(readTo, overlap), earliest), to: earlier(to, after(now, overlap)) };
  return {
    window,
    sweep: isSweep ? now : null,
    wideFrom,
    isNarrow: window.from > wideFrom || window.to < to,
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
    // What a narrow round does not ask for may still be cut.
    truncated: read.truncated || (read.plan.isNarrow && scope.truncated),
    baselineAt: scope.baselineAt ?? read.now,
    // What the baseline could not see is as old as history, and must not come up as news when it is seen later.
    floor: isBaseline ? (read.truncated ? latest : read.plan.window.from) : scope.floor,
    sweeps: sweep === null ? scope.sweeps : [...scope.sweeps, sweep].slice(-SWEEPS_KEPT),
  };
}

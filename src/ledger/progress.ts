import { after, before, earlier, later, type Seconds, seconds, type UnixSeconds } from '../model/time.ts';
import type { Capabilities, Window } from '../vendors/vendor.ts';
import { type ScopeRecord, SWEEPS_KEPT } from './records.ts';
import { CLOCK_TOLERANCE } from './run-times.ts';

/** How often the whole reachable history is read again. @see spec rule 4 */
const SWEEP_INTERVAL = seconds(86_400);

/** How often the wide overlap is read again, and a sweep that failed is tried again. @see spec rule 4 */
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
  /** Time since the last round that lies beyond the vendor's reach. History is none of it. */
  readonly gap: Seconds;
  /** The window's stretch in which nothing polled; null: polling went on as usual. */
  readonly away: Window | null;
}

/** What this process has read of a scope. A round that failed counts where it was begun: what is new must not wait for it. */
export interface Rounds {
  /** When the latest wide round, or sweep, was begun; null: none yet. */
  readonly wideAt: UnixSeconds | null;
  /** When the latest sweep was begun; null: none yet. */
  readonly sweepAt: UnixSeconds | null;
  /** Whether one was read whole. */
  readonly hasSwept: boolean;
  /** Where the wide rounds were to begin that failed since one was read whole; null: none did. */
  readonly owedFrom: UnixSeconds | null;
  /** When the scope was last read to its end, by a clock that never jumps; null: not by this process. */
  readonly readAt: Seconds | null;
}

/** What a start knows of every scope. */
export const NO_ROUNDS: Rounds = { wideAt: null, sweepAt: null, hasSwept: false, owedFrom: null, readAt: null };

export interface RoundOptions {
  readonly capabilities: Capabilities;
  readonly now: UnixSeconds;
  /** The same moment by a clock that never jumps. */
  readonly monotonic: Seconds;
  /** Whether the vendor's clock agrees with `now`. */
  readonly isConfirmed: boolean;
  readonly pollInterval: Seconds;
  readonly rounds: Rounds;
  /** Begin of the oldest live run that asking for by its id has not cleared up; null: there is none. */
  readonly doubtedFrom: UnixSeconds | null;
}

/**
 * Decides what to read: from watermark - overlap, now and then from watermark - wide overlap, or the whole reach for a
 * baseline or a sweep. A live run of old widens nothing as long as it can be asked for by its id, which is one request
 * instead of many pages or days; one that cannot widens the wide rounds.
 *
 * @see spec rule 4
 */
export function planRound(scope: ScopeRecord, options: RoundOptions): Plan {
  const { capabilities, now, monotonic, isConfirmed, pollInterval, rounds, doubtedFrom } = options;
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
  const firstOf = [before(readTo, wideOverlap), doubtedFrom ?? now, rounds.owedFrom ?? now].reduce(earlier);
  const wideFrom = later(firstOf, earliest);
  const sweptAt = scope.sweeps.at(-1);
  const isSweepDue = !rounds.hasSwept || sweptAt === undefined || Math.abs(now - sweptAt) >= SWEEP_INTERVAL;
  const isSweep = isSweepDue && isLongAgo(rounds.sweepAt, now);
  const isWide = isSweep || isLongAgo(rounds.wideAt, now);
  // A clock that was set forward leaves no gap. Where the vendor has no clock to agree with, the scope was left alone
  // for as long as the other clock says.
  const unpolled = rounds.readAt === null || isConfirmed ? Infinity : Math.max(0, monotonic - rounds.readAt);
  const isAway = now - (scope.readAt ?? watermark) > 3 * pollInterval;
  const window = isWide
    ? { from: isSweep ? earliest : wideFrom, to }
    : { from: later(before(readTo, overlap), earliest), to: earlier(to, after(now, overlap)) };
  return {
    window,
    sweep: isSweep ? now : null,
    wideFrom,
    isNarrow: window.from > wideFrom || window.to < to,
    gap: seconds(Math.min(Math.max(0, earliest - later(watermark, scope.historyUntil ?? watermark)), unpolled)),
    away: isAway ? { from: watermark, to: before(now, pollInterval) } : null,
  };
}

/** What is known of a scope's rounds once one is begun, and once it was read to its end. */
export function roundsAfter(
  rounds: Rounds,
  plan: Plan,
  { now, monotonic }: Pick<RoundOptions, 'now' | 'monotonic'>,
): { readonly begun: Rounds; readonly read: Rounds } {
  if (plan.isNarrow) return { begun: rounds, read: { ...rounds, readAt: monotonic } };
  const { wideFrom, sweep } = plan;
  const begun = { ...rounds, wideAt: now, sweepAt: sweep ?? rounds.sweepAt, owedFrom: wideFrom };
  const hasSwept = rounds.hasSwept || sweep !== null;
  return { begun, read: { ...begun, hasSwept, owedFrom: null, readAt: monotonic } };
}

/** Whether a wide round that was begun then, or never, is due again; a clock may have been set back meanwhile. */
function isLongAgo(begunAt: UnixSeconds | null, now: UnixSeconds): boolean {
  return begunAt === null || Math.abs(now - begunAt) >= WIDE_INTERVAL;
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
  const said = read.vendorTime === null ? read.now : earlier(read.now, read.vendorTime);
  // A `Date` of before what was read already (of a cache, of a broken clock) takes nothing back.
  const latest = scope.watermark === null ? said : later(said, earlier(scope.watermark, read.now));
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
    // What had ended by the baseline is history, also where its answer lacked it: it must not come up as news later.
    historyUntil: isBaseline ? (read.truncated ? latest : before(latest, CLOCK_TOLERANCE)) : scope.historyUntil,
    seenUntil: read.plan.isNarrow ? scope.seenUntil : watermark,
    sweeps: sweep === null ? scope.sweeps : [...scope.sweeps, sweep].slice(-SWEEPS_KEPT),
  };
}

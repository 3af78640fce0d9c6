/** Rounds: how far back one scope is read this time, and how far it has been read. Pure. @see spec rule 4 */
import { after, before, earlier, later, type Seconds, seconds, type UnixSeconds } from '../model/time.ts';
import type { Capabilities, Slice, SliceResult, Window } from '../vendors/vendor.ts';
import { FULL_SYNCS_KEPT, type ScopeRecord } from './records.ts';
import { CLOCK_TOLERANCE } from './run-times.ts';

/** Time between two full syncs. @see spec rule 4 */
const FULL_SYNC_INTERVAL = seconds(86_400);

/** Time between two extended lookbacks, and before a full sync that failed is tried again. @see spec rule 4 */
const EXTENDED_INTERVAL = seconds(900);

/**
 * The reach of a round: back a little (`lookback`), further (`extended`), or all that the vendor has (`full_sync`,
 * and `baseline` where the scope was never read).
 */
export type RoundKind = 'lookback' | 'extended' | 'full_sync' | 'baseline';

/** One reading of one scope, from planning to reconciling. */
export interface Round {
  readonly scope: string;
  readonly kind: RoundKind;
  /** When it was planned, by the target's clock; `monotonic` is the same moment by a clock that never jumps. */
  readonly now: UnixSeconds;
  readonly monotonic: Seconds;
  readonly window: Window;
  /** The start of an extended lookback: only a full sync finds what lies before it. null before the baseline. */
  readonly extendedFrom: UnixSeconds | null;
  /** Time since the last round that lies beyond the vendor's reach. History is none of it. */
  readonly gap: Seconds;
  /** The stretch of the window in which nothing polled; null: polling went on as usual. */
  readonly outage: Window | null;
}

/** True for a round that reads all that the vendor has. */
export function isFullSync({ kind }: Pick<Round, 'kind'>): boolean {
  return kind === 'full_sync' || kind === 'baseline';
}

/** The rounds of a scope in this process. One that failed counts from where it began: new runs must not wait for it. */
export interface RoundMemory {
  /** When the latest extended lookback, or full sync, was begun; null: none yet. */
  readonly extendedAt: UnixSeconds | null;
  /** When the latest full sync was begun; null: none yet. */
  readonly fullSyncAt: UnixSeconds | null;
  /** True once a full sync was read to its end. */
  readonly hasFullSync: boolean;
  /** The earliest begin of the extended lookbacks that failed since one was read to its end; null: none did. */
  readonly failedFrom: UnixSeconds | null;
  /** When the scope was last read to its end, by a clock that never jumps; null: not by this process. */
  readonly readAt: Seconds | null;
}

/** The memory that a start has of every scope. */
export const NO_ROUNDS: RoundMemory = {
  extendedAt: null,
  fullSyncAt: null,
  hasFullSync: false,
  failedFrom: null,
  readAt: null,
};

export interface RoundOptions {
  readonly capabilities: Capabilities;
  readonly now: UnixSeconds;
  /** The same moment by a clock that never jumps. */
  readonly monotonic: Seconds;
  /** True if the vendor's clock agrees with `now`. */
  readonly isConfirmed: boolean;
  readonly pollInterval: Seconds;
  readonly memory: RoundMemory;
  /** Start of the oldest unresolved run of the scope; null: there is none. */
  readonly unresolvedFrom: UnixSeconds | null;
}

/**
 * Decides what to read: from watermark - lookback, now and then from watermark - extended lookback, or the whole reach
 * for a baseline or a full sync. An old live run extends nothing as long as it can be asked for by its id, which is one
 * request instead of many pages or days; one that cannot be extends the extended lookbacks.
 *
 * @see spec rule 4
 */
export function planRound(scope: ScopeRecord, options: RoundOptions): Round {
  const { capabilities, now, monotonic, isConfirmed, pollInterval, memory, unresolvedFrom } = options;
  const { lookback, extendedLookback, lead, reach } = capabilities;
  const shared = { scope: scope.key, now, monotonic };
  const earliest = before(now, reach);
  const to = after(now, lead);
  const { watermark } = scope;
  if (scope.baselineAt === null || watermark === null) {
    const window = { from: earliest, to };
    return { ...shared, kind: 'baseline', window, extendedFrom: null, gap: seconds(0), outage: null };
  }
  // A watermark of the future is left from before the clock was set back: a window must not end before it begins.
  const readTo = earlier(watermark, now);
  const firstOf = [before(readTo, extendedLookback), unresolvedFrom ?? now, memory.failedFrom ?? now].reduce(earlier);
  const extendedFrom = later(firstOf, earliest);
  const syncedAt = scope.fullSyncs.at(-1);
  const isSyncDue = !memory.hasFullSync || syncedAt === undefined || Math.abs(now - syncedAt) >= FULL_SYNC_INTERVAL;
  const windows = {
    lookback: { from: later(before(readTo, lookback), earliest), to: earlier(to, after(now, lookback)) },
    extended: { from: extendedFrom, to },
    full_sync: { from: earliest, to },
  };
  // Where a lookback would read as much, it is an extended one.
  const isAsFar = windows.lookback.from <= extendedFrom && windows.lookback.to >= to;
  const isExtendedDue = isAsFar || isLongAgo(memory.extendedAt, now);
  const isFullDue = isSyncDue && isLongAgo(memory.fullSyncAt, now);
  const kind = isFullDue ? 'full_sync' : isExtendedDue ? 'extended' : 'lookback';
  // A clock that was set forward leaves no gap. Where the vendor has no clock to agree with, the scope was left alone
  // for as long as the other clock says.
  const unpolled = memory.readAt === null || isConfirmed ? Infinity : Math.max(0, monotonic - memory.readAt);
  const gap = Math.min(Math.max(0, earliest - later(watermark, scope.historyUntil ?? watermark)), unpolled);
  const isOutage = now - (scope.readAt ?? watermark) > 3 * pollInterval;
  return {
    ...shared,
    kind,
    window: windows[kind],
    extendedFrom,
    gap: seconds(gap),
    outage: isOutage ? { from: watermark, to: before(now, pollInterval) } : null,
  };
}

/** The memory of a scope's rounds once one is begun, and once it was read to its end. */
export function memoryAfter(
  memory: RoundMemory,
  round: Round,
): { readonly begun: RoundMemory; readonly read: RoundMemory } {
  const { now, monotonic, extendedFrom } = round;
  if (round.kind === 'lookback') return { begun: memory, read: { ...memory, readAt: monotonic } };
  const isFull = isFullSync(round);
  const fullSyncAt = isFull ? now : memory.fullSyncAt;
  const begun = { ...memory, extendedAt: now, fullSyncAt, failedFrom: extendedFrom };
  const hasFullSync = memory.hasFullSync || isFull;
  return { begun, read: { ...begun, hasFullSync, failedFrom: null, readAt: monotonic } };
}

/** True if a round that was begun then, or never, is due again; a clock may have been set back meanwhile. */
function isLongAgo(begunAt: UnixSeconds | null, now: UnixSeconds): boolean {
  return begunAt === null || Math.abs(now - begunAt) >= EXTENDED_INTERVAL;
}

/** One slice of a round, and the vendor's answer to it. */
export interface SliceAnswer {
  readonly round: Round;
  readonly slice: Slice;
  readonly result: Pick<SliceResult, 'runs' | 'rejected' | 'vendorTime'>;
  /** True for the first and the last answer of the round that is taken in. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** True where anything in the round so far was cut and could not be divided further. */
  readonly isTruncated: boolean;
}

/**
 * The scope after a slice. The watermark never falls, unless it lies in the future of a clock that was set back;
 * it never exceeds the machine's clock or the vendor's.
 */
export function advanceScope(scope: ScopeRecord, answer: SliceAnswer): ScopeRecord {
  const { round, slice, isLast, isTruncated } = answer;
  const { now } = round;
  const { vendorTime } = answer.result;
  const said = vendorTime === null ? now : earlier(now, vendorTime);
  // A `Date` of before what was read already (of a cache, of a broken clock) takes nothing back.
  const latest = scope.watermark === null ? said : later(said, earlier(scope.watermark, now));
  const watermark = earlier(scope.watermark === null ? slice.to : later(scope.watermark, slice.to), latest);
  if (!isLast) return { ...scope, watermark };
  const isBaseline = scope.baselineAt === null;
  const isLookback = round.kind === 'lookback';
  return {
    ...scope,
    watermark,
    readAt: now,
    // Runs that a lookback does not ask for may still be cut off.
    truncated: isTruncated || (isLookback && scope.truncated),
    baselineAt: scope.baselineAt ?? now,
    // A run that had ended by the baseline is history, also where its answer lacked it: it must not be news later.
    historyUntil: isBaseline ? (isTruncated ? latest : before(latest, CLOCK_TOLERANCE)) : scope.historyUntil,
    seenUntil: isLookback ? scope.seenUntil : watermark,
    fullSyncs: isFullSync(round) ? [...scope.fullSyncs, now].slice(-FULL_SYNCS_KEPT) : scope.fullSyncs,
  };
}

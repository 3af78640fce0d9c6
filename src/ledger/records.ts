/** The records of the ledger, as plain data, keyed by opaque job and run keys, never by labels. */
import type { Job, Result, RowCounts, State } from '../model/run.ts';
import type { Seconds, UnixSeconds } from '../model/time.ts';

/** The progress of one scope. */
export interface ScopeRecord {
  readonly key: string;
  /** When its first complete answer was asked for, by the machine's clock; null until there was one. Runs finished by then are history. */
  readonly baselineAt: UnixSeconds | null;
  /** All before it has been read; never beyond the machine's clock or the vendor's. */
  readonly watermark: UnixSeconds | null;
  /** When its last complete answer was asked for, by the machine's clock: the vendor's may lag behind. */
  readonly readAt: UnixSeconds | null;
  /** Ids of runs that ended by then may have been pruned: an unknown run that ended by then is not counted. */
  readonly floor: UnixSeconds | null;
  /** An unknown run that ended by then is history, whenever it shows: the baseline is of then. null before the baseline. */
  readonly historyUntil: UnixSeconds | null;
  /** The watermark when an extended lookback or a full sync was last complete: runs that ended by then were listed, if they were visible. */
  readonly seenUntil: UnixSeconds | null;
  /** When its latest complete full syncs began, oldest first; at most `FULL_SYNCS_KEPT`. */
  readonly fullSyncs: readonly UnixSeconds[];
  /** The vendor cut an answer that could not be divided further. */
  readonly truncated: boolean;
}

/** Ids that none of so many full syncs lists may be forgotten. @see spec rule 10 */
export const FULL_SYNCS_KEPT = 3;

/** A finished run as `last_*` gauges and pages show it. */
export interface RecentRun {
  readonly id: string;
  readonly result: Result;
  readonly startedAt: UnixSeconds | null;
  readonly endedAt: UnixSeconds;
  readonly duration: Seconds | null;
  readonly exitCode: number | null;
  readonly rows: RowCounts | null;
  readonly acknowledged: boolean;
  /** As `FinishedRun.warning`; absent where it was written before there were warnings, of which it then had none. */
  readonly warning?: string | null;
}

/**
 * The place of a job on `/metrics`: `shown` under its own name; `excluded` by configuration; `overflow` as part of `(other)` for good;
 * `expired` after too long without a run, or too old to be shown at all.
 */
export type JobStanding = 'shown' | 'excluded' | 'overflow' | 'expired';

export interface JobRecord extends Omit<Job, 'unsaid'> {
  /** The `job_name` label; differs from `name` where two jobs share all their labels. */
  readonly shownName: string;
  /** Start (else creation) of the run that gave the job its present name: an older run never renames it. */
  readonly namedAt: UnixSeconds | null;
  readonly firstSeenAt: UnixSeconds;
  /**
   * An unknown run of the job that ended by then is history: the job showed up later, so nobody could have counted it.
   * null where the job was there at its scope's baseline.
   */
  readonly historyUntil: UnixSeconds | null;
  readonly standing: JobStanding;
  /** Newest creation, start or end of any of its runs. */
  readonly lastActiveAt: UnixSeconds | null;
  readonly longestInterval: Seconds | null;
  /** Its newest finished runs by (end, start, id), newest first; at most `RECENT_RUNS`. */
  readonly recent: readonly RecentRun[];
  /** Newest success and failure among the runs that dropped out of `recent`. */
  readonly olderSuccessAt: UnixSeconds | null;
  readonly olderFailureAt: UnixSeconds | null;
}

/** Enough that the newest success and failure survive a few changed minds. */
export const RECENT_RUNS = 5;

/** The treatment of a finished run: counted; history at its scope's baseline; or of an excluded job. */
export type Disposition = 'counted' | 'history' | 'excluded';

/** All that is remembered of a run, wherever it is in its life. */
export interface RunFacts {
  readonly id: string;
  /** Key of its job. */
  readonly job: string;
  /** Key of the scope that first listed it. */
  readonly scope: string;
  readonly vendorState: string;
  readonly createdAt: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
  /** When the ledger first knew it. */
  readonly recordedAt: UnixSeconds;
  /** When its state last changed. */
  readonly changedAt: UnixSeconds;
  /** Most rows ever reported; null: none read yet. */
  readonly rows: RowCounts | null;
  /** True where rows of the first reading were there before the baseline and do not count. */
  readonly rowsPredate: boolean;
  /** Names of steps that were counted while it was live. */
  readonly steps: readonly string[];
  /** Start + duration when its unlisted state was last read, see `LiveRun`; null: nothing to compare with. */
  readonly agedTo: UnixSeconds | null;
}

/** The end of a run. A run that is reopened keeps it, so that it does not count again. */
export interface Ending {
  readonly disposition: Disposition;
  readonly result: Result;
  /** When it ended, as far as can be told (`run-times.ts`). */
  readonly endedAt: UnixSeconds;
  /** The vendor's end, where it lay in the future when the run was first seen finished; null: it did not. */
  readonly claimedEnd: UnixSeconds | null;
}

/** A stage of a run's life in which it is held in memory. With an `ending`, it had finished before and is reopened. */
export type LifeInMemory =
  /** Live at the vendor. */
  | { readonly phase: 'live'; readonly state: State; readonly ending: Ending | null }
  /** Off the gauges: its state is unknown and did not change for a day. */
  | { readonly phase: 'hidden'; readonly ending: Ending | null }
  /** Not known to the vendor any more: it may come back for a while. */
  | { readonly phase: 'gone'; readonly goneAt: UnixSeconds; readonly ending: Ending | null };

/** The life of a run; the picture is in docs/architecture.md. */
export type Life =
  | LifeInMemory
  /** Given up: it was gone for too long, and nobody knows how it ended. */
  | { readonly phase: 'lost'; readonly ending: null }
  /** `isMissing`: the vendor's answers lack it though they should hold it, so that it is not expected again. */
  | { readonly phase: 'finished'; readonly ending: Ending; readonly isMissing: boolean };

export interface RunRecord extends RunFacts {
  readonly life: Life;
}

/** A run that is held in memory: live, hidden or gone. */
export interface RunInMemory extends RunFacts {
  readonly life: LifeInMemory;
}

/** A run that has finished once; it may be reopened. */
export interface FinishedBefore extends RunFacts {
  readonly life: Life & { readonly ending: Ending };
}

/** True for a run that is held in memory. */
export function isInMemory(run: RunRecord): run is RunInMemory {
  return run.life.phase !== 'lost' && run.life.phase !== 'finished';
}

/** True for a run that has finished once: it does not count again. */
export function hasFinished(run: RunRecord): run is FinishedBefore {
  return run.life.ending !== null;
}

/** The state that a run is in; null once it finished or was given up. */
export function stateOf({ life }: RunRecord): State | null {
  if (life.phase === 'live') return life.state;
  return life.phase === 'hidden' || life.phase === 'gone' ? 'unknown' : null;
}

/** A detail of a run that is still to be fetched. */
export interface PendingDetail {
  readonly run: string;
  readonly detail: 'steps' | 'rows' | 'duration';
  /** False where the answer only sets `last_*` gauges (history). */
  readonly counts: boolean;
  readonly since: UnixSeconds;
  readonly attempts: number;
  readonly dueAt: UnixSeconds;
}

/** Identity of a pending detail. */
export function detailKey({ run, detail }: Pick<PendingDetail, 'run' | 'detail'>): string {
  return `${detail} ${run}`;
}

export interface HistogramTotal {
  readonly bounds: readonly number[];
  /** Observations of each bucket alone, one more than `bounds`. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

/** A durable series: what was counted, and how much of it readers have been shown. */
export interface TotalRecord {
  /** Key of the job it belongs to, or `TARGET` or `OTHER`. */
  readonly owner: string;
  /** Key of its metric in the catalogue. */
  readonly metric: string;
  /** Names and values alternating, beyond the owner's. */
  readonly labels: readonly string[];
  readonly value: number | HistogramTotal;
  /** The same object as `value` once all of it is shown. */
  readonly published: number | HistogramTotal;
  readonly createdAt: UnixSeconds;
}

/** Owner of the totals of the target itself. No job key is empty. */
export const TARGET = '';
/** Owner of the totals of all jobs beyond the limit together. */
export const OTHER = '(other)';

/** Identity of a total within its owner. */
export function seriesKey(metric: string, labels: readonly string[]): string {
  return labels.length === 0 ? metric : `${metric}\u0000${labels.join('\u0000')}`;
}

/** All that one step of the work changes, committed as a whole. Every record replaces the one with its key. */
export interface Change {
  readonly scopes: readonly ScopeRecord[];
  readonly jobs: readonly JobRecord[];
  readonly runs: readonly RunRecord[];
  /** Ids of those of `runs` that this change adds to the totals as finished: the ledger lets each be counted once. */
  readonly counted: readonly string[];
  readonly pendingDetails: readonly PendingDetail[];
  /** Keys of pending details that are settled. */
  readonly settledDetails: readonly string[];
  /** Keys of what is reported once: rejected records, unknown states. */
  readonly reported: readonly string[];
  /** All that an owner has, or nothing of it, once it is to be committed: its totals are kept as one record. */
  readonly totals: readonly TotalRecord[];
  /** Ids that a full sync listed, of whichever scope, and when it began. */
  readonly synced: { readonly at: UnixSeconds; readonly ids: readonly string[] } | null;
  /** Finished runs to forget: of a scope, ended before then, and since then neither changed nor listed by a full sync. */
  readonly pruned: { readonly scope: string; readonly before: UnixSeconds } | null;
}

/** A change that changes nothing; spread it and add. */
export const NO_CHANGE: Change = {
  scopes: [],
  jobs: [],
  runs: [],
  counted: [],
  pendingDetails: [],
  settledDetails: [],
  reported: [],
  totals: [],
  synced: null,
  pruned: null,
};

/** True if a change changes nothing. */
export function isEmptyChange({ synced, pruned, ...lists }: Change): boolean {
  return synced === null && pruned === null && Object.values(lists).every(({ length }) => length === 0);
}

/** A scope that was never polled. */
export function newScope(key: string): ScopeRecord {
  return {
    key,
    baselineAt: null,
    watermark: null,
    readAt: null,
    floor: null,
    historyUntil: null,
    seenUntil: null,
    fullSyncs: [],
    truncated: false,
  };
}

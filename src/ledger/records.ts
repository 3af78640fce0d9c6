/** What the ledger remembers, as plain data. Rows are keyed by opaque job and run keys, never by labels. */
import type { Job, Result, RowCounts, State } from '../model/run.ts';
import type { Seconds, UnixSeconds } from '../model/time.ts';

/** How far one scope has been read. */
export interface ScopeRecord {
  readonly key: string;
  /** When its first complete answer was asked for, by the own clock; null until there was one. Runs finished by then are history. */
  readonly baselineAt: UnixSeconds | null;
  /** All before it has been read; never beyond the own clock or the vendor's. */
  readonly watermark: UnixSeconds | null;
  /** When its last complete answer was asked for, by the own clock: the vendor's may lag behind. */
  readonly readAt: UnixSeconds | null;
  /** Ids of runs that ended by then may have been pruned: an unknown run that ended by then is not counted. */
  readonly floor: UnixSeconds | null;
  /** An unknown run that ended by then is history, whenever it shows: the baseline is of then. null before the baseline. */
  readonly historyUntil: UnixSeconds | null;
  /** The watermark when a wide round or a sweep was last complete: runs that ended by then were listed, if they were visible. */
  readonly seenUntil: UnixSeconds | null;
  /** When its latest complete sweeps of the whole reachable history began, oldest first; at most `SWEEPS_KEPT`. */
  readonly sweeps: readonly UnixSeconds[];
  /** The vendor cut an answer that could not be divided further. */
  readonly truncated: boolean;
}

/** Ids that none of so many sweeps lists may be forgotten. @see spec rule 10 */
export const SWEEPS_KEPT = 3;

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
 * Where a job stands: `shown` under its own name; `excluded` by configuration; `folded` into `(other)` for good;
 * `retired` after too long without a run, or too old to be shown at all.
 */
export type JobStanding = 'shown' | 'excluded' | 'folded' | 'retired';

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

/** How a finished run was taken: counted; history at its scope's baseline; or of an excluded job. */
export type Disposition = 'counted' | 'history' | 'excluded';

export interface RunRecord {
  readonly id: string;
  /** Key of its job. */
  readonly job: string;
  /** Key of the scope that first listed it. */
  readonly scope: string;
  readonly phase: 'live' | 'finished' | 'lost';
  /** null while it never finished. */
  readonly disposition: Disposition | null;
  /** null once finished and not seen live again. */
  readonly state: State | null;
  /** null while it never finished. */
  readonly result: Result | null;
  readonly vendorState: string;
  readonly createdAt: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
  /** When it ended, as far as can be told (`run-times.ts`); null while it never finished. */
  readonly endedAt: UnixSeconds | null;
  /** When the ledger first knew it. */
  readonly recordedAt: UnixSeconds;
  /** When its state last changed. */
  readonly changedAt: UnixSeconds;
  /** When the vendor said that it does not know the run any more; null: it does. */
  readonly goneAt: UnixSeconds | null;
  /** Most rows ever reported; null: none read yet. */
  readonly rows: RowCounts | null;
  /** True where rows of the first reading were there before the baseline and do not count. */
  readonly rowsPredate: boolean;
  /** Names of steps that were counted while it was live. */
  readonly steps: readonly string[];
  /** True where it left the gauges: its state is unknown and did not change for a day. */
  readonly hidden: boolean;
  /** True where the vendor's answers lack it though they should hold it: not expected again. */
  readonly missing: boolean;
  /** Start + duration when its unlisted state was last read, see `LiveRun`; null: nothing to compare with. */
  readonly agedTo: UnixSeconds | null;
  /** The vendor's end, where it lay in the future when the run was first seen finished; null: it did not. */
  readonly claimedEnd: UnixSeconds | null;
}

/** A detail of a run that is still to be fetched. */
export interface OwedRecord {
  readonly run: string;
  readonly detail: 'steps' | 'rows' | 'duration';
  /** False where the answer only sets `last_*` gauges (history). */
  readonly counts: boolean;
  readonly since: UnixSeconds;
  readonly attempts: number;
  readonly dueAt: UnixSeconds;
}

/** Identity of an owed detail. */
export function owedKey(owed: Pick<OwedRecord, 'run' | 'detail'>): string {
  return `${owed.detail} ${owed.run}`;
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
  /** Names and values in turn, beyond the owner's. */
  readonly labels: readonly string[];
  readonly value: number | HistogramTotal;
  /** The same object as `value` once all of it is shown. */
  readonly published: number | HistogramTotal;
  readonly createdAt: UnixSeconds;
}

/** Owner of the totals of the target itself. No job key is empty. */
export const TARGET = '';
/** Owner of what folded jobs add up to. */
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
  readonly owed: readonly OwedRecord[];
  /** Keys of owed details that are settled. */
  readonly settled: readonly string[];
  /** Things told once that must not be told again: rejected records, unknown states. */
  readonly noted: readonly string[];
  /** All that an owner has, or nothing of it, once it is to be committed: its totals are kept as one record. */
  readonly totals: readonly TotalRecord[];
  /** Ids that a sweep listed, of whichever scope, and when it began. */
  readonly swept: { readonly at: UnixSeconds; readonly ids: readonly string[] } | null;
  /** Finished runs to forget: of a scope, ended before then, and since then neither changed nor listed by a sweep. */
  readonly pruned: { readonly scope: string; readonly before: UnixSeconds } | null;
}

/** A change that changes nothing; spread it and add. */
export const NO_CHANGE: Change = {
  scopes: [],
  jobs: [],
  runs: [],
  counted: [],
  owed: [],
  settled: [],
  noted: [],
  totals: [],
  swept: null,
  pruned: null,
};

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
    sweeps: [],
    truncated: false,
  };
}

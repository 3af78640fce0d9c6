/**
 * What every vendor's answer becomes: jobs and their runs, as plain readonly data.
 * Vocabulary: job and run as OpenLineage has them, states and results as the OpenTelemetry CI/CD conventions have them.
 */
import type { Seconds, UnixSeconds } from './time.ts';

/** Where a live run stands. `unknown`: the vendor named a state that nobody listed, or the run vanished. */
export const STATES = ['pending', 'executing', 'idle', 'paused', 'unknown'] as const;
export type State = (typeof STATES)[number];

/** How a finished run ended. `unknown`: the vendor named a state that nobody listed, and an end time. */
export const RESULTS = ['success', 'failure', 'error', 'timeout', 'cancellation', 'skip', 'unknown'] as const;
export type Result = (typeof RESULTS)[number];

/** Results that a person on call calls a failure. */
export const FAILURES: readonly Result[] = ['failure', 'error', 'timeout'];

/** Something that runs again and again at a target. */
export interface Job {
  /** Identity within the target; stable over renames, never shown. E.g. a pipeline id and its job type. */
  readonly key: string;
  /** The vendor's id for people, as `job_id` on `datajobs_job_info`; null where the vendor has none for jobs. */
  readonly id: string | null;
  readonly name: string;
  readonly kind: string;
  /** Empty where the vendor says none. */
  readonly workspace: string;
  /** A page for people at the vendor, made from the configured origin and encoded ids; null where there is none. */
  readonly url: string | null;
  /**
   * Fields of which the record said nothing, so that their value above is a stand-in: what is known of them from other
   * records serves. Absent: all were said.
   */
  readonly unsaid?: readonly ('name' | 'kind' | 'workspace')[];
}

export const ROW_OUTCOMES = ['processed', 'processed_with_warning', 'skipped_by_filter', 'skipped_by_error'] as const;
export type RowOutcome = (typeof ROW_OUTCOMES)[number];
/** Rows so far of one run; an outcome that the vendor did not name is absent. */
export type RowCounts = Readonly<Partial<Record<RowOutcome, number>>>;

/** One step of a run. Names are unique only within their run. */
export interface Step {
  readonly name: string;
  /** null while the step is live. */
  readonly result: Result | null;
  /** null while live, where the vendor does not say, and for a skipped step. */
  readonly duration: Seconds | null;
}

/** An optional field of a record that could not be read: it counts as absent, and so does the run without it. */
export interface UnreadableField {
  /** The vendor's name of the field, of a closed list: `completedTimestamp`. */
  readonly field: string;
  /** For the log: what was expected and what form came; the value is masked, unlisted words of closed lists aside. */
  readonly problem: string;
}

interface RunFields {
  /** The vendor's run id, unique within its target. Opaque: only the vendor's own client takes it apart. */
  readonly id: string;
  readonly job: Job;
  /** The vendor's own word for the state, as it came. */
  readonly vendorState: string;
  /** Whether that word is one the vendor documents or the target's `state_map` names. */
  readonly stateKnown: boolean;
  /** When the run was created or scheduled; null where the vendor does not say, never a guess. */
  readonly createdAt: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
  /** Rows where the list itself names them; null: not said here (they may be an owed detail). */
  readonly rows: RowCounts | null;
  readonly exitCode: number | null;
  /** When the run last changed, as far as the vendor says; null: it does not. A run without an end did not end before. */
  readonly updatedAt: UnixSeconds | null;
  /** Optional fields that could not be read; empty: all could. */
  readonly unreadable: readonly UnreadableField[];
  /** The id under which the run may be known from before it had its present one; absent: it had no other. */
  readonly formerId?: string;
}

/** How a live run is doing: `warning`, it goes on but not all is well; `error`, it fails or stands still. */
export type Health = 'ok' | 'warning' | 'error';

/** A run that has not finished, or of which that cannot be told yet. */
export interface LiveRun extends RunFields {
  readonly state: State;
  /**
   * Start + duration of a run in a state nobody listed, where the vendor names no ends: the run is live while this
   * grows, and has ended where it does not. null for every other run.
   * @see spec rule 9
   */
  readonly agedTo: UnixSeconds | null;
  /** 0 to 1; null where the vendor does not say. */
  readonly progress: number | null;
  /** What the vendor says of it while it lives; null: nothing. */
  readonly health: Health | null;
}

/** A run that has ended. */
export interface FinishedRun extends RunFields {
  readonly result: Result;
  /** null where the vendor gives no end. */
  readonly endedAt: UnixSeconds | null;
  /** True where `endedAt` is start + duration: time that the run waited is not in it, so it ended then or later. */
  readonly isEndDerived: boolean;
  /** Start to end; null where unknown and for runs without a natural end (streaming): no duration sample then. */
  readonly duration: Seconds | null;
  /** True where a person marked a failure as handled. */
  readonly acknowledged: boolean;
  /**
   * True where the record may be that of a second delivery, which found the run finished and did nothing: a run that
   * is known with this result keeps its times. Absent: it cannot.
   */
  readonly mayBeRepeat?: boolean;
  /** The vendor's code of what was not well in a success, of a closed list, or `other`; null: all was well. */
  readonly warning: string | null;
}

export type Run = LiveRun | FinishedRun;

/** Whether a run has ended. */
export function isFinished(run: Run): run is FinishedRun {
  return 'result' in run;
}

/** What a vendor's word for a state means: a live state or a result. */
export type Meaning = State | Result;

/** What a table and `state_map` make of a vendor's word, given whether the run has an end. */
export type Classified = { readonly known: boolean } & (
  { readonly state: State; readonly result: null } | { readonly state: null; readonly result: Result }
);

/**
 * The meaning of a vendor's state: the target's `state_map` first, then the vendor's own table.
 * A word nobody listed is `unknown`: a result where the run has an end, else a state. One that the
 * vendor's table lists as `unknown` says that the vendor itself cannot tell, which ends nothing: it is a state. Never
 * throws.
 *
 * @see spec section 1 and rule 9
 */
export function classify(
  vendorState: string,
  table: Readonly<Record<string, Meaning>>,
  stateMap: Readonly<Record<string, Meaning>>,
  hasEnded: boolean,
): Classified {
  const isMapped = Object.hasOwn(stateMap, vendorState);
  const meaning = isMapped ? stateMap[vendorState] : Object.hasOwn(table, vendorState) ? table[vendorState] : undefined;
  if (meaning === undefined || (isMapped && meaning === 'unknown')) {
    const known = meaning !== undefined;
    return hasEnded ? { known, state: null, result: 'unknown' } : { known, state: 'unknown', result: null };
  }
  return (STATES as readonly string[]).includes(meaning)
    ? { known: true, state: meaning as State, result: null }
    : { known: true, state: null, result: meaning as Result };
}

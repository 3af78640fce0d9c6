/**
 * Jobs and their runs: the plain readonly data that every vendor's answer becomes.
 * Vocabulary: job and run as OpenLineage has them, states and results as the OpenTelemetry CI/CD conventions have them.
 */
import type { Seconds, UnixSeconds } from './time.ts';

/** States of a live run. `unknown`: the vendor named a state that is not listed, or the run vanished. */
export const STATES = ['pending', 'executing', 'idle', 'paused', 'unknown'] as const;
export type State = (typeof STATES)[number];

/** Results of a finished run. `unknown`: the vendor named a state that is not listed, and an end time. */
export const RESULTS = ['success', 'failure', 'error', 'timeout', 'cancellation', 'skip', 'unknown'] as const;
export type Result = (typeof RESULTS)[number];

/** Results that count as a failure for a person on call. */
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
   * Fields that the record did not have, so that their value above is a stand-in: the value of an earlier record is
   * kept. Absent: it had all of them.
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
  /** True if that word is one that the vendor documents or the target's `state_map` names. */
  readonly stateKnown: boolean;
  /** Time at which the run was created or scheduled; null where the vendor does not say, never a guess. */
  readonly createdAt: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
  /** Rows where the list itself names them; null: not said here (they may be a pending detail). */
  readonly rows: RowCounts | null;
  readonly exitCode: number | null;
  /** Time of the run's last change; null where the vendor does not say. A run without an end did not end before it. */
  readonly updatedAt: UnixSeconds | null;
  /** Optional fields that could not be read; empty: all could. */
  readonly unreadable: readonly UnreadableField[];
  /** An earlier id of the run, under which it may be known; absent: it had no other. */
  readonly formerId?: string;
}

/** Health of a live run. `warning`: it goes on but not all is well; `error`: it fails or stands still. */
export type Health = 'ok' | 'warning' | 'error';

/** A run that has not finished, or of which nobody can say that yet. */
export interface LiveRun extends RunFields {
  readonly state: State;
  /**
   * Start + duration of a run in a state that is not listed, where the vendor names no ends: the run is live while this
   * grows, and has ended when it no longer does. null for every other run.
   * @see spec rule 9
   */
  readonly agedTo: UnixSeconds | null;
  /** 0 to 1; null where the vendor does not say. */
  readonly progress: number | null;
  /** Health by the vendor's word; null where the vendor says nothing. */
  readonly health: Health | null;
}

/** A run that has ended. */
export interface FinishedRun extends RunFields {
  readonly result: Result;
  /** null where the vendor gives no end. */
  readonly endedAt: UnixSeconds | null;
  /** True if `endedAt` is start + duration: it leaves out time that the run waited, so the run ended then or later. */
  readonly isEndDerived: boolean;
  /** Start to end; null where unknown and for runs without a natural end (streaming): no duration sample then. */
  readonly duration: Seconds | null;
  /** True if a person marked the failure as handled. */
  readonly acknowledged: boolean;
  /**
   * True if the record may come from a second delivery, which found the run finished and did nothing: a run that is
   * known with this result keeps its times. Absent: it cannot.
   */
  readonly mayBeRepeat?: boolean;
  /** The vendor's code of a warning on a success, of a closed list, or `other`; null: none. */
  readonly warning: string | null;
}

export type Run = LiveRun | FinishedRun;

/** True if a run has ended. */
export function isFinished(run: Run): run is FinishedRun {
  return 'result' in run;
}

/** Meaning of a vendor's word for a state: a live state or a result. */
export type Meaning = State | Result;

/** A vendor's word for a state, classified. `known`: the vendor's table or `state_map` lists it. */
export type Classified = { readonly known: boolean } & (
  { readonly state: State; readonly result: null } | { readonly state: null; readonly result: Result }
);

/**
 * Classifies a vendor's state: by the target's `state_map` first, then by the vendor's own table. A word that neither
 * lists is `unknown`: a result where the run has an end, else a state. A word that the vendor's table lists as
 * `unknown` means that the vendor itself cannot tell: it is always a state. Never throws.
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

/** The data of the pages for people; the code that runs the targets fills it. */
import type { Result, State } from '../model/run.ts';
import type { Seconds, UnixSeconds } from '../model/time.ts';

export interface TargetStatus {
  readonly name: string;
  readonly vendor: string;
  /** True if the last poll of every scope succeeded. */
  readonly up: boolean;
  /** Time of the last poll in which every scope succeeded; null: never since the ledger began. */
  readonly lastSuccessAt: UnixSeconds | null;
  /**
   * Outcome of the last poll: `ok`, or the reason of its failure as on `datajobs_polls_total`; null before the first.
   */
  readonly outcome: string | null;
  /** One line about what is wrong and what to do, without secrets; null where nothing is. */
  readonly problem: string | null;
  readonly scopes: number;
  readonly scopesFailed: number;
  /** Jobs shown by name. */
  readonly jobs: number;
  readonly activeRuns: number;
  readonly pollInterval: Seconds;
  /** Records of answers that could not be used, since the ledger began. */
  readonly recordsRejected: number;
  /** Optional fields that could not be read, each with how often since the ledger began: `duration (3)`. */
  readonly unreadableFields: readonly string[];
  /** The vendor's words for states that nobody listed, since the ledger began. */
  readonly unknownStates: readonly string[];
  /** True while the vendor cuts an answer that cannot be divided further. */
  readonly historyTruncated: boolean;
  /** Time whose runs could not be counted, since the ledger began. */
  readonly historyGap: Seconds;
  /** Patterns under `expect` that no known job matches; none before the target was read whole once. */
  readonly expectationsUnmatched: readonly string[];
}

/** A run as it was last seen. */
export interface RunStatus {
  readonly target: string;
  readonly vendor: string;
  /** Empty where the vendor says none. */
  readonly workspace: string;
  readonly jobName: string;
  readonly jobKind: string;
  readonly runId: string;
  /** A page for people at the vendor; null where there is none. */
  readonly url: string | null;
  /** The vendor's own word for where the run stands. */
  readonly vendorState: string;
  /** A state of a live run, or the result of a finished one. */
  readonly outcome: { readonly state: State } | { readonly result: Result };
  readonly startedAt: UnixSeconds | null;
  /** null for live runs. */
  readonly endedAt: UnixSeconds | null;
  readonly duration: Seconds | null;
}

/** Readiness of the exporter: it has something to show of every target, or says what it waits for. */
type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

export interface StatusSource {
  readiness(): Readiness;
  /** True if the last reload was refused and the configuration before it is in use. */
  reloadRefused(): boolean;
  /** Targets that this exporter holds, in the order of the configuration. */
  targets(): readonly TargetStatus[];
  /** Names of the configured targets that another exporter holds: it polls and shows them. */
  standby(): readonly string[];
  /** The runs last seen, newest first; a bounded number. */
  runs(): readonly RunStatus[];
  /** Of every job whose newest finished run failed and was not acknowledged, that run, newest first. */
  failing(): readonly RunStatus[];
}

import type { JobRecord, OTHER, RunRecord, TotalRecord } from '../ledger/records.ts';
import type { LiveRun, Result, State } from '../model/run.ts';
import type { Seconds } from '../model/time.ts';
import type { Exemplar } from './samples.ts';

/** Facts that a vendor's API can tell of runs at all. */
export interface JobTraits {
  readonly states: readonly State[];
  readonly results: readonly Result[];
  readonly progress: boolean;
  readonly health: boolean;
  readonly acknowledgement: boolean;
}

/** All that is known of one job, or of all overflow jobs together. */
export interface JobView {
  readonly vendor: string;
  readonly target: string;
  /** `OTHER` for the overflow jobs. */
  readonly job: JobRecord | typeof OTHER;
  readonly totals: ReadonlyMap<string, TotalRecord>;
  /** Its live runs. */
  readonly live: readonly RunRecord[];
  /** Live runs by run id as the last good poll listed them: it says more than the ledger keeps. */
  readonly seen: ReadonlyMap<string, LiveRun>;
  readonly traits: JobTraits;
  /** True if the last poll read a scope that lists the job. */
  readonly isRead: boolean;
  /** From the configuration's `expect`; null: nothing is expected. */
  readonly expectedInterval: Seconds | null;
  /** By `seriesKey`. */
  readonly exemplars: ReadonlyMap<string, Exemplar>;
}

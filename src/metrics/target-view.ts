import type { TotalRecord } from '../ledger/records.ts';
import type { RateLimit } from '../model/rate-limit.ts';
import type { Seconds, UnixSeconds } from '../model/time.ts';
import { bucketIndex, emptyHistogram } from './histogram.ts';
import type { HistogramValue } from './samples.ts';

/** Polls and requests of a target since this process started. */
export interface TargetActivity {
  readonly up: boolean;
  readonly scopesFailed: number;
  /** null: never since the ledger began. */
  readonly lastSuccessAt: UnixSeconds | null;
  /** null: no poll has ended yet. */
  readonly lastPollDuration: Seconds | null;
  readonly pollInterval: Seconds;
  /** null: not known, or never. */
  readonly credentialsExpireAt: UnixSeconds | null;
  /** Polls by outcome. */
  readonly polls: ReadonlyMap<string, number>;
  /** Requests by operation, then code. */
  readonly requests: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Request durations by operation. */
  readonly requestDurations: ReadonlyMap<string, HistogramValue>;
  readonly retries: number;
  /** As the vendor last said; null: it says nothing. */
  readonly rateLimit: RateLimit | null;
}

/** All that is known of one target beside its jobs. */
export interface TargetView {
  readonly vendor: string;
  readonly target: string;
  /** From the configuration, for `datajobs_target_info`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly totals: ReadonlyMap<string, TotalRecord>;
  readonly activity: TargetActivity;
  readonly jobs: number;
  readonly jobsFolded: number;
  readonly detailsPending: number;
  readonly historyTruncated: boolean;
  /** By pattern under `expect`; true if a job matches it. */
  readonly expectations: ReadonlyMap<string, boolean>;
  /** Start of this process's own counts. */
  readonly startedAt: UnixSeconds;
}

/** Upper bounds of `TargetActivity.requestDurations`. */
const REQUEST_DURATION_BUCKETS: readonly number[] = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The distribution of request durations with one more observation; undefined: it is the first. */
export function withRequestDuration(known: HistogramValue | undefined, value: Seconds): HistogramValue {
  const { bounds, counts, sum, count } = known ?? emptyHistogram(REQUEST_DURATION_BUCKETS);
  const index = bucketIndex(bounds, value);
  return { bounds, counts: counts.with(index, (counts[index] ?? 0) + 1), sum: sum + value, count: count + 1 };
}

import type { TotalRecord } from '../ledger/records.ts';
import type { RateLimit } from '../model/rate-limit.ts';
import type { Seconds, UnixSeconds } from '../model/time.ts';
import { API_DURATION_BUCKETS, METRICS } from './catalogue.ts';
import { createFamilies, gauge, totalSamples } from './job-block.ts';
import type { Block, HistogramValue, Sample } from './samples.ts';
import { bucketIndex, emptyHistogram } from './totals.ts';

/** What this process has seen of a target's vendor; begins anew with every start. */
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
  /** By the vendor's last word; null: it says nothing. */
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
  /** Whether a job matches, by pattern under `expect`. */
  readonly expectations: ReadonlyMap<string, boolean>;
  /** When this process began to count. */
  readonly startedAt: UnixSeconds;
}

/** What is shown of one target. @see spec section 3 */
export function targetBlock(view: TargetView): Block {
  const { activity, startedAt } = view;
  const count = (value: number, labels: readonly string[]): Sample => ({
    labels,
    value,
    createdAt: startedAt,
    exemplar: null,
  });
  const families = createFamilies();
  for (const [metric, samples] of totalSamples(view.totals, new Map())) families.set(metric, samples);
  families.set(METRICS.targetInfo, [gauge(1, Object.entries(view.labels).flat())]);
  families.set(METRICS.targetUp, [gauge(activity.up ? 1 : 0)]);
  families.set(METRICS.targetScopesFailed, [gauge(activity.scopesFailed)]);
  if (activity.lastSuccessAt !== null) families.set(METRICS.targetLastSuccess, [gauge(activity.lastSuccessAt)]);
  families.set(
    METRICS.polls,
    [...activity.polls].map(([outcome, polls]) => count(polls, ['outcome', outcome])),
  );
  if (activity.lastPollDuration !== null) families.set(METRICS.lastPollDuration, [gauge(activity.lastPollDuration)]);
  families.set(METRICS.pollInterval, [gauge(activity.pollInterval)]);
  families.set(METRICS.jobs, [gauge(view.jobs)]);
  families.set(METRICS.jobsFolded, [gauge(view.jobsFolded)]);
  families.set(METRICS.detailsPending, [gauge(view.detailsPending)]);
  families.set(METRICS.historyTruncated, [gauge(view.historyTruncated ? 1 : 0)]);
  families.set(
    METRICS.expectationUnmatched,
    [...view.expectations].map(([pattern, isMatched]) => gauge(isMatched ? 0 : 1, ['pattern', pattern])),
  );
  families.set(
    METRICS.apiRequests,
    [...activity.requests].flatMap(([operation, codes]) =>
      [...codes].map(([code, requests]) => count(requests, ['operation', operation, 'code', code])),
    ),
  );
  families.set(
    METRICS.apiRequestDuration,
    [...activity.requestDurations].map(([operation, value]) => ({
      labels: ['operation', operation],
      value,
      createdAt: startedAt,
      exemplar: null,
    })),
  );
  families.set(METRICS.apiRetries, [count(activity.retries, [])]);
  for (const [metric, value] of [
    [METRICS.apiRateLimit, activity.rateLimit?.limit],
    [METRICS.apiRateLimitRemaining, activity.rateLimit?.remaining],
    [METRICS.apiRateLimitReset, activity.rateLimit?.resetAt],
    [METRICS.credentialsExpiry, activity.credentialsExpireAt],
  ] as const) {
    if (value !== undefined && value !== null) families.set(metric, [gauge(value)]);
  }
  return { labels: ['vendor', view.vendor, 'target', view.target], families: families.map };
}

/** The distribution of request durations with one more observation. */
export function withRequestDuration(before: HistogramValue | undefined, value: Seconds): HistogramValue {
  const { bounds, counts, sum, count } = before ?? emptyHistogram(API_DURATION_BUCKETS);
  const index = bucketIndex(bounds, value);
  return { bounds, counts: counts.with(index, (counts[index] ?? 0) + 1), sum: sum + value, count: count + 1 };
}

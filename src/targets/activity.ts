import { FAILURE_REASONS } from '../http/errors.ts';
import type { RequestObserver } from '../http/http-client.ts';
import type { Seconds, UnixSeconds } from '../model/time.ts';
import type { HistogramValue } from '../metrics/samples.ts';
import { type TargetActivity, withRequestDuration } from '../metrics/target-view.ts';

/** The outcome of a poll. */
export interface PollReport {
  /** `ok`, or the reason of the first failure. */
  readonly outcome: string;
  readonly scopesFailed: number;
  readonly startedAt: UnixSeconds;
  readonly duration: Seconds;
}

/** The activity as it is shown, with the outcome of the last poll as on `datajobs_polls_total`; null before the first. */
export interface CurrentActivity extends TargetActivity {
  readonly lastOutcome: string | null;
}

/** Keeps what this process has seen of a target's vendor. */
export interface Activity {
  readonly observer: RequestObserver;
  current(): CurrentActivity;
  polled(report: PollReport): void;
  intervalChanged(interval: Seconds): void;
}

/**
 * @param lastSuccessAt what the ledger knows of the time before this process; null: nothing
 * @param changed called whenever `current` would say something else
 */
export function createActivity(
  pollInterval: Seconds,
  lastSuccessAt: UnixSeconds | null,
  changed: () => void,
): Activity {
  const polls = new Map<string, number>(['ok', ...FAILURE_REASONS].map((outcome) => [outcome, 0]));
  const requests = new Map<string, Map<string, number>>();
  const requestDurations = new Map<string, HistogramValue>();
  let retries = 0;
  let facts: Omit<CurrentActivity, 'polls' | 'requests' | 'requestDurations' | 'retries'> = {
    up: false,
    lastOutcome: null,
    scopesFailed: 0,
    lastSuccessAt,
    lastPollDuration: null,
    pollInterval,
    credentialsExpireAt: null,
    rateLimit: null,
  };
  return {
    observer: {
      requested: (operation, code, duration) => {
        const codes = requests.get(operation) ?? new Map<string, number>();
        codes.set(code, (codes.get(code) ?? 0) + 1);
        requests.set(operation, codes);
        requestDurations.set(operation, withRequestDuration(requestDurations.get(operation), duration));
        changed();
      },
      retried: () => {
        retries += 1;
        changed();
      },
      credentialsExpire: (at) => {
        facts = { ...facts, credentialsExpireAt: at };
        changed();
      },
      rateLimitLearned: (rateLimit) => {
        if (rateLimit === null && facts.rateLimit === null) return;
        facts = { ...facts, rateLimit };
        changed();
      },
    },
    current: () => ({ ...facts, polls, requests, requestDurations, retries }),
    polled: ({ outcome, scopesFailed, startedAt, duration }) => {
      polls.set(outcome, (polls.get(outcome) ?? 0) + 1);
      const up = outcome === 'ok';
      facts = {
        ...facts,
        up,
        lastOutcome: outcome,
        scopesFailed,
        lastSuccessAt: up ? startedAt : facts.lastSuccessAt,
        lastPollDuration: duration,
      };
      changed();
    },
    intervalChanged: (interval) => {
      if (interval === facts.pollInterval) return;
      facts = { ...facts, pollInterval: interval };
      changed();
    },
  };
}

import type { Logger } from 'pino';
import type { RoundMemory } from '../ledger/round.ts';
import { formatPrometheusDuration, seconds } from '../model/time.ts';
import type { VendorClient } from '../vendors/vendor.ts';
import { createFailureLog } from './failure-log.ts';
import { nextInterval } from './next-interval.ts';
import { pollTarget } from './poll-target.ts';
import { type FailedPolls, nextPollIn } from './schedule.ts';
import type { Target } from '../targets/target.ts';
import { createRoundRobin } from './round-robin.ts';
import type { VendorClock } from './vendor-clock.ts';

export interface PollerOptions {
  readonly client: VendorClient;
  readonly target: Target;
  /** The vendor's time where the machine's clock is wrong. */
  readonly clock: VendorClock;
  readonly logger: Logger;
}

/** Polls one target again and again; a poll never begins before the one before it has ended. */
export interface Poller {
  /** Polls once, now. */
  poll(): Promise<void>;
  /** One line about the failure of the last poll; null if it went well. */
  problem(): string | null;
  /** Polls until `stop`. */
  start(): void;
  /** Ends the poll under way, keeping what it has committed. Resolves when it has ended. */
  stop(): Promise<void>;
}

export function createPoller({ client, target, clock, logger }: PollerOptions): Poller {
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, target.ledger.lost]);
  const roundRobin = { scopes: createRoundRobin(), lookUps: createRoundRobin(), liveDetails: createRoundRobin() };
  const failures = createFailureLog(logger, { now: clock.machineNow });
  const rounds = new Map<string, RoundMemory>();
  const unresolved = new Set<string>();
  const context = { client, target, clock, failures, signal, roundRobin, rounds, unresolved };
  let failed: FailedPolls | null = null;
  let problem: string | null = null;
  let loop: Promise<void> = Promise.resolve();

  const poll = async (): Promise<void> => {
    const [startedAt, began] = [clock.machineNow(), clock.monotonic()];
    const { error, read, scopesFailed } = await pollTarget(context);
    // What was ended from outside says nothing about the vendor.
    if (signal.aborted) return;
    problem = error?.message ?? null;
    const outcome = error?.reason ?? 'ok';
    if (error === null && failed !== null) logger.info({ failed: failed.count }, 'polling succeeds again');
    failed = error === null ? null : { count: (failed?.count ?? 0) + 1, retryAfter: error.retryAfter };
    target.polled({ read, isWhole: scopesFailed === 0 });
    // Neither clock may be set, nor the vendor's be noticed to differ, in the middle of a poll and count as its length.
    const duration = seconds(clock.monotonic() - began);
    target.activity.polled({ outcome, scopesFailed, startedAt, duration });
    logger.debug({ outcome, scopesFailed }, 'polled');
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const [startedAt, began] = [clock.now(), clock.monotonic()];
      await poll();
      const elapsed = seconds(clock.monotonic() - began);
      const { pollInterval } = target.config();
      const interval = failed === null ? nextInterval(target.state, target.config(), startedAt) : pollInterval;
      target.activity.intervalChanged(interval);
      const wait = nextPollIn(interval, elapsed, failed);
      if (failed !== null) logger.debug({ wait: formatPrometheusDuration(wait) }, 'polling again later');
      await clock.sleep(wait, signal);
    }
  };
  return {
    poll,
    problem: () => problem,
    start: () => {
      loop = run();
    },
    stop: async () => {
      stopping.abort();
      await loop;
    },
  };
}

import type { Logger } from 'pino';
import type { Ledger } from '../ledger/ledger.ts';
import type { Rounds } from '../ledger/progress.ts';
import { formatPrometheusDuration, seconds } from '../model/time.ts';
import type { VendorClient } from '../vendors/vendor.ts';
import { createFailureLog } from './failure-log.ts';
import { nextPace } from './pace.ts';
import { pollTarget } from './poll-target.ts';
import { type Fault, nextPollIn } from './schedule.ts';
import type { TargetKeeper } from './target-keeper.ts';
import { createTurns } from './turns.ts';
import type { VendorClock } from './vendor-clock.ts';

export interface PollerOptions {
  readonly client: VendorClient;
  readonly keeper: TargetKeeper;
  readonly ledger: Ledger;
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

export function createPoller({ client, keeper, ledger, clock, logger }: PollerOptions): Poller {
  const stopping = new AbortController();
  const { signal } = stopping;
  const turns = { scopes: createTurns(), lookUps: createTurns(), liveDetails: createTurns() };
  const failures = createFailureLog(logger, { now: clock.machineNow });
  const rounds = new Map<string, Rounds>();
  const doubted = new Set<string>();
  const context = { client, keeper, ledger, clock, logger, failures, signal, turns, rounds, doubted };
  let fault: Fault | null = null;
  let problem: string | null = null;
  let loop: Promise<void> = Promise.resolve();

  const poll = async (): Promise<void> => {
    const [startedAt, began] = [clock.machineNow(), clock.monotonic()];
    const { error, read, scopesFailed } = await pollTarget(context);
    // What was ended from outside says nothing about the vendor.
    if (signal.aborted) return;
    problem = error?.message ?? null;
    const outcome = error?.reason ?? 'ok';
    if (error === null && fault !== null) logger.info({ failed: fault.count }, 'polling succeeds again');
    fault = error === null ? null : { count: (fault?.count ?? 0) + 1, retryAfter: error.retryAfter };
    keeper.polled({ read, isWhole: scopesFailed === 0 });
    // Neither clock may be set, nor the vendor's be noticed to differ, in the middle of a poll and count as its length.
    const duration = seconds(clock.monotonic() - began);
    keeper.activity.polled({ outcome, scopesFailed, startedAt, duration });
    logger.debug({ outcome, scopesFailed }, 'polled');
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const [startedAt, began] = [clock.now(), clock.monotonic()];
      await poll();
      const elapsed = seconds(clock.monotonic() - began);
      const { pollInterval } = keeper.config();
      const pace = fault === null ? nextPace(keeper.state, keeper.config(), startedAt) : pollInterval;
      keeper.activity.paced(pace);
      const wait = nextPollIn(pace, elapsed, fault);
      if (fault !== null) logger.debug({ wait: formatPrometheusDuration(wait) }, 'polling again later');
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

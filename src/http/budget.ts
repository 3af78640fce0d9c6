import type { Clock } from '../model/clock.ts';
import type { RateLimit } from '../model/rate-limit.ts';
import { after, between, formatTimestamp, type UnixSeconds } from '../model/time.ts';
import { timeLeft } from '../model/time-limit.ts';
import type { RequestObserver } from './http-client.ts';
import { parsePause } from './parse-pause.ts';
import { parseRateLimit } from './rate-limit.ts';
import { type RequestPlace, requestFailure } from './request-failure.ts';
import type { ResponseHeaders } from './response-headers.ts';
import { LONGEST_RETRY_AFTER } from './retry-after.ts';

/**
 * What one vendor said last of its rate limit, whichever request it was said of. It is forgotten when its window is
 * over, or, where no end was said, with the next answer that says nothing.
 */
export interface Budget {
  /** Takes in what an answer says, and tells the observer. */
  learn(headers: ResponseHeaders): void;
  /**
   * Resolves when a request may go: at once, or where nothing is left when the window is over, at most an hour later;
   * as soon as `signal` aborts.
   * @throws VendorError (reason `rate_limited`) at once, where the window outlasts the time that `signal` has left
   */
  wait(place: RequestPlace, signal: AbortSignal): Promise<void>;
}

interface BudgetOptions {
  readonly clock: Clock;
  readonly observer: Pick<RequestObserver, 'budgeted'>;
}

/** Creates the budget of one target; nothing is known at first. */
export function createBudget({ clock, observer }: BudgetOptions): Budget {
  let known: RateLimit | null = null;
  /** No request before; null: whenever. */
  let closedUntil: UnixSeconds | null = null;
  let isTrusted = true;

  return {
    learn(headers) {
      const now = clock.now();
      const said = parseRateLimit(headers, now);
      if (said === null && known === null) return;
      if (said !== null) {
        // Used up again with the first request of a new window: that is no budget one could go by, so from here on only
        // refusals count, until something is left again.
        if (closedUntil !== null && closedUntil <= now) isTrusted = false;
        if (said.remaining >= 1) isTrusted = true;
        const pause = said.remaining < 1 && isTrusted ? parsePause(headers, now) : null;
        closedUntil = pause === null ? null : after(now, pause);
      }
      const isOver = known === null || known.resetAt === null || known.resetAt <= now;
      known = said ?? (isOver ? null : known);
      observer.budgeted(known);
    },
    async wait(place, signal) {
      if (closedUntil === null) return;
      const delay = between(clock.now(), closedUntil);
      // A longer one was never learned: the clock was set back.
      if (delay <= 0 || delay > LONGEST_RETRY_AFTER) return;
      // A clock that runs faster than the machine's (the demo's) makes this careful, not wrong.
      if (delay <= (timeLeft(signal) ?? LONGEST_RETRY_AFTER)) return clock.sleep(delay, signal);
      const problem = `was not sent: the vendor's rate limit is used up until ${formatTimestamp(closedUntil)}`;
      throw requestFailure(place, `${problem}; poll less often if this stays`, {
        reason: 'rate_limited',
        retryAfter: delay,
      });
    },
  };
}

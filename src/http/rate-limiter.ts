import type { Clock } from '../model/clock.ts';
import type { RateLimit } from '../model/rate-limit.ts';
import { after, between, formatTimestamp, type UnixSeconds } from '../model/time.ts';
import { timeLeft } from '../model/time-limit.ts';
import type { RequestObserver } from './http-client.ts';
import { parsePause } from './parse-pause.ts';
import { parseRateLimit } from './parse-rate-limit.ts';
import { type RequestContext, requestFailure } from './request-failure.ts';
import type { ResponseHeaders } from './response-headers.ts';
import { LONGEST_RETRY_AFTER } from './retry-after.ts';

/**
 * Keeps the requests of one target within the rate limit that its vendor named last, in the answer to any request. The
 * limit is forgotten when its window is over, or, where the vendor named no end, with the next answer that names none.
 */
export interface RateLimiter {
  /** Takes in the rate limit of an answer's headers, and tells the observer. */
  learn(headers: ResponseHeaders): void;
  /**
   * Resolves when a request may go: at once, or where nothing is left, when the window is over (at most an hour later).
   * Resolves at once when `signal` aborts.
   * @throws VendorError (reason `rate_limited`) at once, where the window outlasts the time that `signal` has left
   */
  wait(context: RequestContext, signal: AbortSignal): Promise<void>;
}

interface RateLimiterOptions {
  readonly clock: Clock;
  readonly observer: Pick<RequestObserver, 'rateLimitLearned'>;
}

/** Creates the rate limiter of one target; nothing is known at first. */
export function createRateLimiter({ clock, observer }: RateLimiterOptions): RateLimiter {
  let known: RateLimit | null = null;
  /** No request is sent before; null: one may be sent at any time. */
  let closedUntil: UnixSeconds | null = null;
  let isTrusted = true;

  return {
    learn(headers) {
      const now = clock.now();
      const named = parseRateLimit(headers, now);
      if (named === null && known === null) return;
      if (named !== null) {
        // Used up again with the first request of a new window: such numbers cannot be planned by. From here on only
        // refusals count, until something is left again.
        if (closedUntil !== null && closedUntil <= now) isTrusted = false;
        if (named.remaining >= 1) isTrusted = true;
        const pause = named.remaining < 1 && isTrusted ? parsePause(headers, now) : null;
        closedUntil = pause === null ? null : after(now, pause);
      }
      const isOver = known === null || known.resetAt === null || known.resetAt <= now;
      known = named ?? (isOver ? null : known);
      observer.rateLimitLearned(known);
    },
    async wait(context, signal) {
      if (closedUntil === null) return;
      const delay = between(clock.now(), closedUntil);
      // No limit closes for longer: the clock was set back.
      if (delay <= 0 || delay > LONGEST_RETRY_AFTER) return;
      // A clock that runs faster than the machine's (the demo's) makes this careful, not wrong.
      if (delay <= (timeLeft(signal) ?? LONGEST_RETRY_AFTER)) return clock.sleep(delay, signal);
      const problem = `was not sent: the vendor's rate limit is used up until ${formatTimestamp(closedUntil)}`;
      throw requestFailure(context, `${problem}; poll less often if this stays`, {
        reason: 'rate_limited',
        retryAfter: delay,
      });
    },
  };
}

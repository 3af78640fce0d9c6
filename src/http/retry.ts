/** Retries of requests, and the waits between them. Every request only reads, POSTs included. */
import type { Clock } from '../model/clock.ts';
import { type Seconds, seconds } from '../model/time.ts';
import { isTimeOver } from '../model/time-limit.ts';
import { VendorError } from './errors.ts';

const MAX_RETRIES = 2;
const FIRST_DELAY = seconds(0.5);
/** Longest wait within a poll. A vendor that wants a longer pause is asked again by a later poll. */
const LONGEST_WAIT = seconds(5);
/** Statuses of a passing fault: too many requests, a bad gateway, unavailable, a gateway's timeout, overloaded. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504, 529]);

/**
 * True if the same request may well succeed a moment later. A 500 or an answer that cannot be read may not, unless the
 * answer itself says when to ask again.
 */
export function isPassing(error: VendorError): boolean {
  if (error.status !== null && (PASSING_STATUSES.has(error.status) || error.retryAfter !== null)) return true;
  // A firewall or proxy that refuses does so again, and may block whoever insists.
  if (error.status !== null && error.status >= 400 && error.status < 500) return false;
  return error.reason === 'network' || error.reason === 'timeout';
}

/**
 * The wait before a retry: what `Retry-After` asks for, else half a second doubled at every retry, of which up to a
 * half is left off by chance.
 *
 * @param retry 0 for the first retry
 * @param random 0 (included) to 1 (not)
 * @returns null where the vendor asks for more than 5 s: do not retry.
 */
export function retryDelay(retry: number, retryAfter: Seconds | null, random: () => number): Seconds | null {
  if (retryAfter !== null) return retryAfter <= LONGEST_WAIT ? retryAfter : null;
  return seconds(FIRST_DELAY * 2 ** retry * (1 - random() / 2));
}

interface RetryOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Ends a wait at once; `attempt` must then throw without asking again. */
  readonly signal: AbortSignal;
  /** Called with each failure after which there is a retry, before the wait for it. */
  readonly failed: (error: VendorError) => void;
  /** Called before each retry. */
  readonly retried: () => void;
}

/**
 * Runs `attempt`, up to three times.
 *
 * @throws the error of the last try that came to its end: where the time is over while a retry waits or runs, that
 *   error names the cause, and the abort would not.
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, random, signal, failed, retried } = options;
  let cause: VendorError | null = null;
  for (let retry = 0; ; retry += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      if (signal.aborted) throw cause !== null && isTimeOver(signal) ? cutShort(cause) : error;
      cause = error;
      const delay = retry < MAX_RETRIES && isPassing(error) ? retryDelay(retry, error.retryAfter, random) : null;
      if (delay === null) throw error;
      failed(error);
      await clock.sleep(delay, signal);
      if (!signal.aborted) retried();
    }
  }
}

/** Returns the failure of a try, with a note that there was no time for another. */
export function cutShort(error: VendorError): VendorError {
  const { reason, status, retryAfter, date } = error;
  const message = `${error.message}; the poll's time was over during retries`;
  return new VendorError(message, { reason, status, retryAfter, date });
}

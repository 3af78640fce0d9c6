import { between, type Seconds, seconds, type UnixSeconds } from '../model/time.ts';
import { parseRateLimit } from './rate-limit.ts';
import { headerOf, type ResponseHeaders } from './response-headers.ts';
import { LONGEST_RETRY_AFTER, parseHttpDate, parseRetryAfter } from './retry-after.ts';

/**
 * How long an answer asks to be left alone, up to 1 h: as its `Retry-After` says, or else until a rate limit that is used
 * up begins anew. The end of a window of which something is left says nothing of why a request was refused, and may be
 * far off.
 *
 * @returns null where it asks for nothing; never throws.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/11/ section 7: Retry-After goes before
 *   rate-limit headers (read 2026-11-22)
 */
export function parsePause(headers: ResponseHeaders, now: UnixSeconds): Seconds | null {
  const retryAfter = retryAfterOf(headers, now);
  if (retryAfter !== null) return retryAfter;
  const rateLimit = parseRateLimit(headers, now);
  if (rateLimit === null || rateLimit.remaining >= 1 || rateLimit.resetAt === null) return null;
  const delay = between(now, rateLimit.resetAt);
  return delay <= 0 ? null : seconds(Math.min(delay, LONGEST_RETRY_AFTER));
}

/** What an answer's `Retry-After` asks for, a date in it by the clock of the one who wrote it; null: nothing. */
export function retryAfterOf(headers: ResponseHeaders, now: UnixSeconds): Seconds | null {
  const writtenAt = parseHttpDate(headerOf(headers, 'date')) ?? now;
  return parseRetryAfter(headerOf(headers, 'retry-after'), writtenAt);
}

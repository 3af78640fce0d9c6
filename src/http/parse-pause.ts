import { between, type Seconds, seconds, type UnixSeconds } from '../model/time.ts';
import { parseRateLimit } from './parse-rate-limit.ts';
import type { ResponseHeaders } from './response-headers.ts';
import { LONGEST_RETRY_AFTER, retryAfterOf } from './retry-after.ts';

/**
 * Reads the pause that an answer asks for, up to 1 h: that of its `Retry-After`, else the rest of the window of a rate
 * limit that is used up. Where requests are left in the window, its end is not the cause of a refusal, and may be far
 * off.
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

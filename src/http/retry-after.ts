import { HOUR, type Seconds, seconds, type UnixSeconds, unixSeconds } from '../model/time.ts';
import { headerOf, type ResponseHeaders } from './response-headers.ts';

/** No vendor keeps us away for longer, whatever it says (spec section 2, rule 17). */
export const LONGEST_RETRY_AFTER = HOUR;

/**
 * Reads an HTTP date such as `Sun, 22 Nov 2026 08:00:00 GMT`.
 *
 * @returns null for anything else; never throws.
 */
export function parseHttpDate(text: string | null): UnixSeconds | null {
  if (text === null || !/[a-z]/i.test(text)) return null;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? null : unixSeconds(milliseconds / 1000);
}

/**
 * Reads a `Retry-After` header, which is a number of seconds or an HTTP date; at most 1 h.
 *
 * @returns null where there is none or it is neither, and where it is over already, as it then says nothing that our
 *   own wait does not; never throws.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 (read 2026-11-22)
 */
export function parseRetryAfter(text: string | null, now: UnixSeconds): Seconds | null {
  if (text === null) return null;
  const date = parseHttpDate(text);
  const delay = date === null ? (/^\s*\d+\s*$/.test(text) ? Number(text) : null) : date - now;
  return delay === null || delay <= 0 ? null : seconds(Math.min(delay, LONGEST_RETRY_AFTER));
}

/** Reads an answer's `Retry-After`. A date in it counts from the answer's own `Date`. null: no pause is asked for. */
export function retryAfterOf(headers: ResponseHeaders, now: UnixSeconds): Seconds | null {
  const writtenAt = parseHttpDate(headerOf(headers, 'date')) ?? now;
  return parseRetryAfter(headerOf(headers, 'retry-after'), writtenAt);
}

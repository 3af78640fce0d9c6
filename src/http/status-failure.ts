import {
  between,
  formatPrometheusDuration,
  formatTimestamp,
  MINUTE,
  seconds,
  type UnixSeconds,
} from '../model/time.ts';
import type { FailureReason, VendorError } from './errors.ts';
import { parsePause } from './parse-pause.ts';
import { retryAfterOf } from './retry-after.ts';
import { type RequestContext, requestFailure } from './request-failure.ts';
import { headerOf, type ResponseHeaders } from './response-headers.ts';
import { parseHttpDate } from './retry-after.ts';

const LONGEST_LOCATION = 200;
/** A smaller difference between clocks is not what a request is refused for. */
const CLOCK_TOLERANCE = seconds(5 * MINUTE);
/** Headers with which the firewalls of Cloudflare and AWS mark answers of their own. */
const BARRIER_HEADERS = ['cf-mitigated', 'x-amzn-waf-action'];
/** Shorter words are in many paths by chance. */
const SHORTEST_SECRET = 6;

/** A request as it was sent. */
interface SentRequest extends RequestContext {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Statuses that say that the credentials are not accepted. */
  readonly refusals: ReadonlySet<number>;
}

/**
 * The error of an answer with a status beyond 2xx. Statuses in the request's `refusals` say that the credentials are
 * not accepted: 401 and 403 at an API, 400 as well at a token endpoint, where OAuth answers `invalid_grant` with it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 (read 2026-11-22)
 */
export function statusFailure(
  sent: SentRequest,
  status: number,
  headers: ResponseHeaders,
  now: UnixSeconds,
): VendorError {
  // With other statuses a rate limit need not be the cause, even where it is used up.
  const isThrottled = status === 429 || status === 503;
  const hint = status >= 400 && status < 500 ? describeClocks(headers, now) : null;
  return requestFailure(
    sent,
    `answered ${status}: ${explain(sent, status, headers)}${hint === null ? '' : `; ${hint}`}`,
    {
      reason: reasonOf(sent, status, headers),
      status,
      date: parseHttpDate(headerOf(headers, 'date')),
      retryAfter: isThrottled ? parsePause(headers, now) : retryAfterOf(headers, now),
    },
  );
}

function reasonOf({ refusals }: SentRequest, status: number, headers: ResponseHeaders): FailureReason {
  if (status === 403 && isFromBarrier(headers)) return 'network';
  if (refusals.has(status)) return 'auth';
  if (status === 429) return 'rate_limited';
  return status >= 500 ? 'http_server' : 'http_client';
}

function explain(sent: SentRequest, status: number, headers: ResponseHeaders): string {
  if (status < 400) return explainRedirect(sent, headerOf(headers, 'location'));
  if (status === 403 && isFromBarrier(headers))
    return 'a firewall or proxy on the way refuses, not the API; have this machine let through, and check the URL';
  if (status === 403) return 'the credentials lack a permission';
  if (sent.refusals.has(status))
    return `the credentials were refused${sent.refusalHint ? `; ${sent.refusalHint}` : ''}`;
  if (status === 404) return 'nothing is there; check the URL and the ids in the configuration';
  if (status === 407) return 'a proxy on the way wants credentials';
  if (status === 429) return 'too many requests; poll less often if this stays';
  return status >= 500 ? 'the vendor has a fault' : 'the request was refused';
}

/**
 * True if a 403 comes from something in front of the API: an API answers in JSON, an HTML page is that of a firewall, a
 * gateway or a proxy.
 * @see https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/ and
 *   https://docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-actions.html (read 2026-11-30)
 */
function isFromBarrier(headers: ResponseHeaders): boolean {
  if (BARRIER_HEADERS.some((name) => headerOf(headers, name) !== null)) return true;
  return /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(headerOf(headers, 'content-type') ?? '');
}

/** Describes the difference between this machine's clock and the answer's; null where it is small or not known. */
function describeClocks(headers: ResponseHeaders, now: UnixSeconds): string | null {
  const date = parseHttpDate(headerOf(headers, 'date'));
  // A cache keeps the date of when it was filled.
  if (date === null || headerOf(headers, 'age') !== null) return null;
  const ahead = between(date, now);
  if (Math.abs(ahead) <= CLOCK_TOLERANCE) return null;
  const distance = formatPrometheusDuration(seconds(Math.round(Math.abs(ahead) / MINUTE) * MINUTE));
  return (
    `this machine's clock is ${distance} ${ahead < 0 ? 'behind' : 'ahead of'} the vendor's ` +
    `(${formatTimestamp(now)}, ${formatTimestamp(date)}): set it right`
  );
}

/** Redirects are not followed: the credentials belong to the configured origin. */
function explainRedirect(sent: SentRequest, location: string | null): string {
  const target = location === null ? null : URL.parse(location, sent.url.href);
  if (target === null) return 'a redirect to nowhere; check the URL';
  // What comes after a semicolon is most often a session.
  const path = /^[^;]*/.exec(target.pathname)?.[0] ?? '';
  const whole = target.origin === 'null' ? target.protocol : `${target.origin}${repeatsSent(sent, path) ? '' : path}`;
  return `it redirects to ${whole.slice(0, LONGEST_LOCATION)}, which is not followed; point base_url there`;
}

/** True if a path that came back holds a part of the request, which may be secret. */
function repeatsSent({ headers, url, body }: SentRequest, path: string): boolean {
  const words = [...Object.values(headers), url.search, body ?? ''].flatMap((text) => decode(text).split(/[\s"&=?]+/));
  const decoded = decode(path);
  return words.some((word) => word.length >= SHORTEST_SECRET && decoded.includes(word));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

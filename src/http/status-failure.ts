import type { UnixSeconds } from '../model/time.ts';
import type { FailureReason, VendorError } from './errors.ts';
import { parsePause } from './parse-pause.ts';
import { type RequestPlace, requestFailure } from './request-failure.ts';
import { headerOf, type ResponseHeaders } from './response-headers.ts';

const LONGEST_LOCATION = 200;
/** Shorter words are in many paths by chance. */
const SHORTEST_SECRET = 6;

/** A request as it was sent. */
interface Asked extends RequestPlace {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Statuses that say that the credentials are not accepted. */
  readonly refusals: ReadonlySet<number>;
}

/**
 * The error that a status beyond 2xx means. Statuses in the request's `refusals` say that the credentials are not accepted: 401 and
 * 403 at an API, 400 as well at a token endpoint, where OAuth answers `invalid_grant` with it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 (read 2026-11-22)
 */
export function statusFailure(ask: Asked, status: number, headers: ResponseHeaders, now: UnixSeconds): VendorError {
  const asksToWait = status === 429 || status === 503;
  return requestFailure(ask, `answered ${status}: ${explain(ask, status, headers)}`, {
    reason: reasonOf(status, ask.refusals),
    status,
    retryAfter: asksToWait ? parsePause(headers, now) : null,
  });
}

function reasonOf(status: number, refusals: ReadonlySet<number>): FailureReason {
  if (refusals.has(status)) return 'auth';
  if (status === 429) return 'rate_limited';
  return status >= 500 ? 'http_server' : 'http_client';
}

function explain(ask: Asked, status: number, headers: ResponseHeaders): string {
  if (status < 400) return explainRedirect(ask, headerOf(headers, 'location'));
  if (status === 403) return 'the credentials lack a permission';
  if (ask.refusals.has(status)) return `the credentials were refused${ask.refusalHint ? `; ${ask.refusalHint}` : ''}`;
  if (status === 404) return 'nothing is there; check the URL and the ids in the configuration';
  if (status === 407) return 'a proxy on the way wants credentials';
  if (status === 429) return 'too many requests; poll less often if this stays';
  return status >= 500 ? 'the vendor has a fault' : 'the request was refused';
}

/** Redirects are not followed: the credentials belong to the configured origin. */
function explainRedirect(ask: Asked, location: string | null): string {
  const target = location === null ? null : URL.parse(location, ask.url.href);
  if (target === null) return 'a redirect to nowhere; check the URL';
  // What comes after a semicolon is most often a session.
  const path = /^[^;]*/.exec(target.pathname)?.[0] ?? '';
  const whole = target.origin === 'null' ? target.protocol : `${target.origin}${repeatsSent(ask, path) ? '' : path}`;
  return `it redirects to ${whole.slice(0, LONGEST_LOCATION)}, which is not followed; point base_url there`;
}

/** Whether a path of the other side holds something that was sent to it, which may be secret. */
function repeatsSent({ headers, url, body }: Asked, path: string): boolean {
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

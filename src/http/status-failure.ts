import type { UnixSeconds } from '../model/time.ts';
import type { FailureReason, VendorError } from './errors.ts';
import { parsePause } from './parse-pause.ts';
import { type RequestPlace, requestFailure } from './request-failure.ts';
import { headerOf, type ResponseHeaders } from './response-headers.ts';

const LONGEST_LOCATION = 200;

/**
 * The error that a status beyond 2xx means. Statuses in `refusals` say that the credentials are not accepted: 401 and
 * 403 at an API, 400 as well at a token endpoint, where OAuth answers `invalid_grant` with it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 (read 2026-11-22)
 */
export function statusFailure(
  place: RequestPlace,
  status: number,
  headers: ResponseHeaders,
  refusals: ReadonlySet<number>,
  now: UnixSeconds,
): VendorError {
  const asksToWait = status === 429 || status === 503;
  return requestFailure(place, `answered ${status}: ${explain(place, status, headers, refusals)}`, {
    reason: reasonOf(status, refusals),
    status,
    retryAfter: asksToWait ? parsePause(headers, now) : null,
  });
}

function reasonOf(status: number, refusals: ReadonlySet<number>): FailureReason {
  if (refusals.has(status)) return 'auth';
  if (status === 429) return 'rate_limited';
  return status >= 500 ? 'http_server' : 'http_client';
}

function explain(place: RequestPlace, status: number, headers: ResponseHeaders, refusals: ReadonlySet<number>): string {
  if (status < 400) return explainRedirect(place, headerOf(headers, 'location'));
  if (status === 403) return 'the credentials lack a permission';
  if (refusals.has(status)) return `the credentials were refused${place.refusalHint ? `; ${place.refusalHint}` : ''}`;
  if (status === 404) return 'nothing is there; check the URL and the ids in the configuration';
  if (status === 407) return 'a proxy on the way wants credentials';
  if (status === 429) return 'too many requests; poll less often if this stays';
  return status >= 500 ? 'the vendor has a fault' : 'the request was refused';
}

/** Redirects are not followed: the credentials belong to the configured origin. */
function explainRedirect(place: RequestPlace, location: string | null): string {
  const target = location === null ? null : URL.parse(location, place.url.href);
  if (target === null) return 'a redirect to nowhere; check the URL';
  const shown = target.origin === 'null' ? target.protocol : `${target.origin}${target.pathname}`;
  return `it redirects to ${shown.slice(0, LONGEST_LOCATION)}, which is not followed; point base_url there`;
}

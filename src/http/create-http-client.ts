import { isDeepStrictEqual } from 'node:util';
import { between, MINUTE, seconds, type UnixSeconds } from '../model/time.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { VendorError } from './errors.ts';
import type { HttpClient, HttpClientOptions, HttpRequest, HttpResponse } from './http-client.ts';
import { parseJsonBody } from './parse-json-body.ts';
import { abortFailure, type RequestContext, requestFailure } from './request-failure.ts';
import { resolveLink, resolvePath } from './resolve-url.ts';
import { headerOf } from './response-headers.ts';
import { parseHttpDate } from './retry-after.ts';
import { createTransport } from './transport.ts';

type Headers = Readonly<Record<string, string>>;

const REFUSALS: ReadonlySet<number> = new Set([401, 403]);
/** Shortest time between two tokens that are fetched because of a 403. */
const REFRESH_PAUSE = seconds(5 * MINUTE);

/** True if other credentials may help: not where the answer asks for a pause, nor where the API was not reached. */
function isRefusal({ reason, status, retryAfter }: VendorError): boolean {
  return status === 401 || (status === 403 && reason === 'auth' && retryAfter === null);
}

/**
 * Creates the HTTP client of one vendor. A request is tried up to three times, each within `requestTimeout`; after a
 * 401 the credentials are renewed once, after a 403 as well, but at most every five minutes. Every status has its
 * reason: 401 and 403 `auth` (a 403 of a firewall `network`), 429 `rate_limited`, other 4xx and redirects
 * `http_client`, 5xx `http_server`; no JSON, too large a body or a link out of the API `schema`. Requests wait while
 * the vendor's rate limit is used up, see `rate-limiter.ts`.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient & { close(): Promise<void> } {
  const { baseUrl, credentials, refusalHint, clock } = options;
  // Token endpoints have transports of their own: a token may be fetched while the API's rate limit is used up.
  const transport = createTransport(options, createRateLimiter(options));
  let isMoveReported = false;
  let refreshedAt: UnixSeconds | null = null;

  function resolve({ operation, link, path, query }: HttpRequest): URL {
    if (link === undefined) return resolvePath(baseUrl, { operation, path, query });
    const { url, movedFrom } = resolveLink(baseUrl, link, operation);
    if (movedFrom !== null && !isMoveReported) {
      isMoveReported = true;
      options.linkMoved?.(movedFrom);
    }
    return url;
  }

  async function request(asked: HttpRequest): Promise<HttpResponse> {
    const { operation, method = 'GET', accept = [], signal } = asked;
    const url = resolve(asked);
    const context = { method, url, operation, refusalHint };
    const body = asked.json === undefined ? null : JSON.stringify(asked.json);
    const own: Headers = {
      ...(asked.accepts !== undefined && { accept: asked.accepts }),
      ...(body !== null && { 'content-type': 'application/json' }),
    };

    async function send(authorization: Headers): Promise<HttpResponse> {
      const headers = { ...own, ...authorization };
      const answer = await transport.send({ ...context, headers, body, accept, refusals: REFUSALS, signal });
      const date = parseHttpDate(headerOf(answer.headers, 'date'));
      return { status: answer.status, body: parseJsonBody(context, answer), date, url };
    }

    const used = await credentialHeaders(context, signal);
    try {
      return await send(used);
    } catch (error) {
      if (!(error instanceof VendorError) || !isRefusal(error)) throw error;
      // Another request may have renewed the token meanwhile, or its file has changed.
      let present = await credentialHeaders(context, signal);
      if (isDeepStrictEqual(present, used)) {
        if (!(error.status === 401 ? credentials.renew() : refreshRarely())) throw error;
        present = await credentialHeaders(context, signal);
        if (isDeepStrictEqual(present, used)) throw error;
      }
      return send(present);
    }
  }

  /** Has the token fetched anew, as its rights may have changed; rarely, as a right may be missing for good. */
  function refreshRarely(): boolean {
    const now = clock.now();
    if (refreshedAt !== null && between(refreshedAt, now) < REFRESH_PAUSE) return false;
    refreshedAt = now;
    return credentials.refresh();
  }

  async function credentialHeaders(context: RequestContext, signal: AbortSignal): Promise<Headers> {
    if (signal.aborted) throw abortFailure(context, signal);
    try {
      return await credentials.headers(signal);
    } catch (error) {
      if (error instanceof VendorError) throw error;
      const why = error instanceof Error && error.name === 'ConfigError' ? `: ${error.message.split('\n')[0]}` : '';
      throw requestFailure(context, `was not sent, as its credentials cannot be read${why}`, { reason: 'auth' });
    }
  }

  return { request, close: () => transport.close() };
}

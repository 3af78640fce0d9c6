/**
 * Sends requests to any origin, with time limit, retries, a limit of size and errors by status. Knows no credentials.
 */
import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { describeProxy, type Proxies } from '../model/proxies.ts';
import { type Seconds, seconds } from '../model/time.ts';
import { VendorError } from './errors.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { TransportOptions } from './http-client.ts';
import { networkFailure } from './network-failure.ts';
import { orAbort } from './or-abort.ts';
import type { Answer } from './parse-json-body.ts';
import { ACCEPTED_ENCODINGS, readBody, tooLargeFailure } from './read-body.ts';
import { abortFailure, type RequestContext, requestFailure } from './request-failure.ts';
import { withRetries } from './retry.ts';
import { statusFailure } from './status-failure.ts';

/** One request, ready to be sent. */
interface TransportRequest extends RequestContext {
  /** Sent as they are, after those of every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** null: none. */
  readonly body: string | null;
  /** Statuses beyond 2xx that are an answer. */
  readonly accept: readonly number[];
  /** Statuses that say that the credentials are not accepted. */
  readonly refusals: ReadonlySet<number>;
  readonly signal: AbortSignal;
  /** Called with each failure that is tried again. */
  readonly failed?: (error: VendorError) => void;
}

export interface Transport {
  /**
   * Tries up to three times.
   * @throws VendorError, never anything else; at once when the signal aborts.
   */
  send(request: TransportRequest): Promise<Answer>;
  /** Cuts every connection; what is under way is rejected. */
  close(): Promise<void>;
}

/** Most connections to one origin; requests of one target come one after another, so more would not help. */
const MAX_CONNECTIONS = 4;
/**
 * The longest wait for a connection, TLS included. So an address that never answers is not taken for a slow vendor, and
 * three tries of it fit into the time of one.
 */
const LONGEST_CONNECT_MS = 10_000;

/**
 * Creates a transport with connections of its own. Redirects are never followed.
 *
 * Retries are our own rather than undici's interceptor, which knows neither our clock nor our observers.
 *
 * @param rateLimiter asked before every try, and given every answer; null: no rate limit is obeyed
 */
export function createTransport(options: TransportOptions, rateLimiter: RateLimiter | null = null): Transport {
  const { clock, observer, userAgent, requestTimeout, maxBodyBytes, proxies, random = Math.random } = options;
  const timeoutMs = Math.ceil(requestTimeout * 1000);
  const connectTimeoutMs = Math.min(LONGEST_CONNECT_MS, Math.ceil(timeoutMs / 3));
  const agent = createAgent(proxies, connectTimeoutMs, maxBodyBytes);

  async function attempt(request: TransportRequest): Promise<Answer> {
    await rateLimiter?.wait(request, request.signal);
    if (request.signal.aborted) throw abortFailure(request, request.signal, describeProxy(request.url, proxies));
    const started = performance.now();
    const limit = createTimeLimit(request.signal, timeoutMs);
    let code = 'error';
    try {
      // undici notices an abort only once it has a connection, hence the race.
      const response = await orAbort(
        agent.request({
          origin: request.url.origin,
          path: request.url.pathname + request.url.search,
          method: request.method,
          headers: {
            accept: 'application/json',
            'accept-encoding': ACCEPTED_ENCODINGS,
            'user-agent': userAgent,
            ...request.headers,
          },
          body: request.body,
          signal: limit.signal,
        }),
        limit.signal,
      );
      code = String(response.statusCode);
      const { statusCode: status, headers } = response;
      rateLimiter?.learn(headers);
      if ((status < 200 || status > 299) && !request.accept.includes(status)) {
        response.body.on('error', ignore).destroy();
        throw statusFailure(request, status, headers, clock.now());
      }
      return { status, headers, body: await orAbort(readBody(request, response, maxBodyBytes), limit.signal) };
    } catch (error) {
      if (request.signal.aborted) throw abortFailure(request, request.signal, describeProxy(request.url, proxies));
      if (error instanceof VendorError) throw error;
      if (limit.signal.aborted) throw timeoutFailure(request, requestTimeout, proxies);
      throw (
        tooLargeFailure(request, error, maxBodyBytes) ??
        networkFailure(request, error, { connectTimeout: seconds(connectTimeoutMs / 1000), proxies })
      );
    } finally {
      limit.release();
      observer.requested(request.operation, code, seconds((performance.now() - started) / 1000));
    }
  }

  return {
    send: (request) =>
      withRetries(() => attempt(request), {
        clock,
        random,
        signal: request.signal,
        failed: request.failed ?? ignore,
        retried: () => observer.retried(),
      }),
    close: () => agent.destroy(),
  };
}

/** Does nothing: for events that nobody needs, such as the end of an error's body. */
function ignore(): void {}

function timeoutFailure(request: TransportRequest, requestTimeout: Seconds, proxies: Proxies): VendorError {
  const problem = `gave no complete answer within ${requestTimeout} s${describeProxy(request.url, proxies)}`;
  return requestFailure(request, problem, { reason: 'timeout' });
}

/** Creates the connections, through a proxy where there is one for the origin; the limits are the same there. */
function createAgent(proxies: Proxies, connectTimeoutMs: number, maxBodyBytes: number): Dispatcher {
  const limits: Pool.Options = {
    connections: MAX_CONNECTIONS,
    // One cut connection then costs one request; no vendor needs more than HTTP/1.1.
    allowH2: false,
    connectTimeout: connectTimeoutMs,
    // The try as a whole has its limit elsewhere; undici's own would be later and less exact.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: maxBodyBytes,
  };
  return new EnvHttpProxyAgent({
    ...limits,
    // Always given, if only as an empty text: undici would else read the process's environment itself.
    httpProxy: proxies.http?.url.href ?? '',
    httpsProxy: proxies.https?.url.href ?? '',
    noProxy: proxies.except,
    // Without this undici drops the limits where it passes a plain request on to a proxy.
    factory: (origin, given: Pool.Options) => new Pool(origin, { ...limits, ...given }),
    // A proxy that takes the connection and then says nothing counts as no connection as well.
    clientFactory: (origin, given) => new Pool(origin, { ...given, headersTimeout: connectTimeoutMs }),
  });
}

/**
 * A signal that aborts with `outer` or when the time is up. By hand, as `AbortSignal.any` holds on to a long-lived one.
 */
function createTimeLimit(outer: AbortSignal, timeoutMs: number): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const timer = setTimeout(stop, timeoutMs);
  outer.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      outer.removeEventListener('abort', stop);
    },
  };
}

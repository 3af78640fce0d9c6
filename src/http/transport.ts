/** Sends requests to any origin and judges what comes back: time limit, retries, size, status. Knows nothing of credentials. */
import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { describeProxy, type Proxies } from '../model/proxies.ts';
import { type Seconds, seconds } from '../model/time.ts';
import { VendorError } from './errors.ts';
import type { Budget } from './budget.ts';
import type { TransportOptions } from './http-client.ts';
import { networkFailure } from './network-failure.ts';
import { orAbort } from './or-abort.ts';
import type { Answer } from './parse-json-body.ts';
import { ACCEPTED_ENCODINGS, readBody, tooLargeFailure } from './read-body.ts';
import { abortFailure, type RequestPlace, requestFailure } from './request-failure.ts';
import { withRetries } from './retry.ts';
import { statusFailure } from './status-failure.ts';

/** One request, ready to go. */
interface Ask extends RequestPlace {
  /** Sent as they are, after our own. */
  readonly headers: Readonly<Record<string, string>>;
  /** null: none. */
  readonly body: string | null;
  /** Statuses beyond 2xx that are an answer. */
  readonly accept: readonly number[];
  /** Statuses that say that the credentials are not accepted. */
  readonly refusals: ReadonlySet<number>;
  readonly signal: AbortSignal;
  /** Told of each failure that is tried again. */
  readonly failed?: (error: VendorError) => void;
}

export interface Transport {
  /**
   * Tries up to three times.
   * @throws VendorError, never anything else; at once when the signal aborts.
   */
  send(ask: Ask): Promise<Answer>;
  /** Cuts every connection; what is under way is rejected. */
  close(): Promise<void>;
}

/** Connections to one origin; requests of one target follow one another, so more would only be a burden there. */
const MAX_CONNECTIONS = 4;
/**
 * The longest wait for a connection, TLS included. An address that swallows what is sent to it is then told from a
 * vendor that is slow; three tries of it fit into the time of one.
 */
const LONGEST_CONNECT_MS = 10_000;

/**
 * Creates a transport with connections of its own. Redirects are never followed.
 *
 * Retries are our own rather than undici's interceptor, which knows neither our clock nor our observers.
 *
 * @param budget asked before every try, and told of every answer; null: the other side's rate limit is nobody's concern
 */
export function createTransport(options: TransportOptions, budget: Budget | null = null): Transport {
  const { clock, observer, userAgent, requestTimeout, maxBodyBytes, proxies, random = Math.random } = options;
  const timeoutMs = Math.ceil(requestTimeout * 1000);
  const connectTimeoutMs = Math.min(LONGEST_CONNECT_MS, Math.ceil(timeoutMs / 3));
  const agent = createAgent(proxies, connectTimeoutMs, maxBodyBytes);

  async function attempt(ask: Ask): Promise<Answer> {
    await budget?.wait(ask, ask.signal);
    if (ask.signal.aborted) throw abortFailure(ask, ask.signal, describeProxy(ask.url, proxies));
    const started = performance.now();
    const limit = createTimeLimit(ask.signal, timeoutMs);
    let code = 'error';
    try {
      // undici notices an abort only once it has a connection, hence the race.
      const response = await orAbort(
        agent.request({
          origin: ask.url.origin,
          path: ask.url.pathname + ask.url.search,
          method: ask.method,
          headers: {
            accept: 'application/json',
            'accept-encoding': ACCEPTED_ENCODINGS,
            'user-agent': userAgent,
            ...ask.headers,
          },
          body: ask.body,
          signal: limit.signal,
        }),
        limit.signal,
      );
      code = String(response.statusCode);
      const { statusCode: status, headers } = response;
      budget?.learn(headers);
      if ((status < 200 || status > 299) && !ask.accept.includes(status)) {
        response.body.on('error', ignore).destroy();
        throw statusFailure(ask, status, headers, clock.now());
      }
      return { status, headers, body: await orAbort(readBody(ask, response, maxBodyBytes), limit.signal) };
    } catch (error) {
      if (ask.signal.aborted) throw abortFailure(ask, ask.signal, describeProxy(ask.url, proxies));
      if (error instanceof VendorError) throw error;
      if (limit.signal.aborted) throw timeoutFailure(ask, requestTimeout, proxies);
      throw (
        tooLargeFailure(ask, error, maxBodyBytes) ??
        networkFailure(ask, error, { connectTimeout: seconds(connectTimeoutMs / 1000), proxies })
      );
    } finally {
      limit.release();
      observer.requested(ask.operation, code, seconds((performance.now() - started) / 1000));
    }
  }

  return {
    send: (ask) =>
      withRetries(() => attempt(ask), {
        clock,
        random,
        signal: ask.signal,
        failed: ask.failed ?? ignore,
        retried: () => observer.retried(),
      }),
    close: () => agent.destroy(),
  };
}

/** For what nobody needs to know, such as how the unwanted body of an error ends. */
function ignore(): void {}

function timeoutFailure(ask: Ask, requestTimeout: Seconds, proxies: Proxies): VendorError {
  const problem = `gave no complete answer within ${requestTimeout} s${describeProxy(ask.url, proxies)}`;
  return requestFailure(ask, problem, { reason: 'timeout' });
}

/** The way out, through a proxy where there is one for the origin: what holds for a connection holds there as well. */
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
    // Always given, if only as nothing: undici would look into the process's environment itself.
    httpProxy: proxies.http?.url.href ?? '',
    httpsProxy: proxies.https?.url.href ?? '',
    noProxy: proxies.except,
    // By itself undici forgets the limits where it passes a plain request on to a proxy.
    factory: (origin, given: Pool.Options) => new Pool(origin, { ...limits, ...given }),
    // A proxy that takes the connection and then says nothing is no way either.
    clientFactory: (origin, given) => new Pool(origin, { ...given, headersTimeout: connectTimeoutMs }),
  });
}

/** A signal that aborts with `outer` or when the time is up. By hand, as `AbortSignal.any` holds on to a long-lived one. */
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

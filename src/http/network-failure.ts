import { describeProxy, type Proxies, proxyFor } from '../model/proxies.ts';
import type { Seconds } from '../model/time.ts';
import type { VendorError } from './errors.ts';
import { type RequestContext, requestFailure } from './request-failure.ts';

const UNKNOWN_AUTHORITY =
  'its certificate comes from an authority that this machine does not know; name that one in NODE_EXTRA_CA_CERTS';
const CUT = 'the connection was cut before the answer was complete';
const NOT_HTTP = 'a parser error';
const NO_WAY = 'there is no way to the host; check network, firewall and proxy';

/**
 * Advice for the error codes of Node's sockets and TLS.
 * @see https://nodejs.org/api/errors.html#common-system-errors and
 *   https://nodejs.org/api/tls.html#x509-certificate-error-codes (read 2026-11-22)
 */
const ADVICE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host; check the URL and DNS',
  EAI_AGAIN: 'the name could not be looked up; check DNS',
  ECONNREFUSED: 'nothing listens there; check host, port and firewall',
  ECONNRESET: CUT,
  EPIPE: CUT,
  UND_ERR_SOCKET: CUT,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: CUT,
  ETIMEDOUT: NO_WAY,
  EHOSTUNREACH: NO_WAY,
  ENETUNREACH: NO_WAY,
  UND_ERR_PRX_CONN: 'the proxy cut the connection before there was a way to the host',
  UND_ERR_PRX_TLS: "the proxy's certificate is for another host name; check its address",
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: "its certificate is not valid yet; check this machine's clock",
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name; check the URL',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
};

/**
 * Codes of no connection. Only a request to a proxy to connect has a time limit for headers, so that is one as well.
 */
const NO_CONNECTION: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT']);
const MAY_BE_THE_PROXY: ReadonlySet<string> = new Set([
  ...NO_CONNECTION,
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'UND_ERR_SOCKET',
  'UND_ERR_PRX_CONN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** The route to a host. */
interface Route {
  /** Longest wait for a connection. */
  readonly connectTimeout: Seconds;
  readonly proxies: Proxies;
}

/** The error of a request for which no complete answer came. Of the cause only its code is kept. */
export function networkFailure(
  context: RequestContext,
  error: unknown,
  { connectTimeout, proxies }: Route,
): VendorError {
  const proxyStatus = proxyStatusOf(error);
  if (proxyStatus !== null) return proxyFailure(context, proxyStatus, proxies);
  const code = codeOf(error);
  const hint = MAY_BE_THE_PROXY.has(code) ? describeProxy(context.url, proxies) : '';
  if (NO_CONNECTION.has(code)) {
    const problem = `got no connection within ${Math.round(connectTimeout * 10) / 10} s: ${NO_WAY}${hint}`;
    return requestFailure(context, problem, { reason: 'network' });
  }
  if (code === 'UND_ERR_INVALID_ARG')
    return requestFailure(context, 'could not be sent: a credential holds a character that no header can carry', {
      reason: 'auth',
    });
  return requestFailure(context, `failed with ${code}: ${adviceFor(code)}${hint}`, { reason: 'network' });
}

/** The error of a request that a proxy did not let through. */
function proxyFailure(context: RequestContext, status: number, proxies: Proxies): VendorError {
  const proxy = proxyFor(context.url, proxies);
  const name = proxy?.variable ?? 'HTTPS_PROXY';
  const advice =
    status === 407
      ? `it wants user name and password, or others: give them as ${name}=http://user:password@host:port`
      : 'it does not let the request through; have it allow this host, or name the host in NO_PROXY';
  const problem = `was not sent: the proxy ${proxy?.url.host ?? ''} of ${name} answered ${status}: ${advice}`;
  return requestFailure(context, problem, { reason: 'network', status });
}

/** The status with which a proxy refused; undici tells it in words alone. */
function proxyStatusOf(error: unknown): number | null {
  if (!(error instanceof Error)) return null;
  const found = /^Proxy response \((\d{3})\)|^Proxy Authentication Required \((407)\)/.exec(error.message);
  const status = found?.[1] ?? found?.[2];
  if (status !== undefined) return Number(status);
  return error.cause === undefined ? null : proxyStatusOf(error.cause);
}

function adviceFor(code: string): string {
  const advice = ADVICE[code];
  if (advice !== undefined) return advice;
  if (code === NOT_HTTP || code.startsWith('HPE_')) return 'what came back is not HTTP; check the port';
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return 'TLS could not be agreed on; check scheme and port';
  return 'no complete answer came';
}

/** The code of an error or of what caused it; `an unknown error` where there is none. */
function codeOf(error: unknown): string {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    // undici's parser gives no code where the answer does not even begin like one.
    if (current.name === 'HTTPParserError') return NOT_HTTP;
  }
  return 'an unknown error';
}

/** OTLP over HTTP, as protobuf or JSON; one connection, kept alive. */
import { Agent, type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http';
import { Agent as TlsAgent, request as requestTls } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { describeProxy, proxyFor } from '../model/proxies.ts';
import { type Seconds, seconds } from '../model/time.ts';
import { readRefusal, readResponse } from './answers.ts';
import type { OtlpCertificates } from './certificates.ts';
import type { OtlpSettings } from './settings.ts';
import { type Sent, STOPPED, type Transport, type TransportOptions } from './transport.ts';

/** @see https://nodejs.org/docs/latest-v24.x/api/tls.html#x509-certificate-error-codes (read 2026-11-22) */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
/** @see https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes (read 2026-11-30) */
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const PASSING_CODES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENETUNREACH',
  'EHOSTUNREACH',
]);
/** Longest answer that is read; one of a receiver has a few numbers and a line of text. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Waits before a try is repeated, less up to a fifth by chance. */
const RETRY_DELAYS_MS = [1000, 1500, 2250, 3375, 5000];

const compress = promisify(gzip);

/** A whole answer. */
interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly contentType: string;
  readonly retryAfter: Seconds | null;
  readonly body: Buffer;
}

/** The outcome of one try. */
interface Tried {
  readonly sent: Sent;
  readonly isPassing: boolean;
}

/** Makes a transport that keeps one connection, and tries a request again while its time lasts. */
export function createHttpTransport({ settings, certificates, userAgent }: TransportOptions): Transport {
  const { url, protocol, compression, requestTimeoutMs } = settings;
  const agent = createAgent(settings, certificates);
  const isJson = protocol === 'http/json';
  const serializer = isJson ? JsonMetricsSerializer : ProtobufMetricsSerializer;
  const send = url.protocol === 'http:' ? requestPlain : requestTls;
  const underWay = new Set<ClientRequest>();
  let stopping = new AbortController();

  function stop(): void {
    stopping.abort();
    for (const request of underWay) request.destroy(new Error(STOPPED));
  }

  function post(body: Uint8Array, headers: Readonly<Record<string, string>>, timeoutMs: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = send(url, {
        method: 'POST',
        agent,
        headers: {
          'user-agent': userAgent,
          ...headers,
          'content-type': isJson ? 'application/json' : 'application/x-protobuf',
          'content-length': body.length,
          ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
        },
      });
      const timer = setTimeout(() => {
        reject(new Error(`no complete answer within ${requestTimeoutMs / 1000} s`));
        request.destroy();
      }, timeoutMs);
      underWay.add(request);
      request.on('close', () => {
        clearTimeout(timer);
        underWay.delete(request);
      });
      request.on('error', reject);
      request.on('response', (response) => void readAnswer(response).then(resolve, reject));
      request.end(body);
    });
  }

  async function attempt(body: Uint8Array, timeoutMs: number): Promise<Tried> {
    const headers = settings.headers();
    try {
      const answer = await post(body, headers, timeoutMs);
      return { sent: toSent(answer, Object.values(headers)), isPassing: PASSING_STATUSES.has(answer.status) };
    } catch (error) {
      if (stopping.signal.aborted) return { sent: failed(STOPPED), isPassing: false };
      const code = codeOf(error);
      const reason = `${describeError(error, code)}${describeProxy(url, settings.proxies)}`;
      return { sent: failed(reason), isPassing: PASSING_CODES.has(code ?? '') };
    }
  }

  async function sendWithRetries(body: Uint8Array): Promise<Sent> {
    const deadline = performance.now() + requestTimeoutMs;
    const timeLeft = (): number => deadline - performance.now();
    let last = await attempt(body, requestTimeoutMs);
    for (const delay of RETRY_DELAYS_MS) {
      if (last.sent.outcome !== 'failed' || !last.isPassing) break;
      const wait = last.sent.retryAfter === null ? delay * (1 - Math.random() / 5) : last.sent.retryAfter * 1000;
      if (wait >= timeLeft()) break;
      await pause(wait, null, { ref: false, signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) break;
      const next = await attempt(body, Math.max(1, timeLeft()));
      // A try that was stopped or only ran out of time says less than the one before.
      if (next.sent.outcome === 'failed' && (stopping.signal.aborted || timeLeft() <= 0)) break;
      last = next;
    }
    return last.sent;
  }

  return {
    async send(metrics: ResourceMetrics) {
      stopping = new AbortController();
      const request = serializer.serializeRequest(metrics) ?? new Uint8Array();
      return sendWithRetries(compression === 'gzip' ? await compress(request) : request);
    },
    abort: stop,
    close() {
      stop();
      agent.destroy();
    },
  };
}

function createAgent({ url, proxies }: OtlpSettings, { authorities, client, clientKey }: OtlpCertificates): Agent {
  const proxy = proxyFor(url, proxies)?.url.href;
  const options = {
    keepAlive: true,
    maxSockets: 1,
    // `proxyFor` has decided already that the proxy is for this receiver.
    ...(proxy !== undefined && { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }),
  };
  if (url.protocol === 'http:') return new Agent(options);
  return new TlsAgent({
    ...options,
    ...(authorities !== null && { ca: authorities }),
    ...(client !== null && clientKey !== null && { cert: client, key: clientKey }),
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new Error(`the answer has more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? '',
    contentType: response.headers['content-type'] ?? '',
    retryAfter: parseRetryAfter(response.headers['retry-after']),
    body: Buffer.concat(chunks),
  };
}

function toSent({ status, statusText, contentType, retryAfter, body }: Answer, sent: readonly string[]): Sent {
  if (status < 200 || status > 299) {
    const words = readRefusal(body, contentType, sent);
    return failed(`HTTP ${status} ${statusText}`.trim() + (words === '' ? '' : `: ${words}`), retryAfter);
  }
  try {
    const partialSuccess = readResponse(body, contentType);
    return partialSuccess === null ? { outcome: 'ok' } : { outcome: 'rejected', partialSuccess };
  } catch {
    const what = /html/i.test(contentType) ? 'a page for people' : 'something else';
    return failed(
      `HTTP ${status} with ${what}, which is no answer of an OTLP receiver; check the endpoint`,
      retryAfter,
    );
  }
}

function failed(reason: string, retryAfter: Seconds | null = null): Sent {
  return { outcome: 'failed', reason, retryAfter };
}

/** Reads seconds or a date; null if it is neither, or has passed. @see RFC 9110 section 10.2.3 */
function parseRetryAfter(header: string | undefined): Seconds | null {
  if (header === undefined) return null;
  const delay = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return delay > 0 ? seconds(delay) : null;
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

function describeError(error: unknown, code: string | null): string {
  if (code !== null && UNTRUSTED.has(code)) {
    return `the receiver's certificate is not trusted (${code}); set otlp.certificate_file to its authority's`;
  }
  if (!(error instanceof Error)) return String(error);
  // Where a name has several addresses, the error is a bundle with a code and no message.
  if (error.message === '') return code ?? error.name;
  return code === null || error.message.includes(code) ? error.message : `${error.message} (${code})`;
}

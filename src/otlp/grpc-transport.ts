/** OTLP over gRPC; one connection. A call is not retried here: the next push is. */
import {
  type ChannelOptions,
  Client,
  type ClientUnaryCall,
  compressionAlgorithms,
  credentials,
  logVerbosity,
  Metadata,
  setLogVerbosity,
  type ServiceError,
  status as Status,
} from '@grpc/grpc-js';
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { describeProxy, proxyFor } from '../model/proxies.ts';
import { clean, readResponse } from './answers.ts';
import type { OtlpSettings } from './settings.ts';
import { type Sent, STOPPED, type Transport, type TransportOptions } from './transport.ts';

/** @see opentelemetry/proto/collector/metrics/v1/metrics_service.proto (read 2026-11-30) */
const PATH = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

/** Makes a transport that keeps one connection and tries each request once. */
export function createGrpcTransport({ settings, certificates, userAgent }: TransportOptions): Transport {
  const { url } = settings;
  const { target, options } = findWay(settings);
  // It would write to stderr, past our log; the error of a failed call says the same.
  setLogVerbosity(logVerbosity.NONE);
  let client: Client | null = null;
  const underWay = new Set<ClientUnaryCall>();
  let isStopped = false;

  function stop(): void {
    isStopped = true;
    for (const made of underWay) made.cancel();
  }

  function connect(): Client {
    const proxy = proxyFor(url, settings.proxies);
    if (proxy?.url.protocol === 'https:') {
      throw new Error(
        `gRPC cannot go through a proxy that speaks TLS itself; ${proxy.variable} must be http:// for it`,
      );
    }
    const { authorities, clientKey, client: certificate } = certificates;
    const secured =
      url.protocol === 'http:'
        ? credentials.createInsecure()
        : credentials.createSsl(authorities, clientKey, certificate);
    return new Client(target, secured, {
      ...options,
      'grpc.primary_user_agent': userAgent,
      'grpc.default_compression_algorithm':
        settings.compression === 'gzip' ? compressionAlgorithms.gzip : compressionAlgorithms.identity,
    });
  }

  function call(request: Buffer, metadata: Metadata): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      client ??= connect();
      const deadline = Date.now() + settings.requestTimeoutMs;
      const made = client.makeUnaryRequest(PATH, pass, pass, request, metadata, { deadline }, (error, response) => {
        underWay.delete(made);
        if (error === null) resolve(response ?? Buffer.alloc(0));
        else reject(error);
      });
      underWay.add(made);
    });
  }

  return {
    async send(metrics) {
      isStopped = false;
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(settings.headers())) metadata.set(name, value);
      const request = Buffer.from(ProtobufMetricsSerializer.serializeRequest(metrics) ?? []);
      try {
        const partialSuccess = readResponse(await call(request, metadata), 'application/x-protobuf');
        return partialSuccess === null ? { outcome: 'ok' } : { outcome: 'rejected', partialSuccess };
      } catch (error) {
        if (!isServiceError(error)) throw error;
        if (error.code === Status.DEADLINE_EXCEEDED) {
          // A dead connection that nobody has closed would keep the next calls waiting as well.
          client?.close();
          client = null;
        }
        if (isStopped) return { outcome: 'failed', reason: STOPPED, retryAfter: null };
        return toFailed(error, settings);
      }
    },
    abort: stop,
    close() {
      stop();
      client?.close();
    },
  };
}

/** Target and options of the connection. gRPC must not read proxies from the environment itself: its rules differ. */
function findWay({ url, proxies }: OtlpSettings): { readonly target: string; readonly options: ChannelOptions } {
  const proxy = proxyFor(url, proxies);
  if (proxy === null) return { target: url.host, options: { 'grpc.enable_http_proxy': 0 } };
  const receiver = `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
  const { hostname, port, username, password } = proxy.url;
  return {
    target: `dns:${hostname}:${port || '80'}`,
    options: {
      'grpc.enable_http_proxy': 0,
      'grpc.default_authority': url.host,
      'grpc.http_connect_target': `dns:${receiver}`,
      ...(username !== '' && {
        'grpc.http_connect_creds': `${decodeURIComponent(username)}:${decodeURIComponent(password)}`,
      }),
    },
  };
}

function pass(bytes: Buffer): Buffer {
  return bytes;
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'details' in error && 'code' in error;
}

function toFailed({ code, details }: ServiceError, { url, proxies }: OtlpSettings): Sent {
  const hint = code === Status.UNAVAILABLE || code === Status.DEADLINE_EXCEEDED ? describeProxy(url, proxies) : '';
  return { outcome: 'failed', reason: `gRPC ${Status[code] ?? code}: ${clean(details)}${hint}`, retryAfter: null };
}

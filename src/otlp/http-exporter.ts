import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { watchResponses } from './responses.ts';
import type { StockExporter } from './sender.ts';
import type { OtlpSettings } from './settings.ts';

/** @see https://nodejs.org/docs/latest-v24.x/api/tls.html#x509-certificate-error-codes (read 2026-11-22) */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** OTLP over HTTP, as protobuf or JSON; one connection, kept alive. */
export async function createHttpExporter(settings: OtlpSettings, userAgent: string): Promise<StockExporter> {
  const { OTLPMetricExporter } = await (settings.protocol === 'http/json'
    ? import('@opentelemetry/exporter-metrics-otlp-http')
    : import('@opentelemetry/exporter-metrics-otlp-proto'));
  const agent = createAgent(settings);
  const responses = watchResponses(agent);
  const exporter = new OTLPMetricExporter({
    url: settings.url.href,
    headers: async () => ({ ...settings.headers() }),
    timeoutMillis: settings.requestTimeoutMs,
    compression: settings.compression === 'gzip' ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
    httpAgentOptions: () => agent,
    userAgent,
    // One push is under way at a time; a request that will not end must not collect others behind it.
    concurrencyLimit: 1,
  });
  return {
    exporter,
    describe: (error) => {
      const response = responses.take();
      // Of an answer with a failing status the exporter's error has at most the status; any other is the network's.
      const isStatus = error?.name === 'OTLPExporterError' && response !== null;
      return {
        reason: isStatus ? `HTTP ${response.status} ${response.statusText}`.trim() : describeError(error),
        retryAfter: isStatus ? response.retryAfter : null,
      };
    },
    abort: () => agent.destroy(),
    close: () => {
      responses.close();
      agent.destroy();
    },
  };
}

function createAgent({ url, certificates: { authorities, client, clientKey } }: OtlpSettings): Agent {
  if (url.protocol === 'http:') return new Agent({ keepAlive: true, maxSockets: 1 });
  return new TlsAgent({
    keepAlive: true,
    maxSockets: 1,
    ...(authorities !== null && { ca: authorities }),
    ...(client !== null && clientKey !== null && { cert: client, key: clientKey }),
  });
}

function describeError(error: Error | undefined): string {
  if (error === undefined) return 'no answer';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  if (code !== null && UNTRUSTED.has(code)) {
    return `the receiver's certificate is not trusted (${code}); set otlp.certificate_file to its authority's`;
  }
  // Where a name has several addresses, the error is a bundle with a code and no message.
  if (error.message === '') return code ?? error.name;
  return code === null || error.message.includes(code) ? error.message : `${error.message} (${code})`;
}

import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import type { StockExporter } from './sender.ts';
import type { OtlpSettings } from './settings.ts';

/** Longest text of a receiver that is passed on. */
const MAX_DETAILS_CHARACTERS = 200;

/** OTLP over gRPC; one connection. The SDK does not retry here: the next push does. */
export async function createGrpcExporter(settings: OtlpSettings, userAgent: string): Promise<StockExporter> {
  const { credentials, Metadata, status } = await import('@grpc/grpc-js');
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-grpc');
  const { url, certificates } = settings;
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(settings.headers())) metadata.set(name, value);
  const exporter = new OTLPMetricExporter({
    url: url.origin,
    metadata,
    credentials:
      url.protocol === 'http:'
        ? credentials.createInsecure()
        : credentials.createSsl(certificates.authorities, certificates.clientKey, certificates.client),
    timeoutMillis: settings.requestTimeoutMs,
    compression: settings.compression === 'gzip' ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
    userAgent,
    concurrencyLimit: 1,
  });
  return {
    exporter,
    describe: (error) => {
      const code = error !== undefined && 'code' in error && typeof error.code === 'number' ? error.code : null;
      if (error === undefined || code === null) return { reason: error?.message ?? 'no answer', retryAfter: null };
      const details = 'details' in error && typeof error.details === 'string' ? error.details : '';
      const reason = `gRPC ${status[code] ?? code}: ${toLine(details)}`;
      return { reason, retryAfter: null };
    },
    // A call ends by its deadline, which the receiver cannot put off.
    abort: () => {},
    close: () => {},
  };
}

function toLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, MAX_DETAILS_CHARACTERS);
}

/** One of the SDK's OTLP exporters, and what became of each request in our words. */
import { ExportResultCode } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Seconds } from '../model/time.ts';
import type { Diagnostics, PartialSuccess } from './diagnostics.ts';
import { createGrpcExporter } from './grpc-exporter.ts';
import { createHttpExporter } from './http-exporter.ts';
import type { OtlpSettings } from './settings.ts';

/** What became of a request. */
export type Sent =
  | { readonly outcome: 'ok' }
  | { readonly outcome: 'rejected'; readonly partialSuccess: PartialSuccess }
  | {
      readonly outcome: 'failed';
      /** One line for people. */
      readonly reason: string;
      /** How long the receiver wants to be left alone; null: it did not say. */
      readonly retryAfter: Seconds | null;
    };

/** An exporter of the SDK, and how to learn what it does not tell. */
export interface StockExporter {
  readonly exporter: PushMetricExporter;
  /** Called after a failure. */
  describe(error: Error | undefined): { readonly reason: string; readonly retryAfter: Seconds | null };
  /** Ends what is under way. */
  abort(): void;
  close(): void;
}

export interface Sender {
  /** Serialises at once, then sends with retries, within the request's timeout. Never rejects. */
  send(metrics: ResourceMetrics): Promise<Sent>;
  /** Ends what is under way, as failed. */
  abort(): void;
  /** Ends all; nothing can be sent after. */
  close(): Promise<void>;
}

/** Makes the exporter that the settings ask for; the libraries of others are not loaded. */
export async function createSender(
  settings: OtlpSettings,
  userAgent: string,
  diagnostics: Diagnostics,
): Promise<Sender> {
  const create = settings.protocol === 'grpc' ? createGrpcExporter : createHttpExporter;
  const { exporter, describe, abort, close } = await create(settings, userAgent);
  return {
    send: (metrics) =>
      new Promise((resolve) => {
        diagnostics.takePartialSuccess();
        try {
          exporter.export(metrics, ({ code, error }) => {
            const partialSuccess = diagnostics.takePartialSuccess();
            if (code !== ExportResultCode.SUCCESS) resolve({ outcome: 'failed', ...describe(error) });
            else if (partialSuccess === null) resolve({ outcome: 'ok' });
            else resolve({ outcome: 'rejected', partialSuccess });
          });
        } catch (error) {
          resolve({ outcome: 'failed', ...describe(error instanceof Error ? error : new Error(String(error))) });
        }
      }),
    abort,
    close: async () => {
      close();
      await exporter.shutdown();
    },
  };
}

/** One way of sending requests, and the outcome of a request, whatever the protocol. */
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Seconds } from '../model/time.ts';
import type { PartialSuccess } from './answers.ts';
import type { OtlpCertificates } from './certificates.ts';
import type { OtlpSettings } from './settings.ts';

/** The reason of a request that we ended ourselves: it says nothing of the receiver. */
export const STOPPED = 'stopped before it was done';

/** The outcome of a request. */
export type Sent =
  | { readonly outcome: 'ok' }
  | { readonly outcome: 'rejected'; readonly partialSuccess: PartialSuccess }
  | {
      readonly outcome: 'failed';
      /** One line for people. */
      readonly reason: string;
      /** Wait that the receiver asks for before the next request; null: it did not say. */
      readonly retryAfter: Seconds | null;
    };

/** Settings that a transport is made from. */
export interface TransportOptions {
  readonly settings: OtlpSettings;
  readonly certificates: OtlpCertificates;
  readonly userAgent: string;
}

/** A way to one receiver, with certificates that stay the same. */
export interface Transport {
  /** Serialises and sends, within the request's timeout. @throws where it cannot be sent at all */
  send(metrics: ResourceMetrics): Promise<Sent>;
  /** Ends what is under way, as failed. */
  abort(): void;
  /** Lets go of connections; nothing can be sent after. */
  close(): void;
}

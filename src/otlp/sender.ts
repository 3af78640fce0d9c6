/** What a push is sent with, and what became of each request in our words. */
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Seconds } from '../model/time.ts';
import type { PartialSuccess } from './answers.ts';
import type { OtlpCertificates } from './certificates.ts';
import type { OtlpSettings } from './settings.ts';

/** Why a request failed that we ended ourselves: it says nothing of the receiver. */
export const STOPPED = 'stopped before it was done';

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

export interface Sender {
  /** Sends with the certificates and headers that there are now. Never rejects. */
  send(metrics: ResourceMetrics): Promise<Sent>;
  /** Ends what is under way, as failed. */
  abort(): void;
  /** Ends all; nothing can be sent after. */
  close(): Promise<void>;
}

/** Makes what the settings ask for; the libraries of other protocols are not loaded. */
export async function createSender(settings: OtlpSettings, userAgent: string): Promise<Sender> {
  const create = await loadTransport(settings);
  let certificates = settings.certificates();
  let transport = create({ settings, certificates, userAgent });

  function renew(): void {
    const present = settings.certificates();
    if (present === certificates) return;
    transport.close();
    certificates = present;
    transport = create({ settings, certificates, userAgent });
  }

  return {
    async send(metrics) {
      try {
        renew();
        return await transport.send(metrics);
      } catch (error) {
        const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
        return { outcome: 'failed', reason, retryAfter: null };
      }
    },
    abort: () => transport.abort(),
    close: () => {
      transport.close();
      return Promise.resolve();
    },
  };
}

async function loadTransport({ protocol }: OtlpSettings): Promise<(options: TransportOptions) => Transport> {
  if (protocol === 'grpc') return (await import('./grpc-transport.ts')).createGrpcTransport;
  return (await import('./http-transport.ts')).createHttpTransport;
}

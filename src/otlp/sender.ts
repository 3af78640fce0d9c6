import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { OtlpSettings } from './settings.ts';
import type { Sent, Transport, TransportOptions } from './transport.ts';

/** A way to one receiver that follows changes of certificates and headers. */
export interface Sender {
  /** Sends with the certificates and headers that there are now. Never rejects. */
  send(metrics: ResourceMetrics): Promise<Sent>;
  /** Ends what is under way, as failed. */
  abort(): void;
  /** Ends all; nothing can be sent after. */
  close(): Promise<void>;
}

/** Makes a sender for the protocol of the settings; the libraries of other protocols are not loaded. */
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

/** Pushes the snapshot that `/metrics` shows to an OTLP receiver, at an interval. */
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import type { Logger } from 'pino';
import type { ExporterView } from '../metrics/exporter-view.ts';
import type { SnapshotSource } from '../metrics/samples.ts';
import type { Clock } from '../model/clock.ts';
import { after, HOUR, type Seconds, seconds, type UnixSeconds } from '../model/time.ts';
import { listenToDiagnostics } from './diagnostics.ts';
import { createPushExporter, type PushResult } from './push-exporter.ts';
import { createSender } from './sender.ts';
import { type OtlpSettings, toPublicUrl } from './settings.ts';
import { createSnapshotProducer, type Part } from './snapshot-producer.ts';
import { type Sent, STOPPED } from './transport.ts';

const SERVICE_NAME = 'datajobs-exporter';
/** Longest `Retry-After` that is obeyed, as with vendors. @see spec rule 17 */
const LONGEST_RETRY_AFTER = HOUR;

export interface StartOtlpOptions {
  readonly settings: OtlpSettings;
  readonly source: Pick<SnapshotSource, 'current' | 'pushed'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly service: {
    readonly version: string;
    /** Stable over restarts: the same ledger is the same instance. */
    readonly instanceId: string;
  };
  /** Called whenever `status` has changed. */
  readonly changed: () => void;
}

export type OtlpStatus = NonNullable<ExporterView['otlp']>;

export interface OtlpPush {
  status(): OtlpStatus;
  /** Pushes the present snapshot, after the push under way; resolves when it was taken or has failed. */
  flush(): Promise<void>;
  /**
   * Pushes the present snapshot a last time and ends. Resolves within `deadline`, measured by the machine's clock, even if
   * the receiver does not answer. Never rejects.
   */
  stop(deadline: Seconds): Promise<void>;
}

/**
 * Pushes the present snapshot every interval, until `stop`. A receiver that is down, slow or refusing costs only its own
 * push: it is logged once when that begins and once when it ends, and nothing is kept in memory for it.
 *
 * A snapshot that was taken whole is acknowledged to the source; also where the receiver rejected some of its points,
 * as those must not be sent again.
 *
 * @see spec sections 3 and 6
 */
export async function startOtlp(options: StartOtlpOptions): Promise<OtlpPush> {
  const { settings, source, clock, logger, service, changed } = options;
  const report = createReport(logger, settings);
  const exports = new Map<Sent['outcome'], number>([
    ['ok', 0],
    ['rejected', 0],
    ['failed', 0],
  ]);
  let lastSuccessAt: UnixSeconds | null = null;
  let lastPushPoints: number | null = null;
  let allowedAt: UnixSeconds | null = null;

  const onPushed = ({ sent, points }: PushResult, lastPart: Part | undefined): void => {
    exports.set(sent.outcome, (exports.get(sent.outcome) ?? 0) + 1);
    if (sent.outcome === 'failed') {
      allowedAt = sent.retryAfter === null ? null : after(clock.now(), atMost(sent.retryAfter, LONGEST_RETRY_AFTER));
    } else {
      lastPushPoints = points;
      if (sent.outcome === 'ok') lastSuccessAt = clock.now();
      if (lastPart !== undefined) source.pushed(lastPart.snapshot);
    }
    report(sent, points);
    changed();
  };

  const stopListening = listenToDiagnostics(logger);
  const producer = createSnapshotProducer({
    source,
    clock,
    scope: { name: SERVICE_NAME, version: service.version },
    settings,
  });
  const exporter = createPushExporter({
    sender: await createSender(settings, `${SERVICE_NAME}/${service.version}`),
    producer,
    timeoutMs: settings.pushTimeoutMs,
    isAllowed: () => allowedAt === null || clock.now() >= allowedAt,
    onPushed,
  });
  const provider = new MeterProvider({
    resource: createResource(settings, service),
    readers: [
      new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: settings.intervalMs,
        // The push exporter keeps a push's own time: what the reader gave up would still be under way.
        exportTimeoutMillis: settings.intervalMs,
        metricProducers: [producer],
      }),
    ],
  });
  logger.info(
    { endpoint: toPublicUrl(settings.url), protocol: settings.protocol, interval: settings.intervalMs / 1000 },
    'OTLP push started',
  );

  return {
    status: () => ({ exports: new Map(exports), lastSuccessAt, lastPushPoints }),
    flush: () => provider.forceFlush(),
    stop: async (deadline) => {
      const ending = new AbortController();
      await Promise.race([provider.shutdown().catch(() => {}), sleep(deadline, ending.signal)]);
      ending.abort();
      exporter.abort();
      stopListening();
    },
  };
}

/** The product's own attributes and the user's, which win. */
function createResource(
  { resourceAttributes }: OtlpSettings,
  { version, instanceId }: StartOtlpOptions['service'],
): ReturnType<typeof defaultResource> {
  return defaultResource().merge(
    resourceFromAttributes({
      'service.name': SERVICE_NAME,
      'service.version': version,
      'service.instance.id': instanceId,
      ...resourceAttributes,
    }),
  );
}

/** Most different reasons of one outcome that are logged: a receiver may word each refusal differently. */
const MAX_REASONS = 20;

/** Logs an outcome where it is not the one before, and each other reason for it once. */
function createReport(logger: Logger, settings: OtlpSettings): (sent: Sent, points: number) => void {
  const endpoint = toPublicUrl(settings.url);
  let last: Sent['outcome'] | null = null;
  const logged = new Set<string>();
  return (sent, points) => {
    const reason = reasonOf(sent);
    if (reason === STOPPED && last === 'failed') return;
    if (sent.outcome !== last) logged.clear();
    last = sent.outcome;
    const kind = withoutNumbers(reason);
    if (logged.has(kind) || logged.size >= MAX_REASONS) return;
    logged.add(kind);
    switch (sent.outcome) {
      case 'ok':
        return logger.info({ endpoint, points }, 'OTLP pushes succeed');
      case 'rejected': {
        const { rejectedPoints } = sent.partialSuccess;
        return logger.warn({ endpoint, points, rejectedPoints, reason }, 'OTLP receiver rejects some points');
      }
      case 'failed':
        return logger.warn({ endpoint, reason }, 'OTLP pushes fail; each interval tries again');
    }
  };
}

/** The reason of an outcome; empty: it has none. */
function reasonOf(sent: Sent): string {
  if (sent.outcome === 'ok') return '';
  return sent.outcome === 'failed' ? sent.reason : sent.partialSuccess.message;
}

/** Counts, times and ids differ each time although the reason is the same. The status is part of it. */
function withoutNumbers(reason: string): string {
  return reason.replaceAll(/(?<!^HTTP )\b[\da-f.-]*\d[\da-f.-]*\b/gi, '0');
}

function atMost(duration: Seconds, limit: Seconds): Seconds {
  return seconds(Math.min(duration, limit));
}

/** Waits by the machine's clock, by which the process must end in time. */
function sleep(duration: Seconds, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, duration * 1000);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

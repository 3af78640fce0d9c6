/** The exporter for the SDK's reader: one push at a time, sent part by part, with one outcome. */
import { scheduler, setTimeout as pause } from 'node:timers/promises';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Sender } from './sender.ts';
import type { Part, SnapshotProducer } from './snapshot-producer.ts';
import { type Sent, STOPPED } from './transport.ts';

/** Longest time that an aborted request may take to let go of its connection. */
const ABORT_GRACE_MS = 1000;

/** The outcome of a push. */
export interface PushResult {
  readonly sent: Sent;
  readonly points: number;
}

export interface PushExporterOptions {
  readonly sender: Sender;
  readonly producer: Pick<SnapshotProducer, 'partOf' | 'acknowledge' | 'complete'>;
  /** Bounds a push, by the machine's clock. */
  readonly timeoutMs: number;
  /** True if a push may begin now; false while the receiver has asked us to wait. */
  readonly isAllowed: () => boolean;
  /** Called once for every push that was tried. */
  readonly onPushed: (result: PushResult, lastPart: Part | undefined) => void;
}

export interface PushExporter extends PushMetricExporter {
  /** Ends the push under way, as failed; none starts after. */
  abort(): void;
}

/**
 * Makes the exporter. A push ends at its first part that fails, so that a dead receiver is asked once; parts that
 * were taken before count as acknowledged. While a push is under way, another one is refused, not queued.
 */
export function createPushExporter(options: PushExporterOptions): PushExporter {
  const { sender, producer, timeoutMs, isAllowed, onPushed } = options;
  const stopping = new AbortController();
  let isPushing = false;

  async function push({ resource, scopeMetrics }: ResourceMetrics): Promise<boolean> {
    const deadline = createDeadline(timeoutMs, stopping.signal);
    let sent: Sent = { outcome: 'ok' };
    let underWay: Promise<Sent> | undefined;
    let points = 0;
    let part: Part | undefined;
    try {
      for (const collected of scopeMetrics) {
        part = producer.partOf(collected);
        // Making points and serialising them each keep the event loop for long: other work goes first.
        await scheduler.yield();
        const { scope, metrics } = collected;
        await scheduler.yield();
        if (metrics.length > 0) {
          const request = { resource, scopeMetrics: [{ scope, metrics }] };
          underWay = sender.send(request);
          const answer = await Promise.race([underWay, deadline.reached]);
          if (answer.outcome === 'failed') {
            sent = answer;
            break;
          }
          sent = worse(sent, answer);
        }
        points += metrics.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
        if (part !== undefined) producer.acknowledge(part);
      }
    } finally {
      deadline.clear();
    }
    const isTaken = sent.outcome !== 'failed';
    if (isTaken && part !== undefined) producer.complete(part);
    onPushed({ sent, points }, part);
    if (!isTaken) {
      sender.abort();
      await Promise.race([underWay, pause(ABORT_GRACE_MS, null, { ref: false })]);
    }
    return isTaken;
  }

  async function pushAlone(metrics: ResourceMetrics): Promise<ExportResult> {
    if (isPushing || stopping.signal.aborted || !isAllowed()) return { code: ExportResultCode.FAILED };
    isPushing = true;
    try {
      return { code: (await push(metrics)) ? ExportResultCode.SUCCESS : ExportResultCode.FAILED };
    } catch (error) {
      return { code: ExportResultCode.FAILED, error: error instanceof Error ? error : new Error(String(error)) };
    } finally {
      isPushing = false;
    }
  }

  async function pushAndTell(metrics: ResourceMetrics, done: (result: ExportResult) => void): Promise<void> {
    done(await pushAlone(metrics));
  }

  return {
    export: (metrics, done) => void pushAndTell(metrics, done),
    forceFlush: () => Promise.resolve(),
    shutdown: () => sender.close(),
    abort: () => {
      stopping.abort();
      sender.abort();
    },
  };
}

/** Both parts were taken; points that were rejected in either were rejected. */
function worse(a: Sent, b: Sent): Sent {
  if (a.outcome !== 'rejected' || b.outcome !== 'rejected') return b.outcome === 'ok' ? a : b;
  const { rejectedPoints, message } = a.partialSuccess;
  return {
    outcome: 'rejected',
    partialSuccess: {
      rejectedPoints: rejectedPoints + b.partialSuccess.rejectedPoints,
      message: message === '' ? b.partialSuccess.message : message,
    },
  };
}

/** A failure that comes after so many milliseconds, or when the signal aborts. */
function createDeadline(timeoutMs: number, signal: AbortSignal): { reached: Promise<Sent>; clear: () => void } {
  let clear = (): void => {};
  const reached = new Promise<Sent>((resolve) => {
    const fail = (reason: string): void => resolve({ outcome: 'failed', reason, retryAfter: null });
    const timer = setTimeout(() => fail(`no complete answer within ${timeoutMs / 1000} s`), timeoutMs);
    const stop = (): void => fail(STOPPED);
    signal.addEventListener('abort', stop, { once: true });
    clear = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
  });
  return { reached, clear };
}

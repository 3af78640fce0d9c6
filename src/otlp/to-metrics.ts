/** Turns blocks of a snapshot into the SDK's metric data. Pure: knows nothing of pushes, receivers or time. */
import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import type { HistogramValue, Sample } from '../metrics/samples.ts';
import type { UnixSeconds } from '../model/time.ts';
import type { ToDelta } from './delta.ts';
import type { OtlpBlock, OtlpFamily } from './families.ts';

/** A block to send. */
export interface BlockToSend {
  readonly block: OtlpBlock;
  /** null: its counters and histograms are sent as they stand (cumulative). */
  readonly toDelta: ToDelta | null;
}

export interface ToMetricsOptions {
  readonly now: UnixSeconds;
  /** True if families of that kind are sent as deltas. */
  readonly isDelta: (kind: OtlpFamily['kind']) => boolean;
}

/** Zero: OTLP's value for a time that is not known. */
const UNKNOWN_TIME: HrTime = [0, 0];

/**
 * One metric per family, with the points of all blocks: attributes are the Prometheus labels, a point's start is
 * when its series began (gauges have none). Families without points are left out.
 */
export function toMetrics(blocks: readonly BlockToSend[], { now, isDelta }: ToMetricsOptions): MetricData[] {
  const endTime = toHrTime(now);
  const points = new Map<OtlpFamily, DataPoint<Sample['value']>[]>();
  for (const { block, toDelta } of blocks) {
    for (const [family, samples] of block.families) {
      const known = points.get(family);
      const sent = known ?? [];
      if (known === undefined) points.set(family, sent);
      for (const sample of samples) {
        const delta = toDelta !== null && isDelta(family.kind) ? toDelta(family, sample) : undefined;
        if (delta === null) continue;
        const startedAt = delta === undefined ? sample.createdAt : delta.startedAt;
        sent.push({
          attributes: toAttributes(block.labels, sample.labels),
          startTime: startedAt === null ? UNKNOWN_TIME : toHrTime(startedAt),
          endTime,
          value: delta === undefined ? sample.value : delta.value,
        });
      }
    }
  }
  const metrics: MetricData[] = [];
  for (const [family, sent] of points) {
    if (sent.length > 0) metrics.push(toMetric(family, sent, isDelta(family.kind)));
  }
  return metrics;
}

function toMetric(family: OtlpFamily, points: DataPoint<Sample['value']>[], isDelta: boolean): MetricData {
  const base = {
    descriptor: {
      name: family.otelName,
      description: family.help,
      unit: family.unit,
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: isDelta ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
  };
  switch (family.kind) {
    case 'histogram':
      return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints: points.flatMap(toHistogramPoint) };
    case 'gauge':
      return { ...base, dataPointType: DataPointType.GAUGE, dataPoints: points.filter(isNumberPoint) };
    default:
      return {
        ...base,
        dataPointType: DataPointType.SUM,
        isMonotonic: family.kind === 'counter',
        dataPoints: points.filter(isNumberPoint),
      };
  }
}

function isNumberPoint(point: DataPoint<Sample['value']>): point is DataPoint<number> {
  return typeof point.value === 'number';
}

function toHistogramPoint(point: DataPoint<Sample['value']>): DataPoint<Histogram>[] {
  return typeof point.value === 'number' ? [] : [{ ...point, value: toHistogram(point.value) }];
}

function toHistogram({ bounds, counts, sum, count }: HistogramValue): Histogram {
  return { buckets: { boundaries: [...bounds], counts: [...counts] }, sum, count };
}

function toAttributes(shared: readonly string[], own: readonly string[]): Attributes {
  const attributes: Attributes = {};
  for (const labels of [shared, own]) {
    for (let index = 0; index + 1 < labels.length; index += 2) {
      attributes[labels[index] ?? ''] = labels[index + 1];
    }
  }
  return attributes;
}

/** Seconds and nanoseconds; to the microsecond, as instants are kept. */
function toHrTime(instant: UnixSeconds): HrTime {
  const whole = Math.floor(instant);
  const microseconds = Math.round((instant - whole) * 1e6);
  return microseconds === 1e6 ? [whole + 1, 0] : [whole, microseconds * 1000];
}

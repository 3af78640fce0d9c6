import { parse } from 'protobufjs';

/**
 * What the tests read of OTLP's metrics, with its field numbers.
 * @see https://github.com/open-telemetry/opentelemetry-proto/tree/v1.9.0/opentelemetry/proto (read 2026-11-22)
 */
const SCHEMA = `
  syntax = "proto3";
  message ExportMetricsServiceRequest { repeated ResourceMetrics resource_metrics = 1; }
  message ExportMetricsServiceResponse { ExportMetricsPartialSuccess partial_success = 1; }
  message ExportMetricsPartialSuccess { int64 rejected_data_points = 1; string error_message = 2; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; string schema_url = 3; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeMetrics { InstrumentationScope scope = 1; repeated Metric metrics = 2; string schema_url = 3; }
  message InstrumentationScope { string name = 1; string version = 2; }
  message Metric {
    string name = 1;
    string description = 2;
    string unit = 3;
    oneof data { Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; }
  }
  enum AggregationTemporality {
    AGGREGATION_TEMPORALITY_UNSPECIFIED = 0;
    AGGREGATION_TEMPORALITY_DELTA = 1;
    AGGREGATION_TEMPORALITY_CUMULATIVE = 2;
  }
  message Gauge { repeated NumberDataPoint data_points = 1; }
  message Sum {
    repeated NumberDataPoint data_points = 1;
    AggregationTemporality aggregation_temporality = 2;
    bool is_monotonic = 3;
  }
  message Histogram {
    repeated HistogramDataPoint data_points = 1;
    AggregationTemporality aggregation_temporality = 2;
  }
  message NumberDataPoint {
    repeated KeyValue attributes = 7;
    fixed64 start_time_unix_nano = 2;
    fixed64 time_unix_nano = 3;
    oneof value { double as_double = 4; sfixed64 as_int = 6; }
  }
  message HistogramDataPoint {
    repeated KeyValue attributes = 9;
    fixed64 start_time_unix_nano = 2;
    fixed64 time_unix_nano = 3;
    fixed64 count = 4;
    optional double sum = 5;
    repeated fixed64 bucket_counts = 6;
    repeated double explicit_bounds = 7;
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
`;

const { root } = parse(SCHEMA);
const Request = root.lookupType('ExportMetricsServiceRequest');
const Response = root.lookupType('ExportMetricsServiceResponse');

/** One point, attributes as a record. */
export interface SentPoint {
  readonly attributes: Readonly<Record<string, string>>;
  /** Nanoseconds since the epoch; `0`: not known. */
  readonly start: string;
  readonly time: string;
  readonly value:
    | number
    | {
        readonly bounds: readonly number[];
        readonly counts: readonly number[];
        readonly sum: number;
        readonly count: number;
      };
}

/** One metric of a request. */
export interface SentMetric {
  readonly unit: string;
  readonly kind: 'gauge' | 'monotonic sum' | 'sum' | 'histogram';
  /** null: a gauge has none. */
  readonly temporality: 'cumulative' | 'delta' | null;
  readonly points: readonly SentPoint[];
}

/** One request, decoded. */
export interface SentRequest {
  readonly resource: Readonly<Record<string, string>>;
  readonly scope: { readonly name: string; readonly version: string };
  /** By OTLP name. */
  readonly metrics: Readonly<Record<string, SentMetric>>;
}

interface RawKeyValue {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}
interface RawPoint {
  readonly attributes?: readonly RawKeyValue[];
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano?: string;
  readonly asDouble?: number;
  readonly count?: string | number;
  readonly sum?: number;
  readonly bucketCounts?: readonly (string | number)[];
  readonly explicitBounds?: readonly number[];
}
interface RawData {
  readonly dataPoints: readonly RawPoint[];
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
}
interface RawMetric {
  readonly name: string;
  readonly unit?: string;
  readonly gauge?: RawData;
  readonly sum?: RawData;
  readonly histogram?: RawData;
}
interface RawRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly RawKeyValue[] };
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly metrics: readonly RawMetric[];
    }[];
  }[];
}

/** Decodes a request as it came over the wire. @throws Error where it is not OTLP, or holds several scopes */
export function decodeRequest(body: Buffer, encoding: 'protobuf' | 'json'): SentRequest {
  const raw = (
    encoding === 'json' ? JSON.parse(body.toString()) : Request.toObject(Request.decode(body), { longs: String })
  ) as RawRequest;
  const [resourceMetrics, ...otherResources] = raw.resourceMetrics;
  const [scopeMetrics, ...otherScopes] = resourceMetrics?.scopeMetrics ?? [];
  if (resourceMetrics === undefined || scopeMetrics === undefined || otherResources.length + otherScopes.length > 0) {
    throw new Error('expected one resource with one scope');
  }
  const { name, version } = scopeMetrics.scope;
  return {
    resource: toRecord(resourceMetrics.resource.attributes),
    scope: { name, version },
    metrics: Object.fromEntries(scopeMetrics.metrics.map((metric) => [metric.name, toSentMetric(metric)])),
  };
}

/** A receiver's answer that it did not take all points. */
export function encodePartialSuccess(rejectedDataPoints: number, errorMessage: string): Buffer {
  return Buffer.from(Response.encode({ partialSuccess: { rejectedDataPoints, errorMessage } }).finish());
}

function toSentMetric({ unit = '', gauge, sum, histogram }: RawMetric): SentMetric {
  const data = gauge ?? sum ?? histogram;
  if (data === undefined) throw new Error('a metric without data');
  const temporality = ([null, 'delta', 'cumulative'] as const)[data.aggregationTemporality ?? 0] ?? null;
  const kind =
    gauge !== undefined
      ? 'gauge'
      : histogram !== undefined
        ? 'histogram'
        : data.isMonotonic === true
          ? 'monotonic sum'
          : 'sum';
  return { unit, kind, temporality, points: data.dataPoints.map(toSentPoint) };
}

function toSentPoint(point: RawPoint): SentPoint {
  return {
    attributes: toRecord(point.attributes ?? []),
    start: point.startTimeUnixNano ?? '0',
    time: point.timeUnixNano ?? '0',
    value: point.asDouble ?? {
      bounds: point.explicitBounds ?? [],
      counts: (point.bucketCounts ?? []).map(Number),
      sum: point.sum ?? NaN,
      count: Number(point.count ?? 0),
    },
  };
}

function toRecord(attributes: readonly RawKeyValue[]): Readonly<Record<string, string>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
}

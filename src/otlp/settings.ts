/** What is pushed where, out of the file's `otlp:` section and the `OTEL_*` variables, which win. */
import { ConfigError, type ConfigProblem, type OtlpConfig } from '../config/config.ts';
import { type OtlpCertificates, readCertificates } from './certificates.ts';
import { createVariables, type Environment, type Variables } from './variables.ts';

export const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
const COMPRESSIONS = ['gzip', 'none'] as const;
const TEMPORALITIES = ['cumulative', 'delta', 'lowmemory'] as const;

export interface OtlpSettings {
  readonly protocol: (typeof PROTOCOLS)[number];
  /** HTTP: where metrics are posted. gRPC: the receiver, `http://` for plain and `https://` for TLS. */
  readonly url: URL;
  /** Asked for each request, as secrets may change; @throws ConfigError where one cannot be read any more. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Bounds one request with its retries; never longer than a push. */
  readonly requestTimeoutMs: number;
  readonly intervalMs: number;
  /** Bounds a whole push; never longer than the interval. */
  readonly pushTimeoutMs: number;
  readonly compression: (typeof COMPRESSIONS)[number];
  readonly temporality: (typeof TEMPORALITIES)[number];
  readonly certificates: OtlpCertificates;
  /** Beyond what the product says of itself, and in place of it. */
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly cicdConventions: boolean;
  /** What was asked for and is not done, for the log. */
  readonly warnings: readonly string[];
}

/** @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/ (read 2026-11-22) */
const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;
/** @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ (read 2026-11-22) */
const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_PUSH_TIMEOUT_MS = 30_000;

/**
 * Decides whether metrics are pushed, and how; null: they are not.
 *
 * They are pushed where the file says `otlp.enabled: true`, where a variable names an endpoint
 * (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`), and where `OTEL_METRICS_EXPORTER` lists
 * `otlp`; unless `OTEL_METRICS_EXPORTER` lists others alone (`none`, `prometheus`) or `OTEL_SDK_DISABLED` is `true`.
 *
 * @throws ConfigError with every variable that has an unusable value
 * @see spec sections 3 and 4; conventions for OTLP exporters
 */
export function loadOtlpSettings(config: OtlpConfig, env: Environment): OtlpSettings | null {
  const problems: ConfigProblem[] = [];
  const variables = createVariables(env, problems);
  const settings = isEnabled(config, variables) ? readSettings(config, variables) : null;
  if (problems.length > 0) throw new ConfigError(problems);
  return settings;
}

/** A URL as it may be shown: without what may be secret in it. */
export function toPublicUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname === '/' ? '' : pathname}`;
}

function isEnabled(config: OtlpConfig, variables: Variables): boolean {
  if (variables.isTrue(variables.find('OTEL_SDK_DISABLED'))) return false;
  const exporters = variables.find('OTEL_METRICS_EXPORTER');
  if (exporters !== null) {
    const names = exporters.value.split(',').map((name) => name.trim().toLowerCase());
    if (names.includes('otlp')) return true;
    if (names.every((name) => name === 'none' || name === 'prometheus')) return false;
    variables.report(exporters, 'expected otlp or none');
  }
  return config.enabled || variables.findOtlp('ENDPOINT') !== null;
}

function readSettings(config: OtlpConfig, variables: Variables): OtlpSettings {
  const { findOtlp, find, choose, parseMilliseconds, parsePairs } = variables;
  const protocol = choose(findOtlp('PROTOCOL'), PROTOCOLS) ?? config.protocol ?? 'http/protobuf';
  const intervalMs =
    parseMilliseconds(find('OTEL_METRIC_EXPORT_INTERVAL')) ?? toMilliseconds(config.interval) ?? DEFAULT_INTERVAL_MS;
  const pushTimeoutMs = Math.min(
    parseMilliseconds(find('OTEL_METRIC_EXPORT_TIMEOUT')) ?? DEFAULT_PUSH_TIMEOUT_MS,
    intervalMs,
  );
  const requestTimeoutMs =
    parseMilliseconds(findOtlp('TIMEOUT')) ?? toMilliseconds(config.timeout) ?? DEFAULT_REQUEST_TIMEOUT_MS;
  const headers = {
    ...parsePairs(find('OTEL_EXPORTER_OTLP_HEADERS')),
    ...parsePairs(find('OTEL_EXPORTER_OTLP_METRICS_HEADERS')),
  };
  const serviceName = find('OTEL_SERVICE_NAME');
  return {
    protocol,
    url: readUrl(config, protocol === 'grpc', variables),
    headers: () => ({ ...revealAll(config.headers), ...headers }),
    requestTimeoutMs: Math.min(requestTimeoutMs, pushTimeoutMs),
    intervalMs,
    pushTimeoutMs,
    compression: choose(findOtlp('COMPRESSION'), COMPRESSIONS) ?? config.compression ?? 'none',
    temporality: choose(findOtlp('TEMPORALITY_PREFERENCE'), TEMPORALITIES) ?? config.temporality ?? 'cumulative',
    certificates: readCertificates(config, variables),
    resourceAttributes: {
      ...config.resourceAttributes,
      ...parsePairs(find('OTEL_RESOURCE_ATTRIBUTES')),
      ...(serviceName !== null && { 'service.name': serviceName.value }),
    },
    cicdConventions: config.cicdConventions,
    warnings: readWarnings(variables),
  };
}

function revealAll(secrets: OtlpConfig['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]));
}

function toMilliseconds(duration: number | null): number | null {
  return duration === null ? null : Math.max(1, Math.round(duration * 1000));
}

/** The metrics' own endpoint is used as it is; the general one, and the file's, get `/v1/metrics` appended. */
function readUrl(config: OtlpConfig, isGrpc: boolean, variables: Variables): URL {
  const own = variables.find('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT');
  const variable = own ?? variables.find('OTEL_EXPORTER_OTLP_ENDPOINT');
  const fallback = isGrpc ? 'http://localhost:4317' : 'http://localhost:4318';
  const isInsecure = variables.isTrue(variables.findOtlp('INSECURE'));
  const given = variable?.value ?? config.endpoint ?? fallback;
  // Only gRPC endpoints may come without a scheme: host:port.
  const text = isGrpc && !given.includes('://') ? `${isInsecure ? 'http' : 'https'}://${given}` : given;
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    if (variable !== null) variables.report(variable, 'expected a URL, http:// or https://');
    return new URL(fallback);
  }
  const url = new URL(text);
  if (!isGrpc && own === null) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/metrics`;
  return url;
}

function readWarnings(variables: Variables): readonly string[] {
  const aggregation = variables.findOtlp('DEFAULT_HISTOGRAM_AGGREGATION');
  if (aggregation === null || aggregation.value.toLowerCase() === 'explicit_bucket_histogram') return [];
  return [`${aggregation.name} is not followed: histograms have the buckets of duration_buckets`];
}

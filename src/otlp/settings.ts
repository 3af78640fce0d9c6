/** Settings of the push, from the file's `otlp:` section and the `OTEL_*` variables, which win. */
import { type Config, ConfigError, type ConfigProblem, type OtlpConfig } from '../config/config.ts';
import type { Proxies } from '../model/proxies.ts';
import { type OtlpCertificates, readCertificates } from './certificates.ts';
import { createVariables, type Environment, type Variables } from './variables.ts';

const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
const COMPRESSIONS = ['gzip', 'none'] as const;
const TEMPORALITIES = ['cumulative', 'delta', 'lowmemory'] as const;

export interface OtlpSettings {
  readonly protocol: (typeof PROTOCOLS)[number];
  /** HTTP: where metrics are posted. gRPC: the receiver, `http://` for plain and `https://` for TLS. */
  readonly url: URL;
  /** Reads the headers anew for each request, as secrets may change. @throws ConfigError if one cannot be read any more */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Bounds one request with its retries; always shorter than a push. */
  readonly requestTimeoutMs: number;
  readonly intervalMs: number;
  /** Bounds a whole push; never longer than the interval. */
  readonly pushTimeoutMs: number;
  readonly compression: (typeof COMPRESSIONS)[number];
  readonly temporality: (typeof TEMPORALITIES)[number];
  /** Reads the certificates as they are now; the same object until a file has changed. */
  readonly certificates: () => OtlpCertificates;
  /** Added to the product's own attributes; one of the same name replaces it. */
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly cicdConventions: boolean;
  readonly proxies: Proxies;
}

/** @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/ (read 2026-11-22) */
const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;
/** @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ (read 2026-11-22) */
const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_PUSH_TIMEOUT_MS = 30_000;
/** A request times out before its push does: its error names the cause, that of the push would only be a timeout. */
const LONGEST_REQUEST_SHARE = 0.9;

/**
 * Decides whether metrics are pushed, and how; null: they are not.
 *
 * They are pushed where the file says `otlp.enabled: true`, where a variable names an endpoint
 * (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`), and where `OTEL_METRICS_EXPORTER` lists
 * `otlp`; unless `OTEL_METRICS_EXPORTER` lists others alone (`none`, `prometheus`) or `OTEL_SDK_DISABLED` is `true`.
 *
 * A variable that cannot be used is ignored: the value of the file, or the default, holds.
 *
 * @param warn called once for each variable that is ignored, by its name
 * @throws ConfigError with every certificate file of the configuration that cannot be used
 * @see spec sections 3 and 4; conventions for OTLP exporters
 */
export function loadOtlpSettings(
  { otlp: config, proxies }: Pick<Config, 'otlp' | 'proxies'>,
  env: Environment,
  warn: (warning: string) => void,
): OtlpSettings | null {
  const problems: ConfigProblem[] = [];
  const variables = createVariables(env, warn);
  const settings = isEnabled(config, variables)
    ? { ...readSettings(config, variables, problems, warn), proxies }
    : null;
  if (problems.length > 0) throw new ConfigError(problems);
  return settings;
}

/** A URL as it may be shown: without what may be secret in it. */
export function toPublicUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname === '/' ? '' : pathname}`;
}

function isEnabled(config: OtlpConfig, variables: Variables): boolean {
  if (variables.isTrue(variables.find('OTEL_SDK_DISABLED'))) return false;
  for (const exporters of variables.find('OTEL_METRICS_EXPORTER')) {
    const names = exporters.value.split(',').map((name) => name.trim().toLowerCase());
    if (names.includes('otlp')) return true;
    if (names.every((name) => name === 'none' || name === 'prometheus')) return false;
    variables.ignore(exporters, 'expected otlp or none');
  }
  return config.enabled || variables.findOtlp('ENDPOINT').length > 0;
}

function readSettings(
  config: OtlpConfig,
  variables: Variables,
  problems: ConfigProblem[],
  warn: (warning: string) => void,
): Omit<OtlpSettings, 'proxies'> {
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
  const headers = parsePairs(findOtlp('HEADERS'));
  const [serviceName] = find('OTEL_SERVICE_NAME');
  warnOfAggregation(variables, warn);
  return {
    protocol,
    url: readUrl(config, protocol === 'grpc', variables),
    headers: () => ({ ...revealAll(config.headers), ...headers }),
    requestTimeoutMs: Math.min(requestTimeoutMs, Math.ceil(LONGEST_REQUEST_SHARE * pushTimeoutMs)),
    intervalMs,
    pushTimeoutMs,
    compression: choose(findOtlp('COMPRESSION'), COMPRESSIONS) ?? config.compression ?? 'none',
    temporality: choose(findOtlp('TEMPORALITY_PREFERENCE'), TEMPORALITIES) ?? config.temporality ?? 'cumulative',
    certificates: readCertificates(config, variables, problems),
    resourceAttributes: {
      ...config.resourceAttributes,
      ...parsePairs(find('OTEL_RESOURCE_ATTRIBUTES')),
      ...(serviceName !== undefined && { 'service.name': serviceName.value }),
    },
    cicdConventions: config.cicdConventions,
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
  const isInsecure = variables.isTrue(variables.findOtlp('INSECURE'));
  const parse = (given: string): URL | null => {
    // Only gRPC endpoints may come without a scheme: host:port.
    const text = isGrpc && !given.includes('://') ? `${isInsecure ? 'http' : 'https'}://${given}` : given;
    return /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  };
  for (const variable of variables.findOtlp('ENDPOINT')) {
    const url = parse(variable.value);
    if (url === null) variables.ignore(variable, 'expected a URL, http:// or https://');
    else return isGrpc || variable.name === 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT' ? url : withMetricsPath(url);
  }
  const url = new URL(config.endpoint ?? (isGrpc ? 'http://localhost:4317' : 'http://localhost:4318'));
  return isGrpc ? url : withMetricsPath(url);
}

function withMetricsPath(base: URL): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/metrics`;
  return url;
}

function warnOfAggregation(variables: Variables, warn: (warning: string) => void): void {
  const [aggregation] = variables.findOtlp('DEFAULT_HISTOGRAM_AGGREGATION');
  if (aggregation === undefined || aggregation.value.toLowerCase() === 'explicit_bucket_histogram') return;
  warn(`${aggregation.name} is not followed: histograms have the buckets of duration_buckets`);
}

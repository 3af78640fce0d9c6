import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError, type OtlpConfig } from '../config/config.ts';
import { Secret } from '../config/secret.ts';
import { seconds } from '../model/time.ts';
import { createAuthority } from '../../test/support/otlp/create-authority.ts';
import { otlpConfig } from '../../test/support/otlp/otlp-config.ts';
import { loadOtlpSettings, type OtlpSettings } from './settings.ts';
import type { Environment } from './variables.ts';

const OFF = { enabled: false };

function load(env: Environment = {}, config: Partial<OtlpConfig> = {}): OtlpSettings {
  const settings = loadOtlpSettings(otlpConfig(config), env);
  if (settings === null) throw new Error('nothing is pushed with these settings');
  return settings;
}

function problems(env: Environment, config: Partial<OtlpConfig> = {}): readonly string[] {
  try {
    load(env, config);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
}

function writeTemporary(name: string, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'datajobs-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('whether metrics are pushed', () => {
  it.each<[string, Partial<OtlpConfig>, Environment, boolean]>([
    ['by default', OFF, {}, false],
    ['where the file says so', { enabled: true }, {}, true],
    ['where the file has an endpoint but does not say so', { ...OFF, endpoint: 'http://collector/' }, {}, false],
    ['where a variable names a receiver', OFF, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector' }, true],
    ['where a variable names one for metrics', OFF, { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://collector' }, true],
    ['where that variable is empty', OFF, { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, false],
    ['where a variable names only one for traces', OFF, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://x' }, false],
    ['where otlp is among the exporters', OFF, { OTEL_METRICS_EXPORTER: 'prometheus, OTLP' }, true],
    ['where no exporter is wanted', { enabled: true }, { OTEL_METRICS_EXPORTER: 'none' }, false],
    ['where only Prometheus is wanted', { enabled: true }, { OTEL_METRICS_EXPORTER: 'prometheus' }, false],
    [
      'where the SDK is disabled',
      { enabled: true },
      { OTEL_SDK_DISABLED: 'TRUE', OTEL_METRICS_EXPORTER: 'otlp' },
      false,
    ],
    ['where the SDK is disabled by a word other than true', { enabled: true }, { OTEL_SDK_DISABLED: '1' }, true],
  ])('%s', (_when, config, env, isPushed) => {
    expect(loadOtlpSettings(otlpConfig(config), env) !== null).toBe(isPushed);
  });
});

describe('defaults', () => {
  it('are those of OpenTelemetry', () => {
    const { url, headers, ...rest } = load();

    expect(url.href).toBe('http://localhost:4318/v1/metrics');
    expect(headers()).toEqual({});
    expect(rest).toEqual({
      protocol: 'http/protobuf',
      requestTimeoutMs: 10_000,
      intervalMs: 60_000,
      pushTimeoutMs: 30_000,
      compression: 'none',
      temporality: 'cumulative',
      certificates: { authorities: null, client: null, clientKey: null },
      resourceAttributes: {},
      cicdConventions: false,
      warnings: [],
    });
  });

  it('of gRPC are another port', () => {
    expect(load({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }).url.origin).toBe('http://localhost:4317');
  });
});

describe('the endpoint', () => {
  it.each<[string, Partial<OtlpConfig>, Environment, string]>([
    ['of the file is a base', { endpoint: 'http://a:1/' }, {}, 'http://a:1/v1/metrics'],
    ['of the file keeps its path', { endpoint: 'http://a:1/opentelemetry' }, {}, 'http://a:1/opentelemetry/v1/metrics'],
    ['of all signals is a base', {}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://b/x/' }, 'https://b/x/v1/metrics'],
    ['of metrics is used as it is', {}, { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://b/x' }, 'https://b/x'],
    [
      'of metrics wins over that of all signals and the file',
      { endpoint: 'http://a:1/' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://b:2', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://c:3/' },
      'http://c:3/',
    ],
  ])('%s', (_which, config, env, href) => {
    expect(load(env, config).url.href).toBe(href);
  });

  it.each<[Environment, string]>([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317' }, 'http://collector:4317'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }, 'https://collector:4317'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317', OTEL_EXPORTER_OTLP_INSECURE: 'true' }, 'http://collector:4317'],
  ])('of gRPC may come without a scheme: %o', (env, origin) => {
    expect(load({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', ...env }).url.origin).toBe(origin);
  });
});

describe('variables', () => {
  it('win over the file, and those of metrics over those of all signals', () => {
    const env = {
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'HTTP/JSON',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TIMEOUT: '2000',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Delta',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1%2C2, b = 3',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'b=4',
      OTEL_METRIC_EXPORT_INTERVAL: '5000',
      OTEL_METRIC_EXPORT_TIMEOUT: '4000',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=x,team=a%20b',
      OTEL_SERVICE_NAME: 'y',
    };

    const settings = load(env, {
      protocol: 'grpc',
      timeout: seconds(9),
      interval: seconds(90),
      compression: 'none',
      temporality: 'lowmemory',
      headers: { a: new Secret(() => 'file'), c: new Secret(() => 'file') },
      resourceAttributes: { team: 'file', region: 'file' },
    });

    expect(settings).toMatchObject({
      protocol: 'http/json',
      requestTimeoutMs: 2000,
      intervalMs: 5000,
      pushTimeoutMs: 4000,
      compression: 'gzip',
      temporality: 'delta',
      resourceAttributes: { 'service.name': 'y', team: 'a b', region: 'file' },
    });
    expect(settings.headers()).toEqual({ a: '1,2', b: '4', c: 'file' });
  });

  it('leave the file its say where they are unset', () => {
    const settings = load(
      {},
      { interval: seconds(15), timeout: seconds(2.5), temporality: 'delta', protocol: 'http/json' },
    );

    expect(settings).toMatchObject({
      protocol: 'http/json',
      intervalMs: 15_000,
      pushTimeoutMs: 15_000,
      requestTimeoutMs: 2500,
      temporality: 'delta',
    });
  });

  it('that are wrong are all named at once, without their values', () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/xml',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '10s',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'sometimes',
      OTEL_EXPORTER_OTLP_HEADERS: 'top-secret',
      OTEL_METRIC_EXPORT_INTERVAL: '0',
      OTEL_RESOURCE_ATTRIBUTES: 'a=%zz',
    };

    expect(problems(env)).toEqual([
      'OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf, http/json, grpc',
      'OTEL_METRIC_EXPORT_INTERVAL: expected whole milliseconds above 0',
      'OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: expected whole milliseconds above 0',
      'OTEL_EXPORTER_OTLP_HEADERS: expected key=value,key=value with percent-encoded values',
      'OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL, http:// or https://',
      'OTEL_EXPORTER_OTLP_COMPRESSION: expected gzip, none',
      'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: expected cumulative, delta, lowmemory',
      'OTEL_RESOURCE_ATTRIBUTES: expected key=value,key=value with percent-encoded values',
    ]);
  });

  it('that name another exporter are a problem', () => {
    expect(problems({ OTEL_METRICS_EXPORTER: 'zipkin' })).toEqual(['OTEL_METRICS_EXPORTER: expected otlp or none']);
  });

  it('that ask for other buckets are warned of, not followed', () => {
    const variable = 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION';

    expect(load({ [variable]: 'base2_exponential_bucket_histogram' }).warnings).toEqual([
      `${variable} is not followed: histograms have the buckets of duration_buckets`,
    ]);
  });
});

describe('certificates', () => {
  const authority = createAuthority('private authority');
  const client = authority.issue('nobody');

  it('are read from files', () => {
    const env = {
      OTEL_EXPORTER_OTLP_CERTIFICATE: writeTemporary('ca.pem', authority.cert),
      OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE: writeTemporary('client.pem', client.cert),
    };

    const { certificates } = load(env, { clientKeyFile: writeTemporary('client.key', client.key) });

    expect(certificates).toEqual({
      authorities: Buffer.from(authority.cert),
      client: Buffer.from(client.cert),
      clientKey: Buffer.from(client.key),
    });
  });

  it('that are missing, no PEM, or without their key are problems', () => {
    const env = {
      OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.pem',
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: writeTemporary('client.pem', 'no certificate'),
    };

    expect(problems(env)).toEqual([
      'OTEL_EXPORTER_OTLP_CERTIFICATE: the file cannot be read (ENOENT)',
      'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: expected certificates in PEM',
      'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: needs its key beside it: client_key_file',
    ]);
  });

  it('with the key of another are a problem', () => {
    const found = problems(
      { OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: writeTemporary('client.pem', client.cert) },
      { clientKeyFile: writeTemporary('other.key', authority.issue('nobody').key) },
    );

    expect(found).toEqual([
      'otlp.client_key_file: is not the key of the client certificate, or no key in PEM without a passphrase',
    ]);
  });
});

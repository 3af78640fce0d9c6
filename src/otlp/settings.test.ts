import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError, type OtlpConfig } from '../config/config.ts';
import { Secret } from '../config/secret.ts';
import { NO_PROXIES } from '../model/proxies.ts';
import { seconds } from '../model/time.ts';
import { createAuthority } from '../../test/support/otlp/create-authority.ts';
import { otlpConfig } from '../../test/support/otlp/otlp-config.ts';
import { loadOtlpSettings, type OtlpSettings } from './settings.ts';
import type { Environment } from './variables.ts';

const OFF = { enabled: false };

function load(
  env: Environment = {},
  config: Partial<OtlpConfig> = {},
  warn: (warning: string) => void = () => {},
): OtlpSettings {
  const settings = loadOtlpSettings({ otlp: otlpConfig(config), proxies: NO_PROXIES }, env, warn);
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

function warnings(env: Environment, config: Partial<OtlpConfig> = {}): readonly string[] {
  const warned: string[] = [];
  load(env, config, (warning) => void warned.push(warning));
  return warned;
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
    expect(loadOtlpSettings({ otlp: otlpConfig(config), proxies: NO_PROXIES }, env, () => {}) !== null).toBe(isPushed);
  });
});

describe('defaults', () => {
  it('are those of OpenTelemetry', () => {
    const { url, headers, certificates, ...rest } = load();

    expect(url.href).toBe('http://localhost:4318/v1/metrics');
    expect(headers()).toEqual({});
    expect(certificates()).toEqual({ authorities: null, client: null, clientKey: null });
    expect(rest).toEqual({
      protocol: 'http/protobuf',
      requestTimeoutMs: 10_000,
      intervalMs: 60_000,
      pushTimeoutMs: 30_000,
      compression: 'none',
      temporality: 'cumulative',
      resourceAttributes: {},
      cicdConventions: false,
      proxies: NO_PROXIES,
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

  const WRONG = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/xml',
    OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '10s',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd',
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'sometimes',
    OTEL_EXPORTER_OTLP_HEADERS: 'top-secret',
    OTEL_EXPORTER_OTLP_INSECURE: 'yes',
    OTEL_METRIC_EXPORT_INTERVAL: '0',
    OTEL_METRIC_EXPORT_TIMEOUT: '99999999999',
    OTEL_RESOURCE_ATTRIBUTES: 'a=%zz',
    OTEL_SDK_DISABLED: '1',
  };

  it('that are wrong are warned of by name, without their values', () => {
    expect(warnings(WRONG)).toEqual([
      'OTEL_SDK_DISABLED: expected true or false; it is taken for false',
      'OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf, http/json, grpc; it is ignored',
      'OTEL_METRIC_EXPORT_INTERVAL: expected whole milliseconds above 0, at most 2147483647; it is ignored',
      'OTEL_METRIC_EXPORT_TIMEOUT: expected whole milliseconds above 0, at most 2147483647; it is ignored',
      'OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: expected whole milliseconds above 0, at most 2147483647; it is ignored',
      'OTEL_EXPORTER_OTLP_HEADERS: expected key=value,key=value with percent-encoded values; it is ignored',
      'OTEL_EXPORTER_OTLP_INSECURE: expected true or false; it is taken for false',
      'OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL, http:// or https://; it is ignored',
      'OTEL_EXPORTER_OTLP_COMPRESSION: expected gzip, none; it is ignored',
      'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: expected cumulative, delta, lowmemory; it is ignored',
      'OTEL_RESOURCE_ATTRIBUTES: expected key=value,key=value with percent-encoded values; it is ignored',
    ]);
  });

  it('that are wrong leave what the file says', () => {
    const settings = load(WRONG, {
      endpoint: 'https://file.example/',
      protocol: 'http/json',
      timeout: seconds(5),
      interval: seconds(20),
      compression: 'gzip',
      temporality: 'delta',
      resourceAttributes: { team: 'file' },
    });

    expect(settings).toMatchObject({
      url: new URL('https://file.example/v1/metrics'),
      protocol: 'http/json',
      requestTimeoutMs: 5000,
      intervalMs: 20_000,
      compression: 'gzip',
      temporality: 'delta',
      resourceAttributes: { team: 'file' },
    });
  });

  it('that are wrong leave what the file does not say at its default', () => {
    expect(load(WRONG)).toMatchObject({
      url: new URL('http://localhost:4318/v1/metrics'),
      protocol: 'http/protobuf',
      requestTimeoutMs: 10_000,
      intervalMs: 60_000,
      pushTimeoutMs: 30_000,
    });
  });

  it('of metrics that are wrong leave those of all signals', () => {
    const env = {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'nonsense',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://b:2',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'carrier pigeon',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    };

    expect(load(env)).toMatchObject({ url: new URL('http://b:2/v1/metrics'), protocol: 'http/json' });
  });

  it('that name another exporter alone are warned of, and leave the file its say', () => {
    const warned: string[] = [];
    const config = { otlp: otlpConfig(OFF), proxies: NO_PROXIES };

    const settings = loadOtlpSettings(config, { OTEL_METRICS_EXPORTER: 'zipkin' }, (text) => void warned.push(text));

    expect(settings).toBeNull();
    expect(warned).toEqual(['OTEL_METRICS_EXPORTER: expected otlp or none; it is ignored']);
  });

  it('that ask for other buckets are warned of, not followed', () => {
    const variable = 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION';

    expect(warnings({ [variable]: 'base2_exponential_bucket_histogram' })).toEqual([
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

    expect(certificates()).toEqual({
      authorities: Buffer.from(authority.cert),
      client: Buffer.from(client.cert),
      clientKey: Buffer.from(client.key),
    });
  });

  it('that a variable names are ignored where they are missing, no PEM, or without their key', () => {
    const clientFile = writeTemporary('client.pem', client.cert);
    const env = {
      OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: '/nowhere/ca.pem',
      OTEL_EXPORTER_OTLP_CERTIFICATE: writeTemporary('ca.pem', 'no certificate'),
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: clientFile,
    };
    const certificateFile = writeTemporary('file.pem', authority.cert);

    expect(warnings(env)).toEqual([
      'OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: the file cannot be read (ENOENT); it is ignored',
      'OTEL_EXPORTER_OTLP_CERTIFICATE: expected certificates in PEM; it is ignored',
      'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: needs its key as well: client_key_file; it is ignored',
    ]);
    expect(load(env, { certificateFile }).certificates()).toEqual({
      authorities: Buffer.from(authority.cert),
      client: null,
      clientKey: null,
    });
  });

  it('that the file names are problems where they are missing, no PEM, or without their key', () => {
    const found = problems(
      {},
      { certificateFile: '/nowhere/ca.pem', clientCertificateFile: writeTemporary('client.pem', client.cert) },
    );

    expect(found).toEqual([
      'otlp.certificate_file: the file cannot be read (ENOENT)',
      'otlp.client_certificate_file: needs its key as well: client_key_file',
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

  it('are read again once a file has changed, and are the same object until then', () => {
    const certificateFile = writeTemporary('ca.pem', authority.cert);
    const { certificates } = load({}, { certificateFile });
    const before = certificates();
    const other = createAuthority('another authority with a longer name');

    expect(certificates()).toBe(before);
    writeFileSync(certificateFile, other.cert);

    expect(certificates().authorities).toEqual(Buffer.from(other.cert));
  });

  it('are kept as they were while files are gone, half written, or not yet a pair', () => {
    const clientCertificateFile = writeTemporary('client.pem', client.cert);
    const clientKeyFile = writeTemporary('client.key', client.key);
    const { certificates } = load({}, { clientCertificateFile, clientKeyFile });
    const before = certificates();
    const next = authority.issue('nobody');

    rmSync(clientCertificateFile);
    expect(certificates()).toBe(before);
    writeFileSync(clientCertificateFile, next.cert.slice(0, 100));
    expect(certificates()).toBe(before);
    writeFileSync(clientCertificateFile, next.cert);
    expect(certificates()).toBe(before);
    writeFileSync(clientKeyFile, next.key);

    expect(certificates()).toEqual({
      authorities: null,
      client: Buffer.from(next.cert),
      clientKey: Buffer.from(next.key),
    });
  });
});

/** Pushes as they are really sent, decoded from the bytes that a receiver gets. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../src/metrics/catalogue.ts';
import type { Snapshot } from '../src/metrics/samples.ts';
import { seconds, unixSeconds } from '../src/model/time.ts';
import { histogramValue, jobBlock, sample, snapshot } from './support/exposition/samples.ts';
import { decodeRequest, type SentMetric } from './support/otlp/decode-request.ts';
import { pushSnapshots } from './support/otlp/push-snapshots.ts';
import { startGrpcReceiver, startReceiver, taken } from './support/otlp/start-receiver.ts';

const CLOCK = {
  now: () => unixSeconds(1_795_000_600.5),
  monotonic: () => seconds(0),
  sleep: () => new Promise<void>(() => {}),
};
const NOW = '1795000600500000000';
const JOB = { vendor: 'snowplow', job_name: 'nightly' };
const SERVICE = { name: 'datajobs-exporter', version: '1.2.3' };

/** A job with a counter and a histogram that began at different times, and a gauge. */
function nightly(runs: number, generation = 1): Snapshot {
  const block = jobBlock('nightly', [
    [METRICS.runsFinished, [sample(runs, { labels: ['result', 'success'], createdAt: unixSeconds(1_794_000_000.25) })]],
    [
      METRICS.runDuration,
      [
        sample(histogramValue([10, 0.5 + 59.5], [runs, 1, 0], runs * 2.5), {
          labels: ['result', 'success'],
          createdAt: unixSeconds(1_794_000_123),
        }),
      ],
    ],
    [METRICS.activeRunProgress, [sample(0.25)]],
  ]);
  return snapshot(generation, [block]);
}

const CUMULATIVE: Readonly<Record<string, SentMetric>> = {
  'datajobs.runs.finished': {
    unit: '{run}',
    kind: 'monotonic sum',
    temporality: 'cumulative',
    points: [{ attributes: { ...JOB, result: 'success' }, start: '1794000000250000000', time: NOW, value: 3 }],
  },
  'datajobs.run.duration': {
    unit: 's',
    kind: 'histogram',
    temporality: 'cumulative',
    points: [
      {
        attributes: { ...JOB, result: 'success' },
        start: '1794000123000000000',
        time: NOW,
        value: { bounds: [10, 60], counts: [3, 1, 0], sum: 7.5, count: 4 },
      },
    ],
  },
  'datajobs.active_run.progress': {
    unit: '1',
    kind: 'gauge',
    temporality: null,
    points: [{ attributes: JOB, start: '0', time: NOW, value: 0.25 }],
  },
};

const RESOURCE = {
  'service.name': 'datajobs-exporter',
  'service.version': '1.2.3',
  'service.instance.id': 'instance-1',
  'telemetry.sdk.language': 'nodejs',
  'telemetry.sdk.name': 'opentelemetry',
  'telemetry.sdk.version': '3.1.0',
};

describe('over HTTP', () => {
  it.each([
    ['http/protobuf', 'protobuf', 'application/x-protobuf', 'none'],
    ['http/protobuf', 'protobuf', 'application/x-protobuf', 'gzip'],
    ['http/json', 'json', 'application/json', 'none'],
    ['http/json', 'json', 'application/json', 'gzip'],
  ] as const)(
    'sends everything as %s (%s, %s, compression %s)',
    async (protocol, encoding, contentType, compression) => {
      const { endpoint, received } = await startReceiver();
      const push = await pushSnapshots(nightly(3), { config: { endpoint, protocol, compression }, clock: CLOCK });

      await push.flush();

      const [request, ...others] = received;
      expect(others).toEqual([]);
      expect(decodeRequest(request!.body, encoding)).toEqual({
        resource: RESOURCE,
        scope: SERVICE,
        metrics: CUMULATIVE,
      });
      expect(request!.path).toBe('/v1/metrics');
      expect(request!.headers['content-type']).toBe(contentType);
      expect(request!.headers['content-encoding']).toBe(compression === 'gzip' ? 'gzip' : undefined);
      expect(request!.headers['user-agent']).toBe('datajobs-exporter/1.2.3');
      expect(push.status()).toEqual({
        exports: new Map([
          ['ok', 1],
          ['rejected', 0],
          ['failed', 0],
        ]),
        lastSuccessAt: CLOCK.now(),
        lastPushPoints: 3,
      });
    },
  );

  it('sends many jobs in several requests, no series twice', async () => {
    const { endpoint, received } = await startReceiver();
    const blocks = Array.from({ length: 5000 }, (_, index) =>
      jobBlock(`job ${index}`, [[METRICS.runsReopened, [sample(index, { createdAt: unixSeconds(1_794_000_000) })]]]),
    );
    const push = await pushSnapshots(snapshot(7, blocks), { config: { endpoint } });

    await push.flush();

    const requests = received.map(
      ({ body }) => decodeRequest(body, 'protobuf').metrics['datajobs.runs.reopened']?.points ?? [],
    );
    expect(requests.flat().map(({ value }) => value)).toEqual(blocks.map((_, index) => index));
    expect(push.exports()).toEqual({ ok: 1, rejected: 0, failed: 0 });
    expect(push.status().lastPushPoints).toBe(5000);
    expect(push.acknowledged).toEqual([7]);
  });

  it('begins with small requests, as code that has not run takes long, until a push had several', async () => {
    const { endpoint, received } = await startReceiver();
    const blocks = Array.from({ length: 5000 }, (_, index) =>
      jobBlock(`job ${index}`, [[METRICS.lastRunExitCode, [sample(index)]]]),
    );
    const push = await pushSnapshots(snapshot(1, blocks.slice(0, 10)), { config: { endpoint } });
    await push.flush();
    push.show(snapshot(2, blocks));

    await push.flush();
    await push.flush();

    const sizes = received.map(
      ({ body }) => decodeRequest(body, 'protobuf').metrics['datajobs.last_run.exit_code']?.points.length,
    );
    expect(sizes).toEqual([10, 250, 500, 1000, 2000, 1250, 2000, 2000, 1000]);
  });

  it('stops to send a job that is no longer shown', async () => {
    const { endpoint, received } = await startReceiver();
    const stays = jobBlock('stays', [[METRICS.lastRunExitCode, [sample(0)]]]);
    const leaves = jobBlock('leaves', [[METRICS.lastRunExitCode, [sample(0)]]]);
    const push = await pushSnapshots(snapshot(1, [stays, leaves]), { config: { endpoint } });
    await push.flush();
    push.show(snapshot(2, [stays]));

    await push.flush();

    const jobs = received.map(({ body }) =>
      decodeRequest(body, 'protobuf').metrics['datajobs.last_run.exit_code']?.points.map(
        ({ attributes }) => attributes['job_name'],
      ),
    );
    expect(jobs).toEqual([['stays', 'leaves'], ['stays']]);
  });

  it('lets variables win over the file, and says who it is as the user wants', async () => {
    const { endpoint, received } = await startReceiver();
    const push = await pushSnapshots(nightly(3), {
      config: {
        endpoint: 'http://127.0.0.1:9/',
        protocol: 'grpc',
        resourceAttributes: { 'service.name': 'from-file', team: 'data' },
      },
      env: {
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${endpoint}/own/path`,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc,x-scope=general',
        OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-scope=metrics',
        OTEL_RESOURCE_ATTRIBUTES: 'service.name=from-attributes,deployment.environment.name=production',
        OTEL_SERVICE_NAME: 'from-variable',
      },
    });

    await push.flush();

    const [request] = received;
    expect(request!.path).toBe('/own/path');
    expect(request!.headers['authorization']).toBe('Bearer abc');
    expect(request!.headers['x-scope']).toBe('metrics');
    expect(decodeRequest(request!.body, 'json').resource).toEqual({
      ...RESOURCE,
      'service.name': 'from-variable',
      'deployment.environment.name': 'production',
      team: 'data',
    });
  });
});

describe('over gRPC', () => {
  it.each(['none', 'gzip'] as const)(
    'sends everything, with headers as metadata (compression %s)',
    async (compression) => {
      const { endpoint, calls } = await startGrpcReceiver();
      const push = await pushSnapshots(nightly(3), {
        config: { endpoint, protocol: 'grpc', compression },
        env: { OTEL_EXPORTER_OTLP_HEADERS: 'x-scope=tenant' },
        clock: CLOCK,
      });

      await push.flush();

      const [call, ...others] = calls;
      expect(others).toEqual([]);
      expect(decodeRequest(call!.body, 'protobuf')).toEqual({
        resource: RESOURCE,
        scope: SERVICE,
        metrics: CUMULATIVE,
      });
      expect(call!.metadata.get('x-scope')).toEqual(['tenant']);
      expect(push.exports()).toEqual({ ok: 1, rejected: 0, failed: 0 });
      expect(push.acknowledged).toEqual([1]);
    },
  );
});

describe('delta temporality', () => {
  it('sends what was gained since the last acknowledged push, and nothing where nothing was', async () => {
    const { endpoint, received } = await startReceiver([taken, refuse, taken]);
    const push = await pushSnapshots(nightly(3), { config: { endpoint, temporality: 'delta' }, clock: CLOCK });
    await push.flush();
    push.show(nightly(5, 2));
    await push.flush();
    push.show(nightly(9, 3));
    await push.flush();

    await push.flush();

    const sent = received.map(({ body }) => decodeRequest(body, 'protobuf').metrics);
    expect(sent.map((metrics) => metrics['datajobs.runs.finished']?.points[0]?.value)).toEqual([0, 2, 6, undefined]);
    expect(sent.map((metrics) => metrics['datajobs.run.duration']?.points[0]?.value)).toEqual([
      { bounds: [10, 60], counts: [0, 0, 0], sum: 0, count: 0 },
      { bounds: [10, 60], counts: [2, 0, 0], sum: 5, count: 2 },
      { bounds: [10, 60], counts: [6, 0, 0], sum: 15, count: 6 },
      undefined,
    ]);
    expect(sent.map((metrics) => metrics['datajobs.active_run.progress']?.points[0]?.value)).toEqual(
      Array.from({ length: 4 }, () => 0.25),
    );
    expect(sent[2]?.['datajobs.runs.finished']?.temporality).toBe('delta');
    expect(sent[2]?.['datajobs.run.duration']?.temporality).toBe('delta');
    expect(push.acknowledged).toEqual([1, 3, 3]);
  });

  it('does not send again what was taken of a push that failed later', async () => {
    const { endpoint, received } = await startReceiver([taken, taken, taken, taken, taken, refuse, taken]);
    const jobs = (runs: number): Snapshot =>
      snapshot(
        runs,
        Array.from({ length: 2500 }, (_, index) =>
          jobBlock(`job ${index}`, [[METRICS.runsReopened, [sample(runs, { createdAt: unixSeconds(1_794_000_000) })]]]),
        ),
      );
    const push = await pushSnapshots(jobs(1), { config: { endpoint, temporality: 'delta' } });
    await push.flush();
    push.show(jobs(4));
    await push.flush();

    await push.flush();

    const gains = received.map(({ body }) => {
      const { points = [] } = decodeRequest(body, 'protobuf').metrics['datajobs.runs.reopened'] ?? {};
      return [points.length, points[0]?.value];
    });
    expect(gains).toEqual([
      [250, 0],
      [500, 0],
      [1000, 0],
      [750, 0],
      [2000, 3],
      [500, 3],
      [500, 3],
    ]);
    expect(push.acknowledged).toEqual([1, 4]);
  });

  it('counts a job that comes back from where it stands, as what it had was sent before it left', async () => {
    const { endpoint, received } = await startReceiver();
    const push = await pushSnapshots(nightly(3), { config: { endpoint, temporality: 'delta' } });
    await push.flush();
    push.show(snapshot(2, [jobBlock('another', [[METRICS.lastRunExitCode, [sample(0)]]])]));
    await push.flush();
    push.show(nightly(3, 3));
    await push.flush();
    push.show(nightly(5, 4));

    await push.flush();

    const gains = received.map(
      ({ body }) => decodeRequest(body, 'protobuf').metrics['datajobs.runs.finished']?.points[0]?.value,
    );
    expect(gains).toEqual([0, undefined, 0, 2]);
  });

  it('is for histograms alone where memory is to be low', async () => {
    const { endpoint, received } = await startReceiver();
    const push = await pushSnapshots(nightly(3), {
      config: { endpoint },
      env: { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'LowMemory' },
    });

    await push.flush();

    const { metrics } = decodeRequest(received[0]!.body, 'protobuf');
    expect(metrics['datajobs.runs.finished']?.temporality).toBe('cumulative');
    expect(metrics['datajobs.run.duration']?.temporality).toBe('delta');
  });
});

function refuse(response: ServerResponse): void {
  response.writeHead(400).end();
}

/** The built program pushing: beside the page, without it, and to nobody. */
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../src/metrics/catalogue.ts';
import { eventually } from './support/eventually.ts';
import { counterValues, type Exposition, targetsUp } from './support/exposition.ts';
import { decodeRequest, type SentPoint, type SentRequest } from './support/otlp/decode-request.ts';
import { startReceiver } from './support/otlp/start-receiver.ts';
import { createWorkplace, startServe } from './support/start-program-serve.ts';
import { startProgram } from './support/start-program.ts';
import { startWorld } from './support/start-world.ts';
import { freePort } from './support/unkind-server.ts';

/** Targets of the drill. */
const TARGETS = 5;
/** Series that may begin between a page and the last push: of requests that the end breaks off, and of pushes. */
const COMES_LATER = /^datajobs_(?:api_requests_total|otlp_last)/;
const NAMES = new Map(CATALOGUE.map(({ name, otelName }) => [otelName, name]));

/** Series of a push as the page names them: numbers as they are, histograms by their count. */
function toSeries({ metrics }: SentRequest): ReadonlyMap<string, number> {
  const valueOf = ({ value }: SentPoint): number => (typeof value === 'number' ? value : value.count);
  return new Map(
    Object.entries(metrics).flatMap(([name, { kind, points }]) =>
      points.map((point) => [
        identify(`${NAMES.get(name)}${kind === 'histogram' ? '_count' : ''}`, point.attributes),
        valueOf(point),
      ]),
    ),
  );
}

function identify(name: string, labels: Readonly<Record<string, string>>): string {
  return `${name}${JSON.stringify(labels)}`;
}

/** Series that only one of the two has, and durable counters that differ. */
function differences(page: Exposition, push: SentRequest): readonly string[] {
  const pushed = toSeries(push);
  const served = page.samples.filter(({ name }) => name.startsWith('datajobs_') && !/_(?:bucket|sum)$/.test(name));
  const shown = new Set(served.map(({ name, labels }) => identify(name, labels)));
  return [
    ...[...pushed.keys()].filter((series) => !shown.has(series) && !COMES_LATER.test(series)),
    ...[...shown].filter((series) => !pushed.has(series) && !COMES_LATER.test(series)),
    ...[...counterValues(page, 'durable')]
      .filter(([series, value]) => pushed.has(series) && pushed.get(series) !== value)
      .map(([series, value]) => `${series}: served ${value}, pushed ${pushed.get(series)}`),
  ];
}

/** The newest push, or null while none shows so many targets up. */
function newestPush(received: readonly { readonly body: Buffer }[], targets: number): SentRequest | null {
  const last = received.at(-1);
  if (last === undefined) return null;
  const request = decodeRequest(last.body, 'protobuf');
  const up = request.metrics['datajobs.target.up']?.points.filter(({ value }) => value === 1).length ?? 0;
  return up >= targets ? request : null;
}

describe('serve', () => {
  it('pushes what it serves, a last time when it stops', async () => {
    await using world = await startWorld();
    const { endpoint, received } = await startReceiver();
    using workplace = createWorkplace(world.config({ otlp: { enabled: true, endpoint, interval: '1s' } }));
    await using serve = startServe(workplace);
    const page = await serve.metricsOnce('a page and a push of all targets that agree', (candidate) => {
      const push = newestPush(received, TARGETS);
      return targetsUp(candidate) === TARGETS && push !== null && differences(candidate, push).length === 0;
    });
    const pushesBefore = received.length;

    serve.kill('SIGTERM');
    const ending = await serve.ended;

    const lastPush = newestPush(received, TARGETS)!;
    expect(ending).toEqual({ code: 0, signal: null });
    expect(received.length).toBeGreaterThan(pushesBefore);
    expect(differences(page, lastPush)).toEqual([]);
    expect(toSeries(lastPush).size).toBeGreaterThan(300);
    expect(serve.stderr()).toMatch(/level=info msg="OTLP pushes succeed"/);
  });

  it('pushes without serving', async () => {
    await using world = await startWorld();
    const { endpoint, received } = await startReceiver();
    using workplace = createWorkplace(world.config());
    await using program = startProgram(
      ['--config.file', workplace.configFile, '--storage.path', workplace.storagePath, '--web.listen-address='],
      { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_METRIC_EXPORT_INTERVAL: '500' },
    );

    const first = await eventually(() => newestPush(received, TARGETS), { what: 'a push with all targets up' });
    program.kill('SIGTERM');
    const ending = await program.ended;

    expect(ending).toEqual({ code: 0, signal: null });
    expect(program.stderr()).not.toMatch(/msg=listening/);
    expect(first.resource).toMatchObject({ 'service.name': 'datajobs-exporter' });
    expect(first.resource['service.instance.id']).toMatch(/\S/);
  });

  it('is the same instance after a restart', async () => {
    await using world = await startWorld();
    const { endpoint, received } = await startReceiver();
    using workplace = createWorkplace(world.config());
    const pushOnce = async (): Promise<string | undefined> => {
      const from = received.length;
      await using program = startProgram(
        ['--config.file', workplace.configFile, '--storage.path', workplace.storagePath, '--web.listen-address='],
        { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_METRIC_EXPORT_INTERVAL: '500' },
      );
      await eventually(() => (received.length > from ? true : null), { what: 'a push' });
      program.kill('SIGTERM');
      await program.ended;
      return decodeRequest(received.at(-1)!.body, 'protobuf').resource['service.instance.id'];
    };

    const before = await pushOnce();
    const after = await pushOnce();

    expect(before).toMatch(/\S/);
    expect(after).toBe(before);
  });

  it.each(['dead', 'hanging'] as const)('is not held up by a %s receiver', async (kind) => {
    await using world = await startWorld();
    const endpoint = kind === 'dead' ? `http://127.0.0.1:${await freePort()}` : await startHanging();
    using workplace = createWorkplace(world.config({ otlp: { enabled: true, endpoint, interval: '1s' } }));
    await using serve = startServe(workplace);
    const page = await serve.metricsOnce(
      'five targets up, and two failed pushes',
      (candidate) =>
        targetsUp(candidate) === TARGETS && candidate.sum('datajobs_otlp_exports_total', { outcome: 'failed' }) >= 2,
    );

    serve.kill('SIGTERM');
    const ending = await serve.ended;

    expect(ending).toEqual({ code: 0, signal: null });
    expect(page.sum('datajobs_otlp_exports_total', { outcome: 'ok' })).toBe(0);
    expect(page.value('datajobs_otlp_last_success_timestamp_seconds')).toBe(null);
    expect(page.sum('datajobs_polls_total', { outcome: 'ok' })).toBeGreaterThan(TARGETS);
    // On a busy machine a first push may end for another reason than the next: each reason is logged once.
    const reasons = [...serve.stderr().matchAll(/OTLP pushes fail.*reason=(.*)/g)].map(([, reason]) => reason);
    expect(reasons).not.toEqual([]);
    expect(new Set(reasons).size).toBe(reasons.length);
  });

  it('is not stopped by variables that cannot be meant, and names each', async () => {
    const { endpoint, received } = await startReceiver();
    await using world = await startWorld();
    using workplace = createWorkplace(world.config({ otlp: { enabled: true, endpoint, interval: '1s' } }));
    await using program = startProgram(
      ['--config.file', workplace.configFile, '--storage.path', workplace.storagePath, '--web.listen-address='],
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/xml', OTEL_METRIC_EXPORT_INTERVAL: 'soon' },
    );

    await eventually(() => (received.length > 0 ? true : null), { what: 'a push' });
    program.kill('SIGTERM');
    const ending = await program.ended;

    expect(ending).toEqual({ code: 0, signal: null });
    expect(program.stderr()).toContain(
      'warning="OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf, http/json, grpc; it is ignored"',
    );
    expect(program.stderr()).toContain('warning="OTEL_METRIC_EXPORT_INTERVAL: expected whole milliseconds above 0');
  });

  it('says at the start that a proxy of the environment cannot be used', async () => {
    await using world = await startWorld();
    using workplace = createWorkplace(world.config());
    await using program = startProgram(
      ['--config.file', workplace.configFile, '--storage.path', workplace.storagePath, '--web.listen-address='],
      { https_proxy: 'socks5://user:s3cret@proxy.example' },
    );

    const ending = await program.ended;

    expect(ending).toEqual({ code: 1, signal: null });
    expect(program.stderr()).toBe(
      'https_proxy: expected the address of a proxy, http://host:port or https://host:port, or nothing\n',
    );
  });
});

/** A receiver that takes connections and never answers. */
async function startHanging(): Promise<string> {
  return (await startReceiver([() => {}])).endpoint;
}

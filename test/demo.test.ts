/** The demo of the built program: the whole product, without any account, from one command. */
import { describe, expect, it } from 'vitest';
import { checkMetrics } from './support/check-metrics.ts';
import { eventually } from './support/eventually.ts';
import { type Exposition, readExposition, targetsUp } from './support/exposition.ts';
import { decodeRequest, type SentRequest } from './support/otlp/decode-request.ts';
import { startReceiver } from './support/otlp/start-receiver.ts';
import { startDemo } from './support/start-demo.ts';

const VENDORS = ['adverity', 'matatika', 'polaris', 'snowplow', 'tailer'];
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0';

describe('the demo', () => {
  it('says where to look, and brings all five vendors up: on a clean page in both formats, and in what it pushes', async () => {
    await using demo = startDemo();
    const { status, metrics, control, otlp } = await demo.addresses();
    await eventually(async () => (targetsUp(await read(metrics)) === 5 ? true : null), {
      what: 'all five targets up',
    });
    await eventually(async () => (targetsPushed(await readPush(otlp)) === 5 ? true : null), {
      what: 'a push that says so',
    });

    const text = await (await fetch(metrics)).text();
    const openMetrics = await (await fetch(`${metrics}?created=1`, { headers: { accept: OPENMETRICS } })).text();
    const [page, openPage] = [readExposition(text), readExposition(openMetrics, 'openmetrics')];
    expect(demo.stdout()).toMatch(/five simulated vendors/);
    expect(
      VENDORS.every((vendor) => new RegExp(`^ +${vendor} +http://127\\.0\\.0\\.1:\\d+$`, 'm').test(demo.stdout())),
    ).toBe(true);
    expect(await checkMetrics(text)).toEqual({ code: 0, output: '' });
    expect(VENDORS.every((vendor) => jobsWithHistory(page, vendor) >= 2)).toBe(true);
    expect(jobsWithHistory(openPage, 'tailer')).toBe(jobsWithHistory(page, 'tailer'));
    expect((await fetch(status)).headers.get('content-type')).toMatch(/^text\/html/);
    expect((await fetch(`${control}/world`)).status).toBe(200);
    expect(otlp).toBe(`${control}/v1/metrics`);
    expect(demo.stdout()).toContain(`${otlp} (shows the last push)`);
    demo.kill('SIGINT');
    expect(await demo.ended).toEqual({ code: 0, signal: null });
    expect(demo.stderr()).toMatch(/level=info msg="OTLP pushes succeed"/);
    // On a busy machine a poll may take longer than it may.
    expect(demo.stderr().match(/level=(?:warn|error) (?!.* reason=timeout ).*/g)).toBeNull();
  });

  it('pushes where and as the variables say, as serve would', async () => {
    const { endpoint, received } = await startReceiver();
    await using demo = startDemo([], { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_METRIC_EXPORT_INTERVAL: '1000' });

    const { otlp } = await demo.addresses();
    const first = await eventually(() => received[0] ?? null, { what: 'a push' });

    expect(otlp).toBe(`${endpoint}/v1/metrics`);
    expect(demo.stdout()).not.toContain('shows the last push');
    expect(first.headers['content-type']).toBe('application/x-protobuf');
    expect(decodeRequest(first.body, 'protobuf').resource['service.name']).toBe('datajobs-exporter');
  });

  it('lets an hour pass in a minute at --speed 60', async () => {
    await using demo = startDemo(['--speed', '60']);
    const { metrics, control } = await demo.addresses();
    const begun = await worldTime(control);
    const ahead = await aheadOfMachine(control);

    await eventually(async () => ((await newestEnd(metrics)) - begun > 600 ? true : null), {
      what: 'ten minutes of the world',
    });

    // However long that took, the world's time is ahead of the machine's by nearly as much as it went on.
    expect((await aheadOfMachine(control)) - ahead).toBeGreaterThan(500);
    await eventually(async () => ((await worldTime(control)) - (await newestEnd(metrics)) < 900 ? true : null), {
      what: 'a newest end that is no older than a quarter of an hour',
    });
    const finished = await eventually(
      async () => {
        const runs = (await read(metrics)).sum('datajobs_runs_finished_total');
        return runs > 0 ? runs : null;
      },
      { what: 'counted runs' },
    );
    expect(finished).toBeGreaterThan(0);
    demo.kill('SIGTERM');
    expect(await demo.ended).toEqual({ code: 0, signal: null });
  });
});

/** The last push as the demo's receiver shows it; null before the first. */
async function readPush(otlp: string): Promise<SentRequest | null> {
  const { last } = (await (await fetch(otlp)).json()) as { readonly last: unknown };
  return last === null ? null : decodeRequest(Buffer.from(JSON.stringify(last)), 'json');
}

function targetsPushed(push: SentRequest | null): number {
  return push?.metrics['datajobs.target.up']?.points.filter(({ value }) => value === 1).length ?? 0;
}

async function read(metrics: string): Promise<Exposition> {
  return readExposition(await (await fetch(metrics)).text());
}

function jobsWithHistory(page: Exposition, vendor: string): number {
  return page.select('datajobs_last_run_end_timestamp_seconds', { vendor }).length;
}

async function worldTime(control: string): Promise<number> {
  return ((await (await fetch(`${control}/clock`)).json()) as { readonly now: number }).now;
}

/** Seconds by which the world's time is ahead of the machine's. */
async function aheadOfMachine(control: string): Promise<number> {
  return (await worldTime(control)) - Date.now() / 1000;
}

async function newestEnd(metrics: string): Promise<number> {
  const ends = (await read(metrics)).select('datajobs_last_run_end_timestamp_seconds');
  return Math.max(...ends.map(({ value }) => value));
}

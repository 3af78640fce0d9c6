/**
 * What becomes of Snowplow's runs in states nobody listed, through the real client, engine and ledger. The vendor names
 * no ends: a live run may tell how long it has taken so far, as a finished one tells how long it took.
 */
import { describe, expect, it } from 'vitest';
import { Secret } from '../src/config/secret.ts';
import type { Meaning } from '../src/model/run.ts';
import { DAY, formatTimestamp, HOUR, MINUTE, parseTimestamp } from '../src/model/time.ts';
import { snowplow } from '../src/vendors/snowplow/index.ts';
import { at } from './support/builders.ts';
import type { Seen } from './support/http/start-server.ts';
import { startWire, type WireEngine } from './support/start-wire.ts';

type Fields = Readonly<Record<string, unknown>>;

const STEPS = [
  { name: 'git-clone', state: 'SUCCEEDED', duration: 'PT1S' },
  { name: 'run-dbt', state: 'FAILED', duration: 'PT20S' },
];

/** A run of `web-sessions` that began so many seconds from the start of the test's time. */
function run(id: string, start: number, fields: Fields = {}): Fields {
  const startTime = formatTimestamp(at(start));
  return { runId: id, jobId: 'j1', jobName: 'web-sessions', environment: 'prod', startTime, ...fields };
}

interface Snowplow extends WireEngine {
  /** What the vendor has. */
  runs: readonly Fields[];
}

/** The jobs API over runs that a test writes: those of a list that began in its window, one run, and its steps. */
async function startSnowplow(
  runs: readonly Fields[] = [],
  stateMap: Readonly<Record<string, Meaning>> = {},
): Promise<Snowplow> {
  const running: { exporter?: Snowplow } = {};
  const answer = ({ url }: Seen): unknown => {
    const { pathname, searchParams } = new URL(url, 'http://vendor.test');
    const all = running.exporter?.runs ?? [];
    const [, id, part] = /\/runs(?:\/([^/]+)(?:\/(steps))?)?$/.exec(pathname) ?? [];
    const found = all.find(({ runId }) => runId === id);
    if (id !== undefined) return found === undefined ? undefined : part === 'steps' ? STEPS : found;
    const [from, to] = ['from', 'to'].map((name) => parseTimestamp(searchParams.get(name) ?? ''));
    // A time that is none, or stands for none, is the form that it is shown in: the vendor knows the true one.
    const isAsked = (start: unknown): boolean => {
      const began = parseTimestamp(String(start)) ?? 0;
      return began <= 0 || (began >= from! && began <= to!);
    };
    return all.filter(({ startTime }) => isAsked(startTime));
  };
  const exporter = await startWire({
    vendor: snowplow,
    settings: (origin) => ({
      base_url: origin,
      organization_id: '5a2d9c1e-7b34-4f60-8e21-0c9f6d1b7a48',
      auth: { token: new Secret(() => 'given-token') },
    }),
    answer,
    stateMap,
  });
  running.exporter = Object.assign(exporter, { runs });
  return running.exporter;
}

/** Lets two minutes pass and polls. */
async function pollLater(exporter: Snowplow, runs: readonly Fields[] = exporter.runs): Promise<void> {
  exporter.runs = runs;
  exporter.clock.advance(2 * MINUTE);
  await exporter.poll();
}

/** What is above 0 of the job's finished runs, by result. */
function finished(exporter: Snowplow): Readonly<Record<string, number>> {
  const shown = Object.entries(exporter.shown('runsFinished')).filter(([, value]) => value > 0);
  return Object.fromEntries(shown.map(([key, value]) => [key.replace('web-sessions ', ''), value]));
}

const live = (exporter: Snowplow): number => exporter.shown('runsActive')['web-sessions unknown'] ?? 0;

const four = ['r1', 'r2', 'r3', 'r4'] as const;
const retrying = (id: string, duration: string): Fields => run(id, -60, { state: 'RETRYING', duration });

describe('a run in an unlisted state that tells its age', () => {
  it('is live while that grows: its failure counts once, and so do its steps', async () => {
    using exporter = await startSnowplow();
    await exporter.poll();
    for (const duration of ['PT3M', 'PT5M0.5S', 'PT7M0.123456789S']) {
      await pollLater(
        exporter,
        four.map((id) => retrying(id, duration)),
      );
      expect([live(exporter), finished(exporter)]).toEqual([4, {}]);
    }

    const failed = four.map((id) => run(id, -60, { state: 'FAILED', duration: 'PT8M' }));
    await pollLater(exporter, failed);
    await pollLater(exporter, failed);

    expect([live(exporter), finished(exporter)]).toEqual([0, { failure: 4 }]);
    expect(exporter.shown('stepsFinished')).toMatchObject({
      'web-sessions git-clone success': 4,
      'web-sessions run-dbt failure': 4,
    });
    expect(exporter.shown('runDuration')['web-sessions failure']).toBe(4);
  });

  it('is live also over restarts, and in the baseline', async () => {
    using exporter = await startSnowplow(four.map((id) => retrying(id, 'PT1M')));
    await exporter.poll();
    await exporter.restart();
    await pollLater(
      exporter,
      four.map((id) => retrying(id, 'PT3M')),
    );
    await exporter.kill();

    await pollLater(
      exporter,
      four.map((id) => run(id, -60, { state: 'FAILED', duration: 'PT4M' })),
    );

    expect(finished(exporter)).toEqual({ failure: 4 });
  });

  it('has finished where two polls find it unmoved', async () => {
    using exporter = await startSnowplow();
    await exporter.poll();
    await pollLater(exporter, [retrying('r1', 'PT1M')]);
    const atFirst = [live(exporter), finished(exporter)];

    await pollLater(exporter);
    await pollLater(exporter);

    expect(atFirst).toEqual([1, {}]);
    expect([live(exporter), finished(exporter)]).toEqual([0, { unknown: 1 }]);
    expect(exporter.shown('lastRunEnd')).toEqual({ 'web-sessions': at(0) });
  });

  it('that was taken for finished and moves again is live again, and what it becomes is a correction', async () => {
    using exporter = await startSnowplow();
    await exporter.poll();
    await pollLater(exporter, [retrying('r1', 'PT2M')]);
    await pollLater(exporter);
    await pollLater(exporter, [retrying('r1', 'PT7M')]);
    const again = [live(exporter), finished(exporter)];

    await pollLater(exporter, [run('r1', -60, { state: 'FAILED', duration: 'PT8M' })]);

    expect(again).toEqual([1, { unknown: 1 }]);
    expect([live(exporter), finished(exporter)]).toEqual([0, { unknown: 1 }]);
    expect(exporter.shown('runCorrections')).toEqual({ 'web-sessions unknown failure': 1 });
    expect(exporter.shown('lastRunResult')).toMatchObject({ 'web-sessions failure': 1 });
  });

  it('has finished, and is history, where it lies far in the past at the baseline', async () => {
    using exporter = await startSnowplow([run('r1', -3 * HOUR, { state: 'ABORTED', duration: 'PT5M' })]);

    await exporter.poll();
    await pollLater(exporter);

    expect([live(exporter), finished(exporter)]).toEqual([0, {}]);
    expect(exporter.shown('lastRunEnd')).toEqual({ 'web-sessions': at(-3 * HOUR + 300) });
  });

  it('is not taken for unmoved where two slices of one poll list it', async () => {
    using exporter = await startSnowplow();
    await exporter.poll();
    // A full sync asks for the week in two windows, which meet where this one began.
    exporter.clock.advance(DAY);
    const edge = DAY - 7 * DAY + 10 * MINUTE + 96 * HOUR;
    const age = `PT${(DAY - edge - 60) / 3600}H`;
    exporter.runs = [run('r1', edge, { state: 'RETRYING', duration: age })];

    await exporter.poll();

    const lists = exporter.seen.filter(({ url }) => url.includes('/runs?')).slice(-2);
    const asked = lists.map(({ url }) => new URL(url, 'http://vendor.test').searchParams);
    expect(asked[0]!.get('to')).toBe(asked[1]!.get('from'));
    expect([live(exporter), finished(exporter)]).toEqual([1, {}]);
  });

  it('is what state_map calls it, at once', async () => {
    using exporter = await startSnowplow([], { RETRYING: 'executing', ABORTED: 'cancellation' });
    await exporter.poll();

    await pollLater(exporter, [
      retrying('r1', 'PT1M'),
      run('r2', -60, { state: 'ABORTED', duration: 'PT1M' }),
      run('r3', -60, { state: 'FAILED', duration: 'PT1M' }),
    ]);

    expect(exporter.shown('runsActive')).toMatchObject({ 'web-sessions executing': 1, 'web-sessions unknown': 0 });
    expect(finished(exporter)).toEqual({ cancellation: 1, failure: 1 });
    expect(exporter.shown('unknownStates')).toEqual({});
  });

  it('is told once for each run', async () => {
    using exporter = await startSnowplow(four.map((id) => retrying(id, 'PT1M')));
    await exporter.poll();
    await pollLater(
      exporter,
      four.map((id) => retrying(id, 'PT3M')),
    );

    expect(exporter.shown('unknownStates')).toEqual({ RETRYING: 4 });
  });
});

describe('a live run that tells its age', () => {
  it('in a listed state is live, however long ago that was written', async () => {
    using exporter = await startSnowplow([run('r1', -5 * HOUR, { state: 'RUNNING', duration: 'PT16.123456789S' })]);
    await exporter.poll();
    await pollLater(exporter);

    await pollLater(exporter, [run('r1', -5 * HOUR, { state: 'FAILED', duration: 'PT5H3M' })]);

    expect(finished(exporter)).toEqual({ failure: 1 });
  });
});

describe('fields that cannot be read', () => {
  it('cost no run, and are told by their names', async () => {
    using exporter = await startSnowplow();
    await exporter.poll();

    await pollLater(exporter, [
      run('r1', 60, { state: 'FAILED', duration: '1 minute' }),
      run('r2', 61, { state: 'FAILED', duration: 92 }),
      run('r3', 62, { state: 'FAILED', duration: 'PT1M', startTime: '0001-01-01T00:00:00Z' }),
      run('r4', 63, { state: 'FAILED', duration: 'PT1M', startTime: 1795338000 }),
      run('r5', 64, { state: 'FAILED', duration: 'PT10S', jobName: { en: 'web' }, environment: 7 }),
      run('r6', 65, { state: 'FAILED', duration: 'PT10S' }),
    ]);

    expect(finished(exporter)).toEqual({ failure: 6 });
    expect(exporter.shown('unreadableFields')).toEqual({ duration: 2, startTime: 2, jobName: 1, environment: 1 });
    expect(exporter.shown('rejectedRecords')).toEqual({});
    expect(Math.min(...Object.values(exporter.shown('lastRunEnd')))).toBeGreaterThan(at(0));
  });
});

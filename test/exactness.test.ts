/**
 * Exact counting as readers see it: scrape after scrape, over restarts and kills, with a real ledger file and a
 * vendor whose answers are written here. @see spec section 2
 */
import { describe, expect, it } from 'vitest';
import { aConfig, aJob, at, aTarget, finishedRun, liveRun, someCapabilities } from './support/builders.ts';
import type { Script } from './support/scripted-vendor.ts';
import { PROMETHEUS, startEngine, type TestEngine } from './support/start-engine.ts';
import { DAY, HOUR, MINUTE, seconds } from '../src/model/time.ts';
import { METRICS } from '../src/metrics/catalogue.ts';

const HOLDING = aConfig({ holdWindow: seconds(2 * MINUTE) });

/** Scrapes every 30 seconds, as a server would; what each showed of the job's failures, null where there was no such series. */
async function scrapes(exporter: TestEngine, count: number): Promise<readonly (number | null)[]> {
  const seen: (number | null)[] = [];
  for (let scrape = 1; scrape <= count; scrape += 1) {
    exporter.clock.advance(30);
    await exporter.target().target.releaseHolds();
    seen.push(exporter.scrape('runsFinished')['nightly failure'] ?? null);
  }
  return seen;
}

/** The value of `increase()` over samples: the sum of all steps up, a fall being a reset. */
function increase(samples: readonly (number | null)[]): number {
  const known = samples.filter((sample) => sample !== null);
  return known.slice(1).reduce((sum, value, index) => {
    const last = known[index]!;
    return sum + (value >= last ? value - last : value);
  }, 0);
}

function failure(id: string, end: number) {
  return finishedRun({ id, endedAt: at(end), result: 'failure' });
}

describe('the counters that a scraper sees', () => {
  it('show the first failure of a new job as 0, then as 1', async () => {
    using exporter = await startEngine({ config: HOLDING });
    await exporter.poll();
    exporter.clock.advance(MINUTE);
    exporter.script.list = () => [failure('r1', 30)];
    await exporter.poll();

    const seen = await scrapes(exporter, 6);

    expect(seen).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it.each([
    ['back', -1 * HOUR],
    ['ahead', 2 * HOUR],
  ])(
    'show the first failure of a new job as 0, then as 1, also when the clock is set %s meanwhile',
    async (_way, by) => {
      using exporter = await startEngine({ config: HOLDING });
      await exporter.poll();
      exporter.clock.advance(MINUTE);
      exporter.script.list = () => [failure('r1', 30)];
      await exporter.poll();

      exporter.clock.set(exporter.clock.now() + by);
      const seen = await scrapes(exporter, 6);

      expect(seen).toEqual([0, 0, 0, 1, 1, 1]);
    },
  );

  it('are held until scrapes that began after the hold have shown them', async () => {
    using exporter = await startEngine({ config: HOLDING });
    await exporter.poll();
    const { source } = exporter.engine();
    const early = source.current();
    exporter.clock.advance(MINUTE);
    exporter.script.list = () => [failure('r1', 30)];
    await exporter.poll();
    source.scraped(early, PROMETHEUS);
    source.scraped(early, PROMETHEUS);

    exporter.clock.advance(2 * MINUTE);
    await exporter.target().target.releaseHolds();

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(0);
  });

  it('move together: duration and count of one run in one scrape', async () => {
    using exporter = await startEngine({ config: HOLDING });
    await exporter.poll();
    exporter.clock.advance(MINUTE);
    exporter.script.list = () => [finishedRun({ endedAt: at(30), exitCode: 0, createdAt: at(-40) })];
    await exporter.poll();
    const look = () => [
      exporter.shown('runsFinished')['nightly success'],
      exporter.shown('runDuration')['nightly success'],
      exporter.shown('runQueue')['nightly'],
      exporter.shown('runExitCodes')['nightly 0'],
    ];

    const held = look();
    await scrapes(exporter, 4);

    expect(held).toEqual([0, 0, 0, 0]);
    expect(look()).toEqual([1, 1, 1, 1]);
  });

  it('show a result that a known job never had before as 0 first', async () => {
    using exporter = await startEngine({
      config: HOLDING,
      script: { capabilities: someCapabilities({ results: ['success'] }) },
    });
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    await scrapes(exporter, 4);
    exporter.script.list = () => [failure('r1', 150)];
    await exporter.poll();

    const seen = await scrapes(exporter, 5);

    expect(seen).toEqual([0, 0, 0, 1, 1]);
  });

  it('show the next run of a job at once where its series are there', async () => {
    using exporter = await startEngine({ config: HOLDING });
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    await scrapes(exporter, 4);
    exporter.script.list = () => [finishedRun({ endedAt: at(150) })];
    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly success']).toBe(1);
  });

  it('show runs that finished during an outage as a step, not as where they begin', async () => {
    using exporter = await startEngine({ config: HOLDING });
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.list = () => [failure('r1', 30)];
    await exporter.poll();
    const before = await scrapes(exporter, 4);

    exporter.clock.advance(HOUR);
    await exporter.kill();
    exporter.script.list = () => [failure('r1', 30), failure('r2', 600), failure('r3', 700)];
    await exporter.poll();
    const after = await scrapes(exporter, 6);

    expect(before).toEqual([0, 0, 0, 1]);
    expect(after).toEqual([1, 1, 1, 3, 3, 3]);
    expect(increase([...before, ...after])).toBe(3);
  });

  it('neither lose nor repeat what was held when the process was killed', async () => {
    using exporter = await startEngine({ config: HOLDING });
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.list = () => [failure('r1', 30)];
    await exporter.poll();
    const before = await scrapes(exporter, 2);

    await exporter.kill();
    const after = await scrapes(exporter, 5);

    expect([...before, ...after]).toEqual([0, 0, 0, 0, 0, 1, 1]);
  });

  it('never fall, whenever the process is killed', async () => {
    using exporter = await startEngine({ config: HOLDING });
    await exporter.poll();
    const runs: ReturnType<typeof failure>[] = [];
    exporter.script.list = () => runs;
    const seen: (number | null)[] = [];

    for (let round = 0; round < 20; round += 1) {
      runs.push(failure(`r${round}`, round * 90 + 30));
      seen.push(...(await scrapes(exporter, 3)));
      await exporter.poll();
      if (round % 3 === 2) await exporter.kill();
      if (round % 7 === 6) await exporter.restart();
    }
    seen.push(...(await scrapes(exporter, 10)));

    const shown = seen.filter((value) => value !== null);
    expect(shown).toEqual(shown.toSorted((a, b) => a - b));
    expect(shown.at(-1)).toBe(20);
    expect(increase(seen)).toBe(20);
  });

  it('show a job that returns where it was, then what it did', async () => {
    using exporter = await startEngine({ config: HOLDING });
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.list = () => [failure('r1', 30)];
    await exporter.poll();
    await scrapes(exporter, 4);
    exporter.clock.advance(36 * DAY);
    await exporter.poll();
    const expired = await scrapes(exporter, 2);
    exporter.script.list = () => [failure('r2', 36 * DAY + 180)];
    await exporter.poll();

    const back = await scrapes(exporter, 5);

    expect(expired).toEqual([null, null]);
    expect(back).toEqual([1, 1, 1, 2, 2]);
  });

  it('show new labels of a renamed job at 0, and the old ones no more', async () => {
    using exporter = await startEngine({ config: HOLDING });
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.list = () => [failure('r1', 30)];
    await exporter.poll();
    await scrapes(exporter, 4);
    const daily = aJob({ key: 'nightly', name: 'daily' });

    exporter.script.list = () => [failure('r1', 30), { ...failure('r2', 150), job: daily }];
    await exporter.poll();
    const held = exporter.shown('runsFinished');
    await scrapes(exporter, 4);

    expect(held).toEqual({ 'daily success': 0, 'daily failure': 0, 'daily cancellation': 0 });
    expect(exporter.shown('runsFinished')['daily failure']).toBe(1);
    expect(exporter.shown('lastRunEnd')).toEqual({ daily: at(150) });
  });

  it('are shown in the end where nobody reads', async () => {
    using exporter = await startEngine({ config: HOLDING });
    await exporter.poll();
    exporter.script.list = () => [failure('r1', 30)];
    exporter.clock.advance(MINUTE);
    await exporter.poll();

    exporter.clock.advance(15 * MINUTE);
    await exporter.target().target.releaseHolds();

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
  });

  it('are shown at once where nothing is to be held, also those that an earlier process held', async () => {
    using exporter = await startEngine({ config: HOLDING });
    await exporter.poll();
    exporter.script.list = () => [failure('r1', 30)];
    exporter.clock.advance(MINUTE);
    await exporter.poll();

    await exporter.kill({ holdWindow: seconds(0) });

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
  });

  it('carry an exemplar of a run only once that is shown', async () => {
    using exporter = await startEngine({ config: HOLDING });
    await exporter.poll();
    exporter.script.list = () => [failure('r1', 30)];
    exporter.clock.advance(MINUTE);
    await exporter.poll();
    const exemplars = () =>
      exporter
        .engine()
        .source.current()
        .blocks.flatMap(({ families }) => families.get(METRICS.runsFinished) ?? [])
        .flatMap(({ exemplar }) => (exemplar === null ? [] : [exemplar.runId]));

    const held = exemplars();
    await scrapes(exporter, 4);

    expect(held).toEqual([]);
    expect(exemplars()).toEqual(['r1']);
  });
});

describe('a process that starts again', () => {
  it('serves what the ledger knows before it has polled, and is not up until it has', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.list = () => [failure('r1', 30)];
    await exporter.poll();

    await exporter.kill();

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
    expect(exporter.shown('lastRunEnd')).toEqual({ nightly: at(30) });
    expect(exporter.shown('targetUp')).toEqual({ '': 0 });
    expect(exporter.shown('polls')).toMatchObject({ ok: 0 });
  });

  it('counts runs that finished meanwhile as caught up, and those that only its full sync finds as late', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [failure('history', 0)];
    await exporter.poll();
    exporter.clock.advance(5 * HOUR);
    await exporter.poll();
    await exporter.kill();
    exporter.clock.advance(HOUR);
    exporter.script.list = () => [failure('meanwhile', 5.5 * HOUR), failure('late', HOUR)];

    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(2);
    expect(exporter.shown('caughtUpRuns')).toEqual({ '': 1 });
    expect(exporter.shown('lateRuns')).toEqual({ '': 1 });
  });

  it('shows how much history is beyond reach', async () => {
    const slices: Script['slices'] = ({ from, to }) => [from, to].map((end) => ({ from, to: end, part: null }));
    using exporter = await startEngine({ script: { slices, capabilities: someCapabilities({ reach: DAY }) } });
    await exporter.poll();
    await exporter.restart();
    exporter.clock.advance(3 * DAY);

    await exporter.poll();
    await exporter.poll();

    expect(exporter.shown('historyGap')).toEqual({ '': 2 * DAY });
  });

  it('restarts the histograms alone where their buckets were changed', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.list = () => [finishedRun()];
    await exporter.poll();
    exporter.clock.advance(MINUTE);

    await exporter.restart({ durationBuckets: [1, 2] });

    const histograms = [...exporter.state().totals.get('nightly')!.values()].filter(
      ({ metric }) => metric === 'runDuration',
    );
    expect(exporter.shown('runsFinished')['nightly success']).toBe(1);
    expect(histograms).toMatchObject([{ value: { bounds: [1, 2], count: 0 }, createdAt: at(60) }]);
    expect(await exporter.stored()).toEqual(exporter.state());
  });

  it('does not count again after its clock was set back', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.list = () => [failure('r1', 30)];
    await exporter.poll();

    exporter.clock.set(at(-40 * DAY));
    await exporter.poll();
    await exporter.restart();
    await exporter.poll();
    exporter.clock.set(at(HOUR));
    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
  });
});

describe('the configuration', () => {
  it('that includes a job has it begin at 0, with runs that finish from then on', async () => {
    const targets = [aTarget({ jobs: { include: ['*'], exclude: ['nightly'] } })];
    using exporter = await startEngine({ config: { targets } });
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.list = () => [failure('r1', 30)];
    await exporter.poll();
    const excluded = exporter.shown('runsFinished');

    await exporter.restart({ targets: [aTarget()] });
    await exporter.poll();
    const included = exporter.shown('runsFinished')['nightly failure'];
    exporter.clock.advance(MINUTE);
    exporter.script.list = () => [failure('r1', 30), failure('r2', 50)];
    await exporter.poll();

    expect(excluded).toEqual({});
    expect(included).toBe(0);
    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
  });

  it('that maps a state later makes it a correction', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.list = () => [finishedRun({ result: 'unknown', vendorState: 'TIMED_OUT', stateKnown: false })];
    await exporter.poll();

    exporter.script.list = () => [finishedRun({ result: 'timeout', vendorState: 'TIMED_OUT' })];
    await exporter.restart();
    await exporter.poll();

    expect(exporter.shown('runsFinished')).toMatchObject({ 'nightly unknown': 1 });
    expect(exporter.shown('runCorrections')).toEqual({ 'nightly unknown timeout': 1 });
    expect(exporter.shown('lastRunResult')).toMatchObject({ 'nightly timeout': 1, 'nightly success': 0 });
  });

  it('that renames a target keeps its counts', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.list = () => [failure('r1', 30)];
    await exporter.poll();

    await exporter.restart({ targets: [aTarget({ id: 'acme-2', name: 'acme-2', previousNames: ['acme'] })] });
    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
  });
});

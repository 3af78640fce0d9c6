/** A real Prometheus that scrapes the exporter: it sees every run once, and none of them unseen by `increase()`. */
import { describe, expect, it } from 'vitest';
import { range } from '../src/simulator/plans/jobs-of.ts';
import { DRILL_PLAN } from '../src/simulator/plans/drill.ts';
import { seconds, type UnixSeconds } from '../src/model/time.ts';
import type { JobPlan } from '../src/simulator/world.ts';
import { eventually } from './support/eventually.ts';
import { targetsUp } from './support/exposition.ts';
import { findFreePort, type RunningPrometheus, startPrometheus } from './support/start-prometheus.ts';
import { createWorkplace, type RunningServe, startServe } from './support/start-program-serve.ts';
import { type RunningWorld, startWorld } from './support/start-world.ts';
import { countByResult, type Tally } from './support/truth.ts';

const HELD = { counters: { hold_window: '3s' } };
const BY_RESULT = 'by (vendor, result)';
const FINISHED = 'datajobs_runs_finished_total';

/** Fails once, some seconds after the world is let go; before that nobody knows of it. */
const NEWCOMER: JobPlan = {
  vendor: 'tailer',
  name: '000099_newcomer',
  kind: 'workflow',
  workspace: '000099/DEV',
  // Its first run comes up to a tenth of this after its phase.
  every: seconds(120),
  phase: seconds(62),
  queue: range(0, 0),
  duration: range(1, 1),
  results: { failure: 1 },
};

describe('a real Prometheus', () => {
  it('reads both formats without a failed scrape and counts what happened', async () => {
    await using world = await startWorld({ seed: 21 });
    using workplace = createWorkplace(world.config(HELD));
    await using exporter = startServe(workplace);
    const address = await addressOf(exporter);
    const from = world.clock.now();
    await baseline(exporter);
    await using prometheus = await startPrometheus([
      { job: 'text', address, protocol: 'PrometheusText0.0.4' },
      { job: 'openmetrics', address, protocol: 'OpenMetricsText1.0.0' },
    ]);

    const truth = await letRun(world, from, 30);
    for (const job of ['text', 'openmetrics']) {
      await prometheus.queryOnce(`sum ${BY_RESULT} (${FINISHED}{job="${job}"}) > 0`, (samples) =>
        isSame(toTally(samples), truth),
      );
    }

    expect(toNumbers(await prometheus.query('min_over_time(up[10m])'))).toEqual([1, 1]);
    expect(toNumbers(await prometheus.query('min_over_time(scrape_samples_scraped[10m]) > bool 500'))).toEqual([1, 1]);
    const exemplars = await prometheus.exemplars('datajobs_run_duration_seconds_bucket{job="openmetrics"}');
    expect(exemplars.length).toBeGreaterThan(0);
    expect(exemplars.every((labels) => Object.keys(labels).join() === 'run_id')).toBe(true);
    expect(await prometheus.exemplars('datajobs_run_duration_seconds_bucket{job="text"}')).toEqual([]);
  });

  it('sees the first failure of a job that was not there before by increase()', async () => {
    await using world = await startWorld({ seed: 22, plan: [...DRILL_PLAN, NEWCOMER] });
    using workplace = createWorkplace(world.config(HELD));
    await using exporter = startServe(workplace);
    await baseline(exporter);
    await using prometheus = await startPrometheus([{ job: 'exporter', address: await addressOf(exporter) }]);
    const series = `${FINISHED}{job_name="${NEWCOMER.name}",result="failure"}`;

    const known = await prometheus.query(`count(${series})`);
    world.clock.resume();
    const [increase] = await prometheus.queryOnce(`increase(${series}[5m]) > 0`, (samples) => samples.length > 0);

    expect(known).toEqual([]);
    expect(increase?.labels).toMatchObject({ vendor: 'tailer', job_name: NEWCOMER.name });
    expect(toNumbers(await prometheus.query(`max_over_time(${series}[5m]) - min_over_time(${series}[5m])`))).toEqual([
      1,
    ]);
  });

  it('sees what finished while the exporter was down, after a restart under another instance', async () => {
    await using world = await startWorld({ seed: 23 });
    using workplace = createWorkplace(world.config(HELD));
    const from = world.clock.now();
    const ports = [await findFreePort(), await findFreePort()] as const;
    const [before, after] = ports.map((port) => `127.0.0.1:${port}`) as [string, string];
    await using prometheus = await startPrometheus([
      { job: 'before', address: before },
      { job: 'after', address: after },
    ]);
    {
      await using exporter = startServe(workplace, { port: ports[0] });
      await baseline(exporter);
      const truth = await letRun(world, from, 10);
      await prometheus.queryOnce(`sum ${BY_RESULT} (${FINISHED}{job="before"}) > 0`, (samples) =>
        isSame(toTally(samples), truth),
      );
      exporter.kill('SIGTERM');
      expect(await exporter.ended).toEqual({ code: 0, signal: null });
    }
    const downSince = world.clock.now();
    const missed = await letRun(world, downSince, 20);

    await using exporter = startServe(workplace, { port: ports[1] });
    const window = `${FINISHED}{job="after"}[5m]`;
    await prometheus.queryOnce(
      `sum ${BY_RESULT} (max_over_time(${window}) - min_over_time(${window})) > 0`,
      (samples) => isSame(toTally(samples), missed),
    );
    const increased = await prometheus.query(`sum ${BY_RESULT} (increase(${window})) > 0`);

    expect(Object.keys(toTally(increased)).sort()).toEqual(Object.keys(missed).sort());
    const caughtUp = (await exporter.metrics()).sum('datajobs_caught_up_runs_total');
    expect(caughtUp).toBeGreaterThanOrEqual(sum(missed));
  });

  it('sees no increase() for old runs when the configuration is given more to watch', async () => {
    await using world = await startWorld({ seed: 24 });
    const config = world.config(HELD);
    const targets = config['targets'] as readonly Readonly<Record<string, unknown>>[];
    const fewer = targets
      .filter(({ vendor }) => vendor !== 'adverity')
      .map((target) => (target['vendor'] === 'tailer' ? { ...target, configuration_types: ['workflow'] } : target));
    using workplace = createWorkplace({ ...config, targets: fewer });
    await using exporter = startServe(workplace, { flags: ['--web.enable-lifecycle'] });
    await using prometheus = await startPrometheus([{ job: 'exporter', address: await addressOf(exporter) }]);
    await exporter.metricsOnce('four targets up', (page) => targetsUp(page) === 4);
    // The hold of the start is over, so that what comes is shown as soon as a hold of its own allows.
    await prometheus.queryOnce(`count_over_time(datajobs_build_info[5m]) >= 6`, (samples) => samples.length > 0);

    workplace.configure(config);
    const reloaded = await exporter.get('/-/reload', { method: 'POST' });
    const added = `{vendor=~"adverity|tailer",job_kind!="table-to-table",job_kind!="workflow"}`;
    await prometheus.queryOnce(
      `count(count_over_time(datajobs_last_run_end_timestamp_seconds${added}[1m]) >= 8)`,
      (samples) => toNumbers(samples).some((jobs) => jobs >= 3),
    );

    expect(reloaded.status).toBe(200);
    expect(await prometheus.query(`increase(${FINISHED}[10m]) > 0`)).toEqual([]);
    expect(await prometheus.query(`${FINISHED} > 0`)).toEqual([]);
  });
});

/** Waits until every target has been read once. */
async function baseline(exporter: RunningServe): Promise<void> {
  await exporter.metricsOnce('the baseline of all targets', (page) => targetsUp(page) === 5);
}

async function addressOf(exporter: RunningServe): Promise<string> {
  return (await exporter.origin()).replace('http://', '');
}

/** Lets the world's time go on until so many runs have ended, holds it again, and returns how many ended since `from`. */
async function letRun({ world, clock }: RunningWorld, from: UnixSeconds, runs: number): Promise<Tally> {
  clock.resume();
  await eventually(() => (sum(countByResult(world, { from, to: clock.now() })) >= runs ? true : null), {
    what: `${runs} runs have ended`,
  });
  clock.freeze();
  return countByResult(world, { from, to: clock.now() });
}

type Samples = Awaited<ReturnType<RunningPrometheus['query']>>;

function toTally(samples: Samples): Tally {
  return Object.fromEntries(samples.map(({ labels, value }) => [`${labels['vendor']} ${labels['result']}`, value]));
}

function toNumbers(samples: Samples): number[] {
  return samples.map(({ value }) => value);
}

function isSame(one: Tally, other: Tally): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

function sum(tally: Tally): number {
  return Object.values(tally).reduce((total, count) => total + count, 0);
}

/**
 * Counts of Snowplow's and Tailer's simulated runs while their answers are odd in the ways that the vendors'
 * may be: exactly what ended, each once, and nothing of the past. Through the real clients, engine and ledger.
 */
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFiles } from '../src/config/files.ts';
import { parseConfig } from '../src/config/load-config.ts';
import { openSqliteLedger } from '../src/ledger/sqlite/sqlite-ledger.ts';
import { METRICS } from '../src/metrics/catalogue.ts';
import { before, HOUR, MINUTE, seconds } from '../src/model/time.ts';
import { createEngine } from '../src/engine/engine.ts';
import { createWorld } from '../src/simulator/create-world.ts';
import type { FaultInput } from '../src/simulator/fault.ts';
import { jobsOf, range } from '../src/simulator/plans/jobs-of.ts';
import { startSimulators } from '../src/simulator/start-simulators.ts';
import type { JobPlan } from '../src/simulator/world.ts';
import { VENDORS } from '../src/vendors/registry.ts';
import { samplesOf } from './support/start-engine.ts';
import { createFrozenClock } from './support/world.ts';

const HISTORY = seconds(5 * HOUR);

/** Runs that come and go between polls, that are live for several, and that wait for long. */
const PLAN: readonly JobPlan[] = [
  ['snowplow', 'com.acme-prod1', 'data_model'] as const,
  ['tailer', '000099/DEV', 'table-to-table'] as const,
].flatMap(([vendor, workspace, kind]) =>
  jobsOf({ vendor, workspace, kind, queue: range(0, 2), results: { success: 3, failure: 1 } }, [
    { name: 'short', every: seconds(5 * MINUTE), duration: range(5, 20) },
    { name: 'middling', every: seconds(11 * MINUTE), duration: range(10 * MINUTE, 30 * MINUTE) },
    { name: 'waiting', every: seconds(9 * MINUTE), duration: range(9, 99), queue: range(HOUR, 2 * HOUR) },
  ]),
);

/** A vendor's simulator and an exporter that reads it, which has not polled yet. */
async function simulate(vendor: string, plan: readonly JobPlan[] = PLAN) {
  const clock = createFrozenClock();
  const ofVendor = plan.filter((job) => job.vendor === vendor);
  const world = createWorld({ seed: 7, clock, plan: ofVendor, since: before(clock.now(), HISTORY) });
  const simulators = await startSimulators({ world, clock, vendors: [vendor] });
  const ledger = openSqliteLedger(':memory:', clock);
  const targets = Object.entries(simulators.targets).map(([name, target]) => ({ ...target, name }));
  const text = JSON.stringify({ targets, poll_interval: '4m', counters: { hold_window: '0s' } });
  const start = () =>
    createEngine({
      config: parseConfig(text, 'faults.yml', { vendors: VENDORS, env: {}, files: createFiles() }),
      vendors: VENDORS,
      ledger,
      clock,
      logger: pino({ level: 'silent' }),
      build: { version: '0', revision: '', nodeVersion: '' },
      readers: { scrapes: true, pushes: false },
      otlp: () => null,
    });
  let engine = await start();
  onTestFinished(async () => {
    await engine.stop();
    await ledger.close();
    await simulators.close();
  });
  const shown = (metric: keyof typeof METRICS) => samplesOf(engine.source.current(), METRICS[metric]);
  const beganAt = clock.now();
  return {
    shown,
    poll: () => engine.pollOnce(),
    /** Polls every four minutes for so long. */
    async pollFor(length: number): Promise<void> {
      for (let waited = 0; waited < length; waited += 4 * MINUTE) {
        clock.advance(seconds(4 * MINUTE));
        await engine.pollOnce();
      }
    },
    async restart(): Promise<void> {
      await engine.stop();
      engine = await start();
    },
    fault: (fault: FaultInput) => void simulators.faults.add({ ...fault, vendor }),
    removeFaults: () => simulators.faults.remove(),
    counted: () => Object.fromEntries(Object.entries(shown('runsFinished')).filter(([, value]) => value > 0)),
    truth() {
      const sums: Record<string, number> = {};
      for (const { job, result, runs } of world.truth({ from: beganAt, to: clock.now() }).runs) {
        sums[`${job} ${result}`] = (sums[`${job} ${result}`] ?? 0) + runs;
      }
      return sums;
    },
  };
}

const LOOK_UPS = '*/jobs/v1/runs/*';

describe.each([
  ['snowplow', 'an unlisted state', { kind: 'unlisted_state' }],
  ['tailer', 'an unlisted state', { kind: 'unlisted_state' }],
  ['tailer', 'an unlisted state instead of WAITING', { kind: 'unlisted_state', state: 'WAITING', becomes: 'QUEUED' }],
  ['snowplow', 'no duration', { kind: 'missing_fields', fields: ['duration'] }],
  ['tailer', 'neither duration nor last update', { kind: 'missing_fields', fields: ['duration', 'last_update_date'] }],
  ['snowplow', 'a start that is no time', { kind: 'odd_field', field: 'startTime', value: 'this morning' }],
  ['snowplow', 'a duration that is a number', { kind: 'odd_field', field: 'duration', value: 17 }],
  ['tailer', 'a year 1', { kind: 'odd_field', field: 'last_update_date', value: '0001-01-01T00:00:00+00:00' }],
  ['tailer', 'a duration that is an object', { kind: 'odd_field', field: 'duration', value: { seconds: 9 } }],
  ['snowplow', 'the id of another run in look-ups', { kind: 'other_id', path: LOOK_UPS }],
  ['snowplow', 'another spelling of the id in look-ups', { kind: 'other_id', id: 'upper_case', path: LOOK_UPS }],
] as const)('of %s, with %s for an hour', (vendor, _what, fault) => {
  it('every run that ended is counted once, also over a restart', async () => {
    const simulated = await simulate(vendor);
    await simulated.poll();
    simulated.fault(fault as FaultInput);
    await simulated.pollFor(HOUR / 2);
    await simulated.restart();
    await simulated.pollFor(HOUR / 2);

    simulated.removeFaults();
    await simulated.pollFor(HOUR);

    expect(simulated.counted()).toEqual(simulated.truth());
    expect(simulated.shown('runCorrections')).toEqual({});
  });
});

it('of tailer, runs whose job_id comes after the baseline are counted once, also over a restart', async () => {
  const simulated = await simulate('tailer');
  simulated.fault({ kind: 'missing_fields', fields: ['job_id'] });
  await simulated.poll();
  await simulated.pollFor(HOUR / 2);
  simulated.removeFaults();
  await simulated.restart();

  await simulated.pollFor(HOUR);

  expect(simulated.counted()).toEqual(simulated.truth());
});

describe.each(['snowplow', 'tailer'])('of %s', (vendor) => {
  it('nothing of the past is counted where the first answer was empty', async () => {
    const simulated = await simulate(vendor);
    simulated.fault({ kind: 'no_records' });
    await simulated.poll();
    simulated.removeFaults();

    await simulated.pollFor(HOUR);

    const [counted, truth] = [simulated.counted(), simulated.truth()];
    const sum = (tally: Readonly<Record<string, number>>): number =>
      Object.values(tally).reduce((total, value) => total + value, 0);
    // What ended within a third of an hour before may be news or not; five hours of runs are history.
    expect(sum(counted)).toBeGreaterThanOrEqual(sum(truth));
    expect(sum(counted)).toBeLessThanOrEqual(sum(truth) + 12);
    expect(simulated.shown('historyRuns')['']).toBeGreaterThan(70);
  });

  it('the past of a job that is granted later is reported as history; runs that end from then on count', async () => {
    const granted = seconds(HISTORY + HOUR);
    const rare = { every: seconds(2 * HOUR), phase: seconds(10), duration: range(30 * MINUTE, 40 * MINUTE) };
    const plan = [
      ...PLAN,
      ...PLAN.filter(({ name }) => name === 'middling').map((job) => ({
        ...job,
        ...rare,
        name: 'granted',
        grantedAfter: granted,
      })),
    ];
    const simulated = await simulate(vendor, plan);
    await simulated.poll();

    await simulated.pollFor(3 * HOUR);
    await simulated.restart();
    await simulated.pollFor(HOUR / 2);

    expect(Object.keys(simulated.counted())).toContain('granted success');
    expect(simulated.counted()).toEqual(simulated.truth());
    expect(simulated.shown('historyRuns')['']).toBeGreaterThanOrEqual(2);
  });
});

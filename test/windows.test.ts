/**
 * Counts of each poll at the vendors whose lists are asked for by time, through their clients and simulators, over the
 * end of a day. Lists go by the dates that lookbacks reckon with, so no run waits for an extended lookback.
 * @see spec rule 4
 */
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createFiles } from '../src/config/files.ts';
import { parseConfig } from '../src/config/load-config.ts';
import { openSqliteLedger } from '../src/ledger/sqlite/sqlite-ledger.ts';
import { METRICS } from '../src/metrics/catalogue.ts';
import { before, HOUR, MINUTE, seconds, unixSeconds } from '../src/model/time.ts';
import { createEngine } from '../src/engine/engine.ts';
import { createWorld } from '../src/simulator/create-world.ts';
import { jobsOf, range } from '../src/simulator/plans/jobs-of.ts';
import { startSimulators } from '../src/simulator/start-simulators.ts';
import type { JobPlan } from '../src/simulator/world.ts';
import { VENDORS } from '../src/vendors/registry.ts';
import { samplesOf } from './support/start-engine.ts';
import { createFrozenClock } from './support/world.ts';

const EVENING = unixSeconds(Date.UTC(2026, 10, 22, 21, 40) / 1000);

/** Runs that come and go between two polls, that outlive the window of every lookback, and that wait for longer than one. */
function planOf(vendor: string, workspace: string, kind: string): readonly JobPlan[] {
  return jobsOf({ vendor, workspace, kind, queue: range(0, 2), results: { success: 3, failure: 1 } }, [
    { name: `${kind} short`, every: seconds(100), duration: range(5, 20) },
    { name: `${kind} middling`, every: seconds(7 * MINUTE), duration: range(10 * MINUTE, HOUR) },
    { name: `${kind} long`, every: seconds(25 * MINUTE), duration: range(3 * HOUR, 8 * HOUR) },
    { name: `${kind} waiting`, every: seconds(9 * MINUTE), duration: range(9, 99), queue: range(2 * HOUR, 3 * HOUR) },
  ]);
}

it.each([
  ['snowplow', planOf('snowplow', 'com.acme-prod1', 'data_model')],
  ['adverity', planOf('adverity', 'Performance', 'Google Ads')],
  ['tailer', [...planOf('tailer', '000099/DEV', 'workflow'), ...planOf('tailer', '000099/DEV', 'table-to-table')]],
] as const)('every poll of %s has counted all that ended before it', async (vendor, plan) => {
  const clock = createFrozenClock(EVENING);
  const world = createWorld({ seed: 5, clock, plan, since: before(EVENING, seconds(9 * HOUR)) });
  const simulators = await startSimulators({ world, clock, vendors: [vendor] });
  const ledger = openSqliteLedger(':memory:', clock);
  const targets = Object.entries(simulators.targets).map(([name, target]) => ({ ...target, name }));
  const text = JSON.stringify({ targets, poll_interval: '4m', counters: { hold_window: '0s' } });
  const engine = await createEngine({
    config: parseConfig(text, 'windows.yml', { vendors: VENDORS, env: {}, files: createFiles() }),
    vendors: VENDORS,
    ledger,
    clock,
    logger: pino({ level: 'silent' }),
    build: { version: '0', revision: '', nodeVersion: '' },
    readers: { scrapes: true, pushes: false },
    otlp: () => null,
  });
  try {
    await engine.pollOnce();
    const baseline = clock.now();
    for (let minute = 0; minute < 5 * 60; minute += 4) {
      clock.advance(seconds(4 * MINUTE));
      await engine.pollOnce();

      const truth: Record<string, number> = {};
      for (const { job, result, runs } of world.truth({ from: baseline, to: clock.now() }).runs)
        truth[`${job} ${result}`] = (truth[`${job} ${result}`] ?? 0) + runs;
      const shown = samplesOf(engine.source.current(), METRICS.runsFinished);
      const counted = Object.fromEntries(Object.entries(shown).filter(([, value]) => value > 0));
      expect(counted, `after ${minute + 4} minutes`).toEqual(truth);
    }
    expect(samplesOf(engine.source.current(), METRICS.historyTruncated)).toEqual({ '': 0 });
  } finally {
    await engine.stop();
    await ledger.close();
    await simulators.close();
  }
});

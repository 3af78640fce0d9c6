/** A vendor that says how much may be asked: from the headers of its answers to the page and the next poll. */
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { createFiles } from '../src/config/files.ts';
import { parseConfig } from '../src/config/load-config.ts';
import { createPage } from '../src/exposition/page.ts';
import { openSqliteLedger } from '../src/ledger/sqlite/sqlite-ledger.ts';
import { CATALOGUE, METRICS } from '../src/metrics/catalogue.ts';
import { before, HOUR, MINUTE, seconds } from '../src/model/time.ts';
import { createEngine, type Engine } from '../src/engine/engine.ts';
import { createWorld } from '../src/simulator/create-world.ts';
import { DRILL_PLAN } from '../src/simulator/plans/drill.ts';
import { type RunningSimulators, startSimulators } from '../src/simulator/start-simulators.ts';
import { VENDORS } from '../src/vendors/registry.ts';
import { checkMetrics } from './support/check-metrics.ts';
import { eventually } from './support/eventually.ts';
import { createSettableClock, type SettableClock } from './support/manual-clock.ts';
import { samplesOf } from './support/start-engine.ts';

interface Exporter {
  readonly engine: Engine;
  readonly simulators: RunningSimulators;
  readonly clock: SettableClock;
  /** Statuses of the answers so far, in order. */
  readonly answered: readonly number[];
  /** Limit, remaining and reset as they are shown, null where they are not. */
  shown(): readonly (number | null)[];
}

/** An exporter of one simulated Polaris project, whose poll asks for a list and for the rows of many runs. */
async function startExporter(): Promise<Exporter> {
  const clock = createSettableClock();
  const world = createWorld({ seed: 1, plan: DRILL_PLAN, clock, since: before(clock.now(), HOUR) });
  const answered: number[] = [];
  const simulators = await startSimulators({
    world,
    vendors: ['polaris'],
    log: ({ status }) => void answered.push(status),
  });
  const ledger = openSqliteLedger(':memory:', clock);
  const targets = Object.entries(simulators.targets).map(([name, target]) => ({ ...target, name }));
  const text = JSON.stringify({ poll_interval: '1m', targets });
  const engine = await createEngine({
    config: parseConfig(text, 'test.yml', { vendors: VENDORS, env: {}, files: createFiles() }),
    vendors: VENDORS,
    ledger,
    clock,
    logger: pino({ enabled: false }),
    build: { version: '0', revision: '', nodeVersion: '' },
    readers: { scrapes: true, pushes: false },
    otlp: () => null,
  });
  onTestFinished(async () => {
    await engine.stop();
    await ledger.close();
    await simulators.close();
  });
  const shown = (metric: keyof typeof METRICS): number | null =>
    samplesOf(engine.source.current(), METRICS[metric])[''] ?? null;
  return {
    engine,
    simulators,
    clock,
    answered,
    shown: () => [shown('apiRateLimit'), shown('apiRateLimitRemaining'), shown('apiRateLimitReset')],
  };
}

it('shows what is left as long as the vendor says so', async () => {
  const { engine, simulators, clock, shown } = await startExporter();
  await engine.pollOnce();
  const silent = shown();

  simulators.faults.add({ kind: 'rate_limit', limit: 60, remaining: 7, reset: 30 });
  await engine.pollOnce();
  const said = shown();
  simulators.faults.remove();
  clock.advance(MINUTE);
  await engine.pollOnce();

  expect(silent).toEqual([null, null, null]);
  expect(said).toEqual([60, 7, clock.now() - 30]);
  expect(shown()).toEqual([null, null, null]);
});

it('shows it as promtool has it', async () => {
  const { engine, simulators } = await startExporter();
  simulators.faults.add({ kind: 'rate_limit', limit: 60, remaining: 7, reset: 30 });
  await engine.pollOnce();
  const reportDuplicate = (): never => expect.unreachable('two samples with equal labels');
  const page = createPage({ source: engine.source, catalogue: CATALOGUE, extraLines: null, reportDuplicate });

  const { buffers } = await page.read({ format: 'text', gzip: false, created: false });

  const text = Buffer.concat(buffers).toString();
  expect(text).toContain('datajobs_api_rate_limit_remaining{vendor="polaris",target="acme-polaris"} 7\n');
  expect(await checkMetrics(text)).toEqual({ code: 0, output: '' });
});

it('asks nothing while nothing is left, and polls again once the window is over', async () => {
  const { engine, simulators, clock, answered, shown } = await startExporter();
  const { target, poller } = [...engine.targets.values()][0]!;
  simulators.faults.add({ kind: 'rate_limit', limit: 60, remaining: 0, reset: 20 * MINUTE, count: 1 });
  const polled = (outcome: string, times: number): Promise<true> =>
    eventually(() => (target.activity.current().polls.get(outcome) === times ? true : null), {
      what: `${times} polls that came to ${outcome}`,
      everyMilliseconds: 5,
    });

  poller.start();
  await polled('rate_limited', 1);
  const [wait] = clock.slept;
  const whileClosed = [...answered];
  clock.advance(wait!);
  await polled('ok', 1);

  expect(whileClosed).toEqual([200]);
  expect(wait).toBe(20 * MINUTE);
  expect(answered.length).toBeGreaterThan(2);
  expect(new Set(answered)).toEqual(new Set([200]));
  expect(shown()).toEqual([null, null, null]);
});

it('waits for the next window in the middle of a poll that has the time for it', async () => {
  const { engine, simulators, clock, answered } = await startExporter();
  simulators.faults.add({ kind: 'rate_limit', limit: 60, remaining: 0, reset: 20, count: 1 });

  const poll = engine.pollOnce();
  await eventually(() => (clock.slept.length === 1 ? true : null), { what: 'the wait', everyMilliseconds: 5 });
  const whileClosed = [...answered];
  clock.advance(seconds(20));
  await poll;

  expect(clock.slept).toEqual([20]);
  expect(whileClosed).toEqual([200]);
  expect(answered.length).toBeGreaterThan(2);
  expect(samplesOf(engine.source.current(), METRICS.targetUp)).toEqual({ '': 1 });
});

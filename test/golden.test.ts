/** The page of each vendor as text: through the real client, simulator, engine and page, at times of a script. */
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createFiles } from '../src/config/files.ts';
import { parseConfig } from '../src/config/load-config.ts';
import type { Format } from '../src/exposition/format.ts';
import { createPage } from '../src/exposition/page.ts';
import { openSqliteLedger } from '../src/ledger/sqlite/sqlite-ledger.ts';
import { CATALOGUE } from '../src/metrics/catalogue.ts';
import { before, HOUR, MINUTE, seconds } from '../src/model/time.ts';
import { createEngine } from '../src/engine/engine.ts';
import { createWorld } from '../src/simulator/create-world.ts';
import { jobsOf, range } from '../src/simulator/plans/jobs-of.ts';
import { startSimulators } from '../src/simulator/start-simulators.ts';
import type { JobPlan } from '../src/simulator/world.ts';
import { VENDORS } from '../src/vendors/registry.ts';
import { checkMetrics } from './support/check-metrics.ts';
import { readExposition } from './support/exposition.ts';
import { createFrozenClock } from './support/world.ts';

const QUEUE = range(5, 20);
const OFTEN = { every: seconds(10 * MINUTE), duration: range(90, 240), evenly: true } as const;
/** One run, live all the time. */
const LONG = { every: seconds(6 * HOUR), phase: seconds(10), duration: range(5 * HOUR, 5 * HOUR) };

/** For each vendor a job that ends in every way it can, and one that runs all the time. */
const PLAN: readonly JobPlan[] = [
  ...jobsOf({ queue: QUEUE, vendor: 'snowplow', workspace: 'com.acme-prod1', kind: 'data_model' }, [
    { ...OFTEN, name: 'sessions', results: { success: 2, failure: 1, skip: 1 }, steps: ['git-clone', 'run-dbt'] },
    { ...LONG, name: 'attribution', results: { success: 1 }, steps: ['run-dbt'] },
  ]),
  ...jobsOf({ queue: QUEUE, vendor: 'adverity', workspace: 'Performance', kind: 'Google Ads' }, [
    { ...OFTEN, name: 'Brand "search"', results: { success: 2, failure: 1, cancellation: 1, skip: 1, error: 1 } },
    { ...LONG, name: 'Display\\Video', results: { success: 1 } },
  ]),
  ...jobsOf({ queue: QUEUE, vendor: 'matatika', workspace: 'Analytics', kind: 'PIPELINE_RUN' }, [
    { ...OFTEN, name: 'orders', results: { success: 2, failure: 2, cancellation: 1 } },
    { ...LONG, name: 'backfill', results: { success: 1 } },
  ]),
  ...jobsOf({ queue: QUEUE, vendor: 'polaris', workspace: 'realtime' }, [
    {
      ...OFTEN,
      name: 'orders',
      kind: 'batch',
      rowsPerSecond: 20,
      results: { success: 2, failure: 1, cancellation: 1 },
    },
    {
      ...LONG,
      name: 'clicks',
      kind: 'streaming',
      streaming: true,
      rowsPerSecond: 20,
      unhealthyPercent: 100,
      results: { cancellation: 1 },
    },
  ]),
  ...jobsOf({ queue: QUEUE, vendor: 'tailer', workspace: '000099/DEV' }, [
    {
      ...OFTEN,
      name: '000099_receipts',
      kind: 'storage-to-storage',
      results: { success: 2, failure: 2, skip: 1 },
      revisedPercent: 100,
      revisedAfter: range(60, 120),
    },
    { ...LONG, name: '000099_sales_DEV', kind: 'table-to-table', results: { success: 1 } },
  ]),
];

describe.each(VENDORS.map(({ id }) => id))('the page of %s', (vendor) => {
  it('is as reviewed, and clean for promtool', async () => {
    const page = await pageAfterScript(vendor, 'text');

    await expect(page).toMatchFileSnapshot(`golden/${vendor}.prom`);
    expect(await checkMetrics(page)).toEqual({ code: 0, output: '' });
  });
});

it('is as reviewed in OpenMetrics, with exemplars and times of creation', async () => {
  const page = await pageAfterScript('snowplow', 'openmetrics');

  await expect(page).toMatchFileSnapshot('golden/snowplow.openmetrics');
  expect(readExposition(page, 'openmetrics').samples.some(({ exemplar }) => exemplar !== null)).toBe(true);
});

/** Two hours of history, the baseline, and two more polls. */
async function pageAfterScript(vendor: string, format: Format): Promise<string> {
  const clock = createFrozenClock();
  const world = createWorld({ seed: 3, clock, plan: PLAN, since: before(clock.now(), seconds(2 * HOUR)) });
  const simulators = await startSimulators({ world, clock, vendors: [vendor] });
  const ledger = openSqliteLedger(':memory:', clock);
  try {
    const text = JSON.stringify({
      targets: Object.entries(simulators.targets).map(([name, target]) => ({
        ...target,
        name,
        labels: { team: 'data' },
        expect: [
          { job: '*s*', every: '1h', grace: '10m' },
          { job: 'nightly-*', every: '24h' },
        ],
      })),
      poll_interval: '20m',
      duration_buckets: ['1m', '2m', '5m', '1h'],
      counters: { hold_window: '0s' },
    });
    const engine = await createEngine({
      config: parseConfig(text, 'golden.yml', { vendors: VENDORS, env: {}, files: createFiles() }),
      vendors: VENDORS,
      ledger,
      clock,
      logger: pino({ enabled: false }),
      build: { version: '0.0.0', revision: 'golden', nodeVersion: '24.0.0' },
      readers: { scrapes: true, pushes: false },
      otlp: () => null,
    });
    for (const wait of [0, 20 * MINUTE, 20 * MINUTE]) {
      clock.advance(seconds(wait));
      await engine.pollOnce();
    }
    const reportDuplicate = (): never => expect.unreachable('two samples with equal labels');
    const page = createPage({ source: engine.source, catalogue: CATALOGUE, extraLines: null, reportDuplicate });
    const { buffers } = await page.read({ format, gzip: false, created: true });
    return steady(Buffer.concat(buffers).toString());
  } finally {
    await ledger.close();
    await simulators.close();
  }
}

/** Ports, and how long requests really took, differ from one time to another. */
function steady(page: string): string {
  const requests = 'datajobs_api_request_duration_seconds';
  return page
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'https://vendor.example')
    .replaceAll(new RegExp(`^(${requests}_bucket\\{.*le="[\\d.]+"\\}) \\d+$`, 'gm'), '$1 0')
    .replaceAll(new RegExp(`^(${requests}_sum\\{.*\\}) \\S+$`, 'gm'), '$1 0');
}

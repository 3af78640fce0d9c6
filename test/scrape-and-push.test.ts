/** Numbers that come into one Prometheus by two ways, scraped and pushed: shown and judged as if by one. */
import { expect, it } from 'vitest';
import { dashboardQueries } from './support/dashboard-queries.ts';
import { eventually } from './support/eventually.ts';
import { targetsUp } from './support/exposition.ts';
import { ruleHealth } from './support/rule-health.ts';
import { startAlerting } from './support/start-alerting.ts';
import { createWorkplace, startServe } from './support/start-program-serve.ts';
import { findFreePort } from './support/start-prometheus.ts';
import { startWorld } from './support/start-world.ts';

const WAYS = 'count by (job) (datajobs_runs_finished_total)';
const ONCE = 'sum(datajobs:runs_finished_total:max) == sum(datajobs_runs_finished_total{job="datajobs"}) > 0';
const TWICE = 'sum(datajobs_runs_finished_total) == 2 * sum(datajobs:runs_finished_total:max)';

it('counts nothing twice, and no query or rule fails of finding each series twice', async () => {
  await using world = await startWorld({ seed: 31 });
  const port = await findFreePort();
  await using alerting = await startAlerting(`127.0.0.1:${port}`);
  using workplace = createWorkplace(
    world.config({
      counters: { hold_window: '3s' },
      otlp: { enabled: true, endpoint: alerting.pushTo, interval: '2s', timeout: '1s' },
    }),
  );
  await using exporter = startServe(workplace, { port });
  await exporter.metricsOnce('the baseline', (page) => targetsUp(page) === 5);

  world.clock.resume();
  await exporter.metricsOnce('counted runs', (page) => page.sum('datajobs_runs_finished_total') > 10);
  world.clock.freeze();
  for (const query of [ONCE, TWICE]) {
    await eventually(async () => ((await alerting.query(query)).length === 1 ? true : null), { what: query });
  }

  expect(await alerting.query(WAYS)).toHaveLength(2);
  // A query that fails throws.
  for (const { query } of dashboardQueries()) await alerting.query(query);
  expect(await ruleHealth(alerting.prometheus)).toEqual({ ok: expect.any(Array) });
});

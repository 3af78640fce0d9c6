/** Every query of every panel and rule, asked of a real Prometheus that both scrapes an exporter and is pushed to. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { dashboards } from '../dashboards/src/dashboards.ts';
import { targetsUp } from './support/exposition.ts';
import { eventually } from './support/eventually.ts';
import { withoutVariables } from './support/promql.ts';
import { startAlerting } from './support/start-alerting.ts';
import type { RunningAlerting } from './support/start-alerting.ts';
import { findFreePort } from './support/start-prometheus.ts';
import { createWorkplace, startServe } from './support/start-program-serve.ts';
import { startWorld } from './support/start-world.ts';

const Queries = z.object({
  panels: z.array(
    z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string(), refId: z.string() })).default([]) }),
  ),
  annotations: z.object({ list: z.array(z.object({ name: z.string(), expr: z.string() })) }),
});
const RuleHealth = z.object({
  data: z.object({ groups: z.array(z.object({ rules: z.array(z.object({ name: z.string(), health: z.string() })) })) }),
});

interface Asked {
  readonly where: string;
  readonly query: string;
}

function everyQuery(): readonly Asked[] {
  return [...dashboards()].flatMap(([name, dashboard]) => {
    const { panels, annotations } = Queries.parse(dashboard);
    return [
      ...panels.flatMap(({ title, targets }) =>
        targets.map(({ expr, refId }) => ({
          where: `${name}: ${title} (${refId})`,
          query: withoutVariables(expr, '1m'),
        })),
      ),
      ...annotations.list.map(({ name: title, expr }) => ({
        where: `${name}: ${title}`,
        query: withoutVariables(expr, '1m'),
      })),
    ];
  });
}

async function withoutData(alerting: RunningAlerting, queries: readonly Asked[]): Promise<readonly string[]> {
  const empty: string[] = [];
  for (const { where, query } of queries) {
    if ((await alerting.query(query)).length === 0) empty.push(where);
  }
  return empty;
}

async function ruleHealth({ prometheus }: RunningAlerting): Promise<readonly (readonly [string, string])[]> {
  const answer: unknown = await (await fetch(`${prometheus}/api/v1/rules`)).json();
  return RuleHealth.parse(answer).data.groups.flatMap(({ rules }) =>
    rules.map(({ name, health }) => [name, health] as const),
  );
}

it('has data in every panel, no failing rule, and counts nothing twice where numbers come in by two ways', async () => {
  await using world = await startWorld({ seed: 31 });
  const port = await findFreePort();
  await using alerting = await startAlerting(`127.0.0.1:${port}`);
  const targets = Object.entries(world.simulators.targets).map(([name, target]) => ({
    ...target,
    name,
    // So short that somebody is always late.
    expect: [{ job: '*', every: '5s' }],
  }));
  using workplace = createWorkplace(
    world.config({
      targets,
      counters: { hold_window: '3s' },
      otlp: { enabled: true, endpoint: alerting.pushTo, interval: '2s', timeout: '1s' },
    }),
  );
  await using exporter = startServe(workplace, { port });
  await exporter.metricsOnce('the baseline', (page) => targetsUp(page) === 5);

  world.clock.resume();
  let empty = everyQuery();
  let last: readonly string[] = [];
  await eventually(
    async () => {
      last = await withoutData(alerting, empty);
      empty = empty.filter(({ where }) => last.includes(where));
      return empty.length === 0 ? true : null;
    },
    { what: 'every panel has data', withinSeconds: 120, everyMilliseconds: 3000 },
  ).catch(() => null);

  expect(last).toEqual([]);
  expect((await ruleHealth(alerting)).filter(([, health]) => health !== 'ok')).toEqual([]);

  world.clock.freeze();
  const ways = 'count by (job) (datajobs_runs_finished_total)';
  const once = 'sum(datajobs:runs_finished_total:max) == sum(datajobs_runs_finished_total{job="datajobs"}) > 0';
  const twice = 'sum(datajobs_runs_finished_total) == 2 * sum(datajobs:runs_finished_total:max)';
  await eventually(async () => ((await alerting.query(once)).length === 1 ? true : null), { what: once });
  await eventually(async () => ((await alerting.query(twice)).length === 1 ? true : null), { what: twice });
  expect(await alerting.query(ways)).toHaveLength(2);
}, 300_000);

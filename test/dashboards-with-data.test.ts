/** Every query of every panel, annotation and rule, asked of a real Prometheus that scrapes the demo as a user has it. */
import { expect, it } from 'vitest';
import { loadRuleGroups } from '../dashboards/src/rules.ts';
import { type Asked, dashboardQueries } from './support/dashboard-queries.ts';
import { eventually } from './support/eventually.ts';
import { ruleHealth } from './support/rule-health.ts';
import { startDemo } from './support/start-demo.ts';
import { type RunningPrometheus, startPrometheus } from './support/start-prometheus.ts';

/** Recorded only where something is wrong: without data, all is well. */
const CONDITIONS = 'datajobs-conditions';
/** Of what the demo's vendors never do: send records or fields of a wrong shape, and states that they do not document. */
const NEVER_IN_THE_DEMO =
  /^datajobs:(?:rejected_records|unreadable_fields|unknown_states)_total:max$|^exporter: Not understood /;

async function recordingRules(): Promise<readonly Asked[]> {
  return (await loadRuleGroups())
    .filter(({ name }) => name !== CONDITIONS)
    .flatMap(({ rules }) =>
      rules.flatMap((rule) => ('record' in rule ? { where: rule.record, query: rule.expr } : [])),
    );
}

async function withoutData(prometheus: RunningPrometheus, queries: readonly Asked[]): Promise<readonly Asked[]> {
  const empty: Asked[] = [];
  for (const asked of queries) if ((await prometheus.query(asked.query)).length === 0) empty.push(asked);
  return empty;
}

it('has data in every panel and recording rule within minutes of the demo, and no rule that fails', async () => {
  await using demo = startDemo(['--speed', '60']);
  const { host } = new URL((await demo.addresses()).metrics.replace('localhost', '127.0.0.1'));
  await using prometheus = await startPrometheus([{ job: 'datajobs', address: host }], { withRules: true });

  let empty = [...dashboardQueries(), ...(await recordingRules())].filter(
    ({ where }) => !NEVER_IN_THE_DEMO.test(where),
  );
  expect(empty.length).toBeGreaterThan(200);
  await eventually(
    async () => {
      empty = [...(await withoutData(prometheus, empty))];
      return empty.length === 0 ? true : null;
    },
    { what: 'data everywhere', everyMilliseconds: 1000 },
  ).catch((error: unknown) => {
    throw new Error(`no data in ${empty.map(({ where }) => where).join(', ')}`, { cause: error });
  });

  expect(await ruleHealth(prometheus.origin)).toEqual({ ok: expect.any(Array) });
  demo.kill('SIGTERM');
  expect(await demo.ended).toEqual({ code: 0, signal: null });
});

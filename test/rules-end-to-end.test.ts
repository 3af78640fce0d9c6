/** From a failing and a stuck job at a vendor to what the people on call are told, on the real programs. */
import { expect, it } from 'vitest';
import { seconds } from '../src/model/time.ts';
import { range } from '../src/simulator/plans/jobs-of.ts';
import type { JobPlan } from '../src/simulator/world.ts';
import { eventually } from './support/eventually.ts';
import { targetsUp } from './support/exposition.ts';
import { startAlerting } from './support/start-alerting.ts';
import { createWorkplace, startServe } from './support/start-program-serve.ts';
import { startWorld } from './support/start-world.ts';

const matatika = { vendor: 'matatika', kind: 'PIPELINE_RUN', workspace: 'analytics', queue: range(0, 0) };

/** Times are counted from the world's beginning, which is a minute before it is let go. */
const PLAN: readonly JobPlan[] = [
  {
    ...matatika,
    name: 'well',
    every: seconds(5),
    phase: seconds(1),
    duration: range(1, 1),
    results: { success: 1 },
  },
  {
    ...matatika,
    name: 'fails once',
    every: seconds(40),
    // Its first run succeeds before the world is let go, the second fails five seconds after that, the third succeeds.
    phase: seconds(25),
    duration: range(1, 1),
    results: { failure: 1, success: 1 },
    evenly: true,
  },
  {
    ...matatika,
    name: 'takes too long',
    every: seconds(3600),
    phase: seconds(62),
    duration: range(40, 40),
    results: { success: 1 },
  },
];

/** As docs/alerts.md shows it. */
const LIMITS = {
  groups: [
    {
      name: 'my-datajobs-limits',
      rules: [
        {
          record: 'datajobs:limit:override',
          labels: { limit: 'run_seconds' },
          expr: 'datajobs:job:known{job_name="takes too long"} * 10',
        },
      ],
    },
  ],
};

it('tells of a failed and of a stuck run, then that both are over, and of nothing else', async () => {
  await using world = await startWorld({ plan: PLAN, seed: 1 });
  const targets = [{ name: 'acme-matatika', ...world.simulators.targets['acme-matatika'] }];
  using workplace = createWorkplace(world.config({ targets, counters: { hold_window: '3s' } }));
  await using exporter = startServe(workplace);
  await exporter.metricsOnce('the baseline', (page) => targetsUp(page) === 1);
  await using alerting = await startAlerting(new URL(await exporter.origin()).host, LIMITS);

  world.clock.resume();
  await eventually(() => (alerting.told().filter(({ status }) => status === 'resolved').length >= 2 ? true : null), {
    what: 'both alerts are over',
    withinSeconds: 240,
    everyMilliseconds: 500,
  });

  const told = alerting.told().map(({ alert, job, status, receiver }) => [alert, job, status, receiver].join(', '));
  expect(told.sort()).toEqual([
    'DataJobsRunFailed, fails once, firing, data-platform',
    'DataJobsRunFailed, fails once, resolved, data-platform',
    'DataJobsRunStuck, takes too long, firing, data-platform',
    'DataJobsRunStuck, takes too long, resolved, data-platform',
  ]);
}, 300_000);

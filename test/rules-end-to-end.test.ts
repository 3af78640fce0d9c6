/** From a failing and a stuck job at a vendor to the notifications of the people on call, on the real programs. */
import { expect, it } from 'vitest';
import { eventually } from './support/eventually.ts';
import { targetsUp } from './support/exposition.ts';
import { startAlerting } from './support/start-alerting.ts';
import { createWorkplace, startServe } from './support/start-program-serve.ts';
import { startSimulate } from './support/start-simulate.ts';

const matatika = { vendor: 'matatika', kind: 'PIPELINE_RUN', workspace: 'analytics' };

/** Its world begins half a minute before the simulators start, and is let go when it is a minute old. */
const PLAN = {
  history: '30s',
  jobs: [
    { ...matatika, name: 'well', every: '5s', phase: '1s', duration: ['1s', '1s'] },
    {
      ...matatika,
      name: 'fails once',
      every: '40s',
      // Its first run succeeds before the world is let go, the second fails five seconds after that, the third succeeds.
      phase: '25s',
      duration: ['1s', '1s'],
      results: { failure: 1, success: 1 },
      evenly: true,
    },
    { ...matatika, name: 'takes too long', every: '5m', phase: '62s', duration: ['40s', '40s'] },
  ],
};

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

it('notifies of a failed and of a stuck run, then that both are over, and of nothing else', async () => {
  using workplace = createWorkplace();
  await using simulate = startSimulate(workplace, PLAN, ['--seed', '1']);
  await simulate.holdAt(60);
  const { targets } = await simulate.config();
  workplace.configure({ poll_interval: '1s', counters: { hold_window: '3s' }, targets });
  await using exporter = startServe(workplace);
  await exporter.metricsOnce('the baseline', (page) => targetsUp(page) === 1);
  await using alerting = await startAlerting(new URL(await exporter.origin()).host, LIMITS);

  await simulate.resume();
  await eventually(
    () => (alerting.notified().filter(({ status }) => status === 'resolved').length >= 2 ? true : null),
    {
      what: 'both alerts are over',
      everyMilliseconds: 500,
    },
  );

  const notified = alerting
    .notified()
    .map(({ alert, job, status, receiver }) => [alert, job, status, receiver].join(', '));
  expect(notified.sort()).toEqual([
    'DataJobsRunFailed, fails once, firing, data-platform',
    'DataJobsRunFailed, fails once, resolved, data-platform',
    'DataJobsRunStuck, takes too long, firing, data-platform',
    'DataJobsRunStuck, takes too long, resolved, data-platform',
  ]);
});

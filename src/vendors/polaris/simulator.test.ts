import { expect, it, onTestFinished } from 'vitest';
import { createManualClock } from '../../../test/support/http/http-options.ts';
import { startSimulator } from '../../../test/support/start-simulator.ts';
import { before, DAY, type Seconds, seconds } from '../../model/time.ts';
import { createWorld } from '../../simulator/create-world.ts';
import type { JobPlan } from '../../simulator/world.ts';
import { createSimulator } from './simulator.ts';

const BATCH: JobPlan = {
  vendor: 'polaris',
  name: 'orders',
  kind: 'batch',
  workspace: 'realtime',
  every: seconds(1800),
  queue: [seconds(5), seconds(30)],
  duration: [seconds(60), seconds(300)],
  results: { success: 3, failure: 1 },
  rowsPerSecond: 10,
};
const STREAM: JobPlan = { ...BATCH, name: 'clicks', kind: 'streaming', streaming: true, every: seconds(400 * DAY) };

interface WireJob {
  readonly id: string;
  readonly type: string;
  readonly executionStatus: string;
  readonly health: { readonly status: string };
  readonly completedTimestamp?: string;
}

/** A project of a stream and a batch job every half hour. */
async function start({ history = DAY }: { history?: Seconds } = {}) {
  const clock = createManualClock();
  const since = before(clock.now(), history);
  const world = createWorld({ seed: 'polaris', clock, since, plan: [BATCH, STREAM] });
  const simulator = await startSimulator(createSimulator, world);
  onTestFinished(() => simulator[Symbol.asyncDispose]());
  const jobs = `${simulator.origin}/v1/projects/${world.jobs('polaris')[0]!.workspaceId}/jobs`;
  const get = async (path: string, authorization = 'Basic pok_simulated-api-key') => {
    const response = await fetch(jobs + path, { headers: { authorization } });
    return { status: response.status, body: await response.json() };
  };
  const list = async (query = '') => ((await get(query)).body as { values: readonly WireJob[] }).values;
  return { clock, world, get, list };
}

it('lets in an API key as it is and in base64, and nothing else', async () => {
  const { get } = await start();
  const base64 = Buffer.from('pok_simulated-api-key:').toString('base64');

  const answers = await Promise.all(
    ['Basic pok_simulated-api-key', `Basic ${base64}`, 'Bearer pok_simulated-api-key', 'Basic pok_other'].map((proof) =>
      get('', proof),
    ),
  );

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 401]);
  expect(answers[3]!.body).toEqual({ message: 'Unauthorized' });
});

it('filters by type and health, the values of one filter being alternatives', async () => {
  const { list } = await start();
  const all = await list();

  const sickBatches = await list('?type=batch&healthStatus=error');
  const anyHealth = await list('?healthStatus=ok&healthStatus=error');

  const expected = all.filter(({ type, health }) => type === 'batch' && health.status === 'error');
  expect(expected.length).toBeGreaterThan(0);
  expect(expected.length).toBeLessThan(all.length);
  expect(sickBatches).toEqual(expected);
  expect(anyHealth).toEqual(all);
});

it('gives a job, its status and its rows by its id', async () => {
  const { world, get, list } = await start();
  const [job] = await list('?type=batch');

  const detail = await get(`/${job!.id}`);
  const status = await get(`/${job!.id}/status`);
  const metrics = await get(`/${job!.id}/metrics`);
  const missing = await get('/nothing/metrics');

  expect(detail.body).toEqual(job);
  expect(status.body).toEqual({ executionStatus: job!.executionStatus });
  expect(metrics.body).toMatchObject({ totals: { numRowsProcessed: world.run('polaris', job!.id)!.rows!.processed } });
  expect(missing).toEqual({ status: 404, body: { message: 'Job not found' } });
});

it('writes times with seven digits and no zone', async () => {
  const { list } = await start();

  const [job] = await list('?type=batch');

  expect(job!.completedTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$/);
});

it('deletes completed batch jobs after 90 days once there are over 5,000 finished ones', async () => {
  const { clock, list } = await start({ history: seconds(120 * DAY) });

  const jobs = await list();

  const limit = new Date(before(clock.now(), seconds(90 * DAY)) * 1000).toISOString();
  const old = jobs.filter(({ type, completedTimestamp = limit }) => type === 'batch' && completedTimestamp < limit);
  expect(jobs.length).toBeGreaterThan(4000);
  expect(new Set(old.map(({ executionStatus }) => executionStatus))).toEqual(new Set(['failed']));
  expect(jobs.filter(({ type }) => type === 'streaming')).toHaveLength(1);
});

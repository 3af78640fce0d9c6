import { expect, it, onTestFinished } from 'vitest';
import { createManualClock } from '../../../test/support/http/http-options.ts';
import { startSimulator } from '../../../test/support/start-simulator.ts';
import { before, DAY, type Seconds, seconds } from '../../model/time.ts';
import { createWorld } from '../create-world.ts';
import type { JobPlan } from '../world.ts';
import { createSimulator } from './polaris.ts';

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
  readonly health: { readonly status: string; readonly code?: string } | null;
  readonly createdTimestamp: string;
  readonly lastUpdatedTimestamp: string;
  readonly completedTimestamp?: string;
}

interface WirePage {
  readonly values: readonly WireJob[];
  readonly moreResultsAvailable: boolean;
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
  const page = async (query: string) => (await get(query)).body as WirePage;
  /** All that a filter lets through. */
  const list = async (filter = '') => {
    const values: WireJob[] = [];
    for (let isMore = true; isMore;) {
      const next = await page(`?paginationLimit=1000&paginationOffset=${values.length}&${filter}`);
      values.push(...next.values);
      isMore = next.moreResultsAvailable;
    }
    return values;
  };
  return { clock, world, get, page, list };
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
  expect(answers[3]!.body).toEqual({ code: 'unauthorized', message: 'Unauthorized' });
});

it('gives a hundred at once unless asked for more, and says whether more follows', async () => {
  const { page } = await start({ history: seconds(7 * DAY) });

  const first = await page('');
  const rest = await page('?paginationLimit=1000&paginationOffset=100');

  expect(first).toMatchObject({ values: { length: 100 }, moreResultsAvailable: true });
  expect(rest.values.length).toBeGreaterThan(100);
  expect(rest.moreResultsAvailable).toBe(false);
  expect(new Set([...first.values, ...rest.values].map(({ id }) => id)).size).toBe(100 + rest.values.length);
});

it.each([
  'paginationLimit=0',
  'paginationLimit=1001',
  'paginationOffset=-1',
  'sortOrder=desc',
  'sortColumn=ended',
  'executionStatus=done',
])('refuses %s', async (query) => {
  const { get } = await start();

  const { status, body } = await get(`?${query}`);

  expect({ status, body }).toEqual({
    status: 400,
    body: { code: 'bad_request', message: `${query.split('=')[0]} is not valid` },
  });
});

it('sorts by creation as asked, and else by the last change that a person made', async () => {
  const { page, list } = await start();

  const oldestFirst = await list('sortColumn=created_date_time&sortOrder=ASC');
  const unasked = await page('?paginationLimit=1000');

  const created = oldestFirst.map(({ createdTimestamp }) => createdTimestamp);
  const updated = unasked.values.map(({ lastUpdatedTimestamp }) => lastUpdatedTimestamp);
  expect(created).toEqual(created.toSorted());
  expect(updated).toEqual(updated.toSorted().toReversed());
});

it('filters by status, type and health, the values of one filter being alternatives', async () => {
  const { list } = await start();
  const all = await list();

  const sickBatches = await list('type=batch&healthStatus=error');
  const anyHealth = await list('healthStatus=ok&healthStatus=warn&healthStatus=error');
  const ended = await list('executionStatus=completed&executionStatus=failed');

  const expected = all.filter(({ type, health }) => type === 'batch' && health?.status === 'error');
  expect(expected.length).toBeGreaterThan(0);
  expect(expected.length).toBeLessThan(all.length);
  expect(sickBatches).toEqual(expected);
  expect(anyHealth).toEqual(all.filter(({ health }) => health !== null));
  expect(ended).toEqual(all.filter(({ type }) => type === 'batch'));
});

it('tells the end of completed jobs alone, and some failures as completed with an error', async () => {
  const { list } = await start();

  const ended = await list('executionStatus=completed&executionStatus=failed');

  const kinds = new Set(
    ended.map(
      ({ executionStatus, health, completedTimestamp }) =>
        `${executionStatus} ${health?.status} ${health?.code} ${completedTimestamp !== undefined}`,
    ),
  );
  expect([...kinds].toSorted()).toEqual([
    'completed error no_rows_ingested true',
    'completed ok undefined true',
    'completed warn invalid_rows_found true',
    'failed error cannot_parse_source false',
  ]);
});

it('gives a job, its status and its rows by its id', async () => {
  const { world, get, list } = await start();
  const [job] = await list('type=batch');

  const detail = await get(`/${job!.id}`);
  const status = await get(`/${job!.id}/status`);
  const metrics = await get(`/${job!.id}/metrics`);
  const missing = await get('/nothing/metrics');

  expect(detail.body).toEqual(job);
  expect(status.body).toEqual({ executionStatus: job!.executionStatus });
  expect(metrics.body).toMatchObject({ totals: { numRowsProcessed: world.run('polaris', job!.id)!.rows!.processed } });
  expect(missing).toEqual({ status: 404, body: { code: 'not_found', message: 'Job not found' } });
});

it('writes times with seven digits and no zone', async () => {
  const { list } = await start();

  const [job] = await list('executionStatus=completed');

  expect(job!.completedTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$/);
});

it('deletes completed batch jobs after 90 days once there are over 5,000 finished ones', async () => {
  const { clock, list } = await start({ history: seconds(120 * DAY) });

  const jobs = await list();

  const limit = new Date(before(clock.now(), seconds(90 * DAY)) * 1000).toISOString();
  const isOld = ({ type, createdTimestamp, completedTimestamp = createdTimestamp }: WireJob): boolean =>
    type === 'batch' && completedTimestamp < limit;
  const old = jobs.filter(isOld);
  expect(jobs.length).toBeGreaterThan(4000);
  expect(new Set(old.map(({ executionStatus }) => executionStatus))).toEqual(new Set(['failed']));
  expect(jobs.filter(({ type }) => type === 'streaming')).toHaveLength(1);
});

import { expect, it, onTestFinished } from 'vitest';
import { connectVendor } from '../../../test/support/connect-vendor.ts';
import { createManualClock, forever, START } from '../../../test/support/http/http-options.ts';
import { json, startServer, status } from '../../../test/support/http/start-server.ts';
import { startSimulator } from '../../../test/support/start-simulator.ts';
import { Secret } from '../../config/secret.ts';
import { isFinished, type Job, type Run } from '../../model/run.ts';
import { before, DAY, HOUR, seconds } from '../../model/time.ts';
import { createWorld } from '../../simulator/create-world.ts';
import type { JobPlan, World, WorldRun } from '../../simulator/world.ts';
import type { SliceResult, VendorClient } from '../vendor.ts';
import { matatika } from './index.ts';
import { createSimulator, type PagingFault } from '../../simulator/vendors/matatika.ts';

function plan(name: string, overrides: Partial<JobPlan> = {}): JobPlan {
  return {
    vendor: 'matatika',
    name,
    kind: 'PIPELINE_RUN',
    workspace: 'Analytics',
    every: seconds(600),
    queue: [seconds(5), seconds(30)],
    duration: [seconds(60), seconds(300)],
    results: { success: 6, failure: 3, cancellation: 1 },
    ...overrides,
  };
}

/** Two days with some 700 runs, in two workspaces. */
async function start({ paging }: { paging?: PagingFault } = {}) {
  const clock = createManualClock();
  const world = createWorld({
    seed: 'matatika',
    clock,
    since: before(clock.now(), seconds(2 * DAY)),
    plan: [
      plan('Orders'),
      plan('Orders', { kind: 'PIPELINE_VERIFY', every: HOUR }),
      plan('Analytics', { kind: 'WORKSPACE_INIT', every: DAY }),
      plan('Backfill', { every: HOUR, stuckPercent: 100 }),
      plan('Costs', { workspace: 'Finance' }),
    ],
  });
  const simulator = await startSimulator(
    (simulated) => createSimulator(simulated, paging === undefined ? {} : { paging }),
    world,
  );
  onTestFinished(() => simulator[Symbol.asyncDispose]());
  const { client } = connect(simulator.settings);
  return { clock, world, simulator, client, pollBack: (back: number) => poll(client, back) };
}

function connect(settings: Readonly<Record<string, unknown>>) {
  return connectVendor(matatika, { settings: matatika.settings.parse(settings) });
}

/** A client of a server of the test's own. */
function connectTo({ origin }: URL): VendorClient {
  return connect({ base_url: origin, workspaces: [{ id: 'w1' }], auth: { token: new Secret(() => 'token') } }).client;
}

/** A list without jobs, as Spring HATEOAS writes it. */
const EMPTY = {
  _links: { self: { href: 'http://catalog.matatika.com/api/workspaces/w1/jobs' } },
  page: { size: 100, totalElements: 0, totalPages: 0, number: 0 },
};

/** Polls the client's first scope from so long ago to its present, which stands still at `START`. */
function poll(client: VendorClient, back: number): Promise<SliceResult> {
  const [scope] = client.scopes;
  const [slice] = client.slices(scope!, { from: before(START, seconds(back)), to: START });
  return client.poll({ scope: scope!, slice: slice!, signal: forever() });
}

const analyticsRuns = (world: World): readonly WorldRun[] =>
  world.runs({ vendor: 'matatika' }).filter(({ job }) => job.workspace === 'Analytics');

const lists = (answered: readonly string[]): readonly string[] => answered.filter((line) => line.includes('/jobs?'));

it('reads every run of a workspace, each once, over several pages', async () => {
  const { world, simulator, pollBack } = await start();

  const result = await pollBack(3 * DAY);

  const expected = analyticsRuns(world);
  expect(result.runs.map(({ id }) => id)).toEqual(expected.map(({ id }) => id).toReversed());
  expect(result).toMatchObject({ rejected: [], truncated: false });
  expect(result.vendorTime).toBeGreaterThan(0);
  expect(lists(simulator.answered)).toHaveLength(Math.ceil(expected.length / 100));
});

it('gives each run its pipeline, type, workspace, times and exit code', async () => {
  const { world, pollBack } = await start();

  const { runs } = await pollBack(3 * DAY);

  const truth = world
    .runs({ vendor: 'matatika' })
    .findLast(({ phase, job }) => phase === 'failure' && job.kind === 'PIPELINE_RUN')!;
  const run = runs.find(({ id }) => id === truth.id)!;
  expect(run).toMatchObject({
    job: { key: `pipeline:${truth.job.id}:PIPELINE_RUN`, name: 'Orders', kind: 'PIPELINE_RUN', workspace: 'Analytics' },
    result: 'failure',
    exitCode: truth.exitCode,
    createdAt: expect.closeTo(truth.createdAt, 4),
    startedAt: expect.closeTo(truth.startedAt!, 2),
    endedAt: expect.closeTo(truth.endedAt!, 2),
  });
  expect(new Set(runs.map(({ job }) => `${job.name} ${job.kind}`))).toEqual(
    new Set([
      'Backfill PIPELINE_RUN',
      'Orders PIPELINE_RUN',
      'Orders PIPELINE_VERIFY',
      'WORKSPACE_INIT WORKSPACE_INIT',
    ]),
  );
});

it('asks once in a quiet poll, whatever the history', async () => {
  const { simulator, pollBack } = await start();

  const result = await pollBack(6 * HOUR);

  expect(result).toMatchObject({ rejected: [], truncated: false });
  expect(lists(simulator.answered)).toHaveLength(1);
});

it('labels a pipeline alike in its own list and in that of its workspace, so that neither renames its jobs', async () => {
  const { world, simulator } = await start();
  const { id } = world.jobs('matatika')[0]!;
  const { client } = connect({ ...simulator.settings, pipelines: [{ id, workspace: 'shop' }] });

  const results = await Promise.all(client.scopes.map((scope) => poll({ ...client, scopes: [scope] }, 3 * DAY)));

  const labels = results.map(({ runs }) =>
    runs.flatMap(({ job }) => (job.key.startsWith(`pipeline:${id}:`) ? job.workspace : [])),
  );
  expect(labels.filter((of) => of.length > 0).map((of) => [...new Set(of)])).toEqual([['shop'], ['shop']]);
});

it('lists a pipeline by itself, labelled as the configuration says', async () => {
  const { world, simulator } = await start();
  const { id } = world.jobs('matatika')[0]!;
  const { client } = connect({ ...simulator.settings, workspaces: [], pipelines: [{ id, workspace: 'shop' }] });

  const { runs } = await poll(client, 3 * DAY);

  expect(client.scopes).toMatchObject([{ key: `pipeline:${id}` }]);
  expect(new Set(runs.map(({ job }) => `${job.key} ${job.workspace}`))).toEqual(
    new Set([`pipeline:${id}:PIPELINE_RUN shop`, `pipeline:${id}:PIPELINE_VERIFY shop`]),
  );
});

it.each(['stands_still', 'repeats', 'runs_dry'] as const)('says that a list is cut whose paging %s', async (paging) => {
  const { simulator, pollBack } = await start({ paging });

  const result = await pollBack(3 * DAY);

  expect(result.truncated).toBe(true);
  expect(result.runs).toHaveLength(100);
  expect(lists(simulator.answered)).toHaveLength(4);
});

it.each(['says_page', 'small'] as const)('reads the whole of a list whose paging %s', async (paging) => {
  const { world, pollBack } = await start({ paging });

  const result = await pollBack(3 * DAY);

  const expected = analyticsRuns(world);
  expect(result.runs.map(({ id }) => id)).toEqual(expected.map(({ id }) => id).toReversed());
  expect(result).toMatchObject({ rejected: [], truncated: false });
});

it('follows links to the next page on the configured origin, with the size and order that they leave out', async () => {
  const job = (id: number) => ({ id: `r${id}`, type: 'X', status: 'COMPLETE', created: '2026-11-22T07:00:00' });
  const jobs = Array.from({ length: 250 }, (_, index) => job(index));
  const server = await startServer((response, { url }) => {
    const query = new URL(url, 'http://127.0.0.1').searchParams;
    const [page, size] = [Number(query.get('page')), Number(query.get('size') ?? 20)];
    const next = { href: `http://catalog.matatika.com/api/workspaces/w1/jobs?page=${page + 1}` };
    const isLast = (page + 1) * size >= jobs.length;
    json({
      _embedded: { jobs: jobs.slice(page * size, (page + 1) * size) },
      _links: { self: { href: url }, ...(!isLast && { next }) },
      page: { size, totalElements: 20, totalPages: 1, number: 0 },
    })(response, server.seen[0]!);
  });

  const result = await poll(connectTo(server.url), HOUR);

  expect(result.runs).toHaveLength(250);
  expect(result.truncated).toBe(false);
  expect(server.seen.map(({ url }) => url.split('?')[1])).toEqual([
    'page=0&size=100&sort=created%2Cdesc',
    'page=1&size=100&sort=created%2Cdesc',
    'page=2&size=100&sort=created%2Cdesc',
    'page=3&size=100&sort=created%2Cdesc',
  ]);
});

it('asks for HAL, in which the lists are documented', async () => {
  const server = await startServer(json(EMPTY), json({ message: 'no' }, 404));
  const client = connectTo(server.url);

  await poll(client, HOUR);
  await client.run(client.scopes[0]!, { id: 'r1', job: null }, forever());

  expect(server.seen.map(({ headers }) => headers.accept)).toEqual([
    'application/hal+json, application/json;q=0.9',
    'application/hal+json, application/json;q=0.9',
  ]);
});

it('takes a page that is not there for the end of a list whose total is reached, else for a cut', async () => {
  const one = { id: 'r1', type: 'X', status: 'COMPLETE', created: '2026-11-22T07:55:00' };
  const answers = [1, 2].map((totalElements) =>
    json({ _embedded: { jobs: [one] }, page: { size: 100, totalElements, totalPages: 1, number: 0 } }),
  );
  const gone = json({ status: 404, error: 'Not Found' }, 404);
  const [whole, cut] = [await startServer(answers[0]!, gone), await startServer(answers[1]!, gone)];

  const results = [await poll(connectTo(whole.url), HOUR), await poll(connectTo(cut.url), HOUR)];

  expect(results.map(({ runs, truncated }) => [runs.length, truncated])).toEqual([
    [1, false],
    [1, true],
  ]);
});

it('reads the whole list where its order is another', async () => {
  const { world, pollBack } = await start({ paging: 'ascending' });

  const result = await pollBack(HOUR);

  const expected = analyticsRuns(world);
  expect(result.runs).toHaveLength(expected.length);
  expect(result.truncated).toBe(false);
});

it('gets a new token once when the vendor refuses the one it has', async () => {
  const { clock, simulator, pollBack } = await start();
  await pollBack(HOUR);
  // Two days at the vendor, none at the client: its token looks fresh here and is over there.
  clock.advance(seconds(2 * DAY));

  const result = await pollBack(HOUR);

  expect(result.runs.length).toBeGreaterThan(0);
  expect(simulator.answered.slice(0, 5).map((line) => line.replace(/workspaces.*/, '…'))).toEqual([
    '200 POST /oauth/token',
    '200 GET /api/…',
    '401 GET /api/…',
    '200 POST /oauth/token',
    '200 GET /api/…',
  ]);
});

it('says that wrong credentials are refused', async () => {
  const { simulator } = await start();
  const auth = { ...(simulator.settings['auth'] as object), client_secret: new Secret(() => 'wrong') };
  const { client } = connect({ ...simulator.settings, auth });

  const failure = await poll(client, HOUR).catch((error: unknown) => error);

  expect(failure).toMatchObject({ name: 'VendorError', reason: 'auth', status: 401 });
});

it('finds a run by its id, and knows one that is gone', async () => {
  const { world, client, pollBack } = await start();
  const [scope] = client.scopes;
  const { runs } = await pollBack(3 * DAY);
  const live = analyticsRuns(world).findLast(({ endedAt }) => endedAt === null);

  const found = await client.run(scope!, { id: live!.id, job: null }, forever());
  const missing = await client.run(scope!, { id: '00000000-0000-4000-8000-000000000000', job: null }, forever());

  expect(isFinished(found as Run)).toBe(false);
  expect(found).toEqual(runs.find(({ id }) => id === live!.id));
  expect(missing).toBe('gone');
});

it('knows whose job it is that an answer by id leaves out', async () => {
  const body = { id: 'r1', type: 'PIPELINE_RUN', status: 'COMPLETE', endTime: '2026-11-22T07:00:00' };
  const client = connectTo((await startServer(json(body))).url);
  const known = {
    key: 'pipeline:p1:PIPELINE_RUN',
    id: 'p1',
    name: 'Orders',
    kind: 'PIPELINE_RUN',
    workspace: 'w',
    url: null,
  };
  const lookUp = (job: Job | null) => client.run(client.scopes[0]!, { id: 'r1', job }, forever());

  await expect(lookUp(known)).resolves.toMatchObject({ job: known, result: 'success' });
  await expect(lookUp({ ...known, kind: 'PIPELINE_VERIFY' })).resolves.toMatchObject({ job: { id: null } });
  await expect(lookUp(null)).resolves.toMatchObject({ job: { key: 'workspace:w1:PIPELINE_RUN' } });
});

it('fails a scope that the vendor does not know', async () => {
  const { simulator } = await start();
  const { client } = connect({ ...simulator.settings, workspaces: [{ id: 'nowhere' }] });

  const failure = await poll(client, HOUR).catch((error: unknown) => error);

  expect(failure).toMatchObject({ name: 'VendorError', reason: 'http_client', status: 404 });
});

it('rejects a broken record and keeps the rest, reading nothing personal', async () => {
  const good = {
    id: 'r1',
    type: 'PIPELINE_RUN',
    status: 'COMPLETE',
    created: '2026-11-22T07:00:00',
    _embedded: {
      profile: { email: 'ada@example.com' },
      pipeline: { id: 'p1', name: 'Orders', properties: { password: 'hunter2' } },
    },
  };
  const jobs = [
    { ...good, id: 7 },
    good,
    null,
    { ...good, id: 'r2', created: '1970-01-01T00:00:00' },
    { ...good, id: ['r3'] },
    { ...good, id: 'r4', status: 5 },
    { ...good, id: 'r5', _embedded: { pipeline: { id: null } } },
  ];
  const server = await startServer(
    json({ _embedded: { jobs }, page: { size: 100, totalElements: 7, totalPages: 1, number: 0 } }),
  );

  const result = await poll(connectTo(server.url), HOUR);

  expect(result.runs.map(({ id }) => id)).toEqual(['7', 'r1', 'r2']);
  expect(result.rejected.map(({ id, problem }) => [id, problem])).toEqual([
    [undefined, 'the whole record: expected an object, got null'],
    [undefined, 'id: expected a number or text, got a list'],
    ['r4', 'status: expected text, got a number'],
    ['r5', '_embedded.pipeline.id: expected a number or text, got null'],
  ]);
  expect(JSON.stringify(result)).not.toMatch(/ada@|hunter2/);
});

it('takes no content for an empty list', async () => {
  const server = await startServer(status(204));

  await expect(poll(connectTo(server.url), HOUR)).resolves.toMatchObject({ runs: [], truncated: false });
});

it.each([
  ['http://127.0.0.1:1', '/api/workspaces/w%2F1/jobs'],
  ['http://127.0.0.1:1/', '/api/workspaces/w%2F1/jobs'],
  ['http://127.0.0.1:1/api', '/api/workspaces/w%2F1/jobs'],
  ['http://127.0.0.1:1/proxy/api/', '/proxy/api/workspaces/w%2F1/jobs'],
])('finds the API below %s', async (baseUrl, path) => {
  const server = await startServer(json(EMPTY));
  const { client } = connect({
    base_url: baseUrl.replace('http://127.0.0.1:1', server.url.origin),
    workspaces: [{ id: 'w/1' }],
    auth: { token: new Secret(() => 'token') },
  });

  const result = await poll(client, HOUR);

  expect(result).toMatchObject({ runs: [], truncated: false });
  expect(server.seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    [`${path}?page=0&size=100&sort=created%2Cdesc`, 'Bearer token'],
  ]);
});

it('needs a workspace or a pipeline, each once', () => {
  const auth = { token: new Secret(() => 'token') };
  const problems = (settings: object) =>
    matatika.settings
      .safeParse({ auth, ...settings })
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

  expect(problems({})).toEqual(['workspaces: name at least one workspace here, or a pipeline under pipelines']);
  expect(problems({ workspaces: [{ id: 'a' }, { id: 'b' }, { id: 'a' }] })).toEqual(['workspaces.2: is listed twice']);
  expect(problems({ pipelines: [{ id: 'a' }] })).toBeUndefined();
});

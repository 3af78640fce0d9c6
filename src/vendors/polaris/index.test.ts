import { expect, it, onTestFinished } from 'vitest';
import { connectVendor } from '../../../test/support/connect-vendor.ts';
import { createManualClock, forever, START } from '../../../test/support/http/http-options.ts';
import { json, startServer } from '../../../test/support/http/start-server.ts';
import { startSimulator } from '../../../test/support/start-simulator.ts';
import { Secret } from '../../config/secret.ts';
import { before, DAY, HOUR, seconds } from '../../model/time.ts';
import { createWorld } from '../../simulator/create-world.ts';
import type { JobPlan, World, WorldRun } from '../../simulator/world.ts';
import type { SliceResult, VendorClient } from '../vendor.ts';
import { polaris } from './index.ts';
import { createSimulator } from '../../simulator/vendors/polaris.ts';

function plan(name: string, overrides: Partial<JobPlan> = {}): JobPlan {
  return {
    vendor: 'polaris',
    name,
    kind: 'batch',
    workspace: 'realtime',
    every: seconds(600),
    queue: [seconds(5), seconds(30)],
    duration: [seconds(60), seconds(300)],
    results: { success: 6, failure: 3, cancellation: 1 },
    rowsPerSecond: 100,
    ...overrides,
  };
}

/** A day of a project with a stream, and another project that no target here reads. */
async function start() {
  const clock = createManualClock();
  const world = createWorld({
    seed: 'polaris',
    clock,
    since: before(clock.now(), DAY),
    plan: [
      plan('orders'),
      plan('clicks', { kind: 'streaming', streaming: true, every: seconds(3 * DAY), unhealthyPercent: 100 }),
      plan('elsewhere', { workspace: 'other' }),
    ],
  });
  const simulator = await startSimulator(createSimulator, world);
  onTestFinished(() => simulator[Symbol.asyncDispose]());
  return { clock, world, simulator, client: connect(simulator.settings) };
}

function connect(settings: Readonly<Record<string, unknown>>): VendorClient {
  return connectVendor(polaris, { settings: polaris.settings.parse(settings) }).client;
}

/** Polls a scope for the hour before `START`. */
function poll(client: VendorClient, index = 0): Promise<SliceResult> {
  const scope = client.scopes[index]!;
  const [slice] = client.slices(scope, { from: before(START, HOUR), to: START });
  return client.poll({ scope, slice: slice!, signal: forever() });
}

function runsOf(world: World, kind: string): readonly WorldRun[] {
  return world.runs({ vendor: 'polaris' }).filter(({ job }) => job.workspace === 'realtime' && job.kind === kind);
}

it('reads all of a project that fits into a page: its live jobs by their filter, then the list', async () => {
  const { world, simulator, client } = await start();

  const result = await poll(client);

  const expected = [...runsOf(world, 'batch'), ...runsOf(world, 'streaming')].map(({ id }) => id);
  expect(result.runs.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
  expect(result).toMatchObject({ rejected: [], truncated: false });
  expect(result.vendorTime).toBeGreaterThan(0);
  expect(simulator.answered).toHaveLength(2);
});

it('gives each run its table, type, project, times and health', async () => {
  const { world, client } = await start();

  const { runs } = await poll(client);

  const batch = runsOf(world, 'batch').findLast(({ phase }) => phase === 'failure')!;
  const [stream] = runsOf(world, 'streaming');
  expect(runs.find(({ id }) => id === batch.id)).toMatchObject({
    job: { key: 'batch:orders', name: 'orders', kind: 'batch', workspace: batch.job.workspaceId },
    result: 'failure',
    createdAt: expect.closeTo(batch.createdAt, 4),
    startedAt: expect.closeTo(batch.startedAt!, 4),
  });
  const success = runsOf(world, 'batch').findLast(({ phase }) => phase === 'success')!;
  expect(runs.find(({ id }) => id === success.id)).toMatchObject({
    result: 'success',
    endedAt: expect.closeTo(success.endedAt!, 4),
    duration: expect.closeTo(success.endedAt! - success.startedAt!, 4),
  });
  expect(runs.find(({ id }) => id === stream!.id)).toMatchObject({
    job: { key: 'streaming:clicks' },
    state: 'executing',
    health: 'error',
  });
});

it('asks for each configured type by itself, as a scope of its own', async () => {
  const { world, simulator } = await start();
  const client = connect({ ...simulator.settings, types: ['streaming', 'batch'] });

  const streams = await poll(client, 0);
  const batches = await poll(client, 1);

  const project = world.jobs('polaris')[0]!.workspaceId;
  expect(client.scopes.map(({ key }) => key)).toEqual([
    `project:${project}/type:streaming`,
    `project:${project}/type:batch`,
  ]);
  expect(streams.runs.map(({ id }) => id)).toEqual(runsOf(world, 'streaming').map(({ id }) => id));
  expect(batches.runs.map(({ id }) => id).toSorted()).toEqual(
    runsOf(world, 'batch')
      .map(({ id }) => id)
      .toSorted(),
  );
});

it('reads the rows of a live stream, which grow', async () => {
  const { clock, world, client } = await start();
  const [stream] = runsOf(world, 'streaming');
  const [scope] = client.scopes;

  const first = await client.details(scope!, stream!.id, 'rows', forever());
  clock.advance(HOUR);
  const second = await client.details(scope!, stream!.id, 'rows', forever());

  const grown = world.run('polaris', stream!.id)!.rows;
  expect(first).toEqual({ steps: null, rows: stream!.rows });
  expect(second).toEqual({ steps: null, rows: grown });
  expect(grown!.processed).toBeGreaterThan(stream!.rows!.processed!);
});

it('finds a run by its id as it was listed, and knows what is gone', async () => {
  const { client } = await start();
  const [scope] = client.scopes;
  const { runs } = await poll(client);
  const missing = '00000000-0000-4000-8000-000000000000';

  const found = await client.run(scope!, { id: runs.at(-1)!.id, job: null }, forever());
  const gone = await client.run(scope!, { id: missing, job: null }, forever());
  const goneRows = await client.details(scope!, missing, 'rows', forever());

  expect(found).toEqual(runs.at(-1));
  expect({ gone, goneRows }).toEqual({ gone: 'gone', goneRows: 'gone' });
});

it.each([
  ['raw', 'Basic pok_key'],
  ['base64', `Basic ${Buffer.from('pok_key:').toString('base64')}`],
  [undefined, 'Basic pok_key'],
])('sends the key as encoding %s says', async (encoding, authorization) => {
  const server = await startServer(json({ values: [] }));
  const auth = { api_key: new Secret(() => 'pok_key'), ...(encoding !== undefined && { encoding }) };
  const client = connect({ base_url: server.url.origin, project_id: 'a/b', auth });

  const result = await poll(client);

  const jobs = '/v1/projects/a%2Fb/jobs';
  const filter = ['pending', 'running', 'idle', 'suspended', 'unknown'].map((s) => `executionStatus=${s}`).join('&');
  const paging = 'sortColumn=created_date_time&sortOrder=DESC&paginationLimit=1000&paginationOffset=0';
  expect(result).toMatchObject({ runs: [], rejected: [], truncated: false });
  expect(server.seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    [`${jobs}?${filter}&${paging}`, authorization],
    [`${jobs}?${paging}`, authorization],
  ]);
});

it.each(['raw', 'base64'])('is let in by the simulator with the key in %s', async (encoding) => {
  const { simulator } = await start();
  const auth = { ...(simulator.settings['auth'] as object), encoding };

  const result = await poll(connect({ ...simulator.settings, auth }));

  expect(result.runs.length).toBeGreaterThan(0);
});

it('says that a wrong key is refused, and that a project is not there', async () => {
  const { simulator } = await start();
  const auth = { api_key: new Secret(() => 'pok_wrong') };

  const refused = await poll(connect({ ...simulator.settings, auth })).catch((error: unknown) => error);
  const missing = await poll(connect({ ...simulator.settings, project_id: 'nowhere' })).catch(
    (error: unknown) => error,
  );

  expect(refused).toMatchObject({ name: 'VendorError', reason: 'auth', status: 401 });
  expect(missing).toMatchObject({ name: 'VendorError', reason: 'http_client', status: 404 });
});

it('rejects a broken record and keeps the rest, reading nothing personal', async () => {
  const good = { id: 'r1', type: 'batch', executionStatus: 'completed', createdBy: { username: 'ada@example.com' } };
  const { type: _, ...untyped } = good;
  const values = [{ ...good, executionStatus: 3 }, good, 'job', untyped, { ...good, target: { tableName: 7 } }];
  const server = await startServer(json({ values }));
  const auth = { api_key: new Secret(() => 'pok_key') };

  const result = await poll(connect({ base_url: server.url.origin, project_id: 'p1', auth }));

  expect(result.runs.map(({ id }) => id)).toEqual(['r1']);
  expect(result.rejected.map(({ reason, problem }) => [reason, problem])).toEqual([
    ['schema', 'executionStatus: expected text, got a number'],
    ['schema', 'the whole record: expected an object, got text'],
    ['schema', 'type: expected text, got nothing'],
    ['schema', 'target.tableName: expected text, got a number'],
  ]);
  expect(JSON.stringify(result)).not.toContain('ada@');
});

it('keeps a run whose other fields cannot be read, and tells which', async () => {
  const record = { id: 7, type: 'batch', executionStatus: 'completed', target: { tableName: 'orders' } };
  const values = [{ ...record, completedTimestamp: '2126-01-01T00:00:00', startedTimestamp: 12, health: 'ok' }];
  const server = await startServer(json({ values }));
  const auth = { api_key: new Secret(() => 'pok_key') };

  const result = await poll(connect({ base_url: server.url.origin, project_id: 'p1', auth }));

  expect(result.rejected).toEqual([]);
  expect(result.runs).toMatchObject([{ id: '7', result: 'success', startedAt: null, endedAt: null }]);
  expect(result.runs[0]!.unreadable).toEqual([
    { field: 'health', problem: 'expected an object, got text like aa' },
    { field: 'startedTimestamp', problem: 'expected an ISO 8601 time, got a number' },
    { field: 'completedTimestamp', problem: 'a time too far in the future' },
  ]);
});

it.each([[{ jobs: [] }], [{ values: {} }], [[]], [null]])('refuses %j for a list', async (body) => {
  const server = await startServer(json(body));
  const auth = { api_key: new Secret(() => 'pok_key') };

  const failure = await poll(connect({ base_url: server.url.origin, project_id: 'p1', auth })).catch(
    (error: unknown) => error,
  );

  expect(failure).toMatchObject({ name: 'VendorError', reason: 'schema' });
});

it('refuses a type that is listed twice', () => {
  const settings = { base_url: 'https://acme.example', project_id: 'p1', auth: { api_key: new Secret(() => 'k') } };

  const twice = polaris.settings.safeParse({ ...settings, types: ['batch', 'batch'] });

  expect(twice.error?.issues.map(({ path, message }) => [path, message])).toEqual([[['types'], 'lists a type twice']]);
});

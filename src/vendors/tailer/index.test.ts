import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { createManualClock, forever, httpOptions } from '../../../test/support/http/http-options.ts';
import { json, startServer, status, type TestServer } from '../../../test/support/http/start-server.ts';
import { startSimulator } from '../../../test/support/start-simulator.ts';
import { Secret } from '../../config/secret.ts';
import { isFinished } from '../../model/run.ts';
import { before, DAY, HOUR, MINUTE, seconds, type UnixSeconds, unixSeconds } from '../../model/time.ts';
import { createWorld } from '../../simulator/create-world.ts';
import type { JobPlan } from '../../simulator/world.ts';
import type { Scope, Slice, VendorClient } from '../vendor.ts';
import { tailer } from './index.ts';
import { createSimulator } from '../../simulator/vendors/tailer.ts';
import { encodeRunIdentity } from './to-runs.ts';

const secretOf = (text: string): Secret => new Secret(() => text);

const CONFIGURATION = { key: 'configuration:table-to-table/000099_pda_DEV' };
const TYPE = { key: 'type:storage-to-storage' };

function settingsOf(overrides: object = {}): object {
  return {
    account: '000099',
    environment: 'DEV',
    configurations: [{ type: 'table-to-table', id: '000099_pda_DEV' }],
    configuration_types: ['storage-to-storage'],
    auth: { token: secretOf('given-token') },
    ...overrides,
  };
}

function connect(settings: object): VendorClient {
  const http = httpOptions();
  return tailer.connect({ settings: tailer.settings.parse(settings), stateMap: {}, clock: http.clock, http });
}

function connectTo({ url }: TestServer, overrides: object = {}): VendorClient {
  return connect(settingsOf({ base_url: url.href, ...overrides }));
}

const at = (text: string): UnixSeconds => unixSeconds(Date.parse(text) / 1000);

function dayOf(day: string, part: string | null = null): Slice {
  const from = at(`${day}T00:00:00Z`);
  return { from, to: unixSeconds(from + DAY - 1e-6), part };
}

const poll = (client: VendorClient, scope: Scope = CONFIGURATION, slice = dayOf('2026-11-22')) =>
  client.poll({ scope, slice, signal: forever() });

function recordOf(index: number, fields: object = {}): object {
  return {
    account: '000099',
    environment: 'DEV',
    configuration_type: 'gbq-to-gbq',
    configuration_id: '000099_pda_DEV',
    job_id: 'gbq-to-gbq|000099_pda_DEV',
    run_id: `20261122-${index}`,
    start_execution_date: '2026-11-22T05:00:00+00:00',
    duration: '0:00:10',
    status: 'SUCCESS',
    ...fields,
  };
}

/** An answer with so many runs. */
const resultsOf = (count: number): object => ({
  results: Array.from({ length: count }, (_, index) => recordOf(index)),
});

const bodiesOf = ({ seen }: TestServer): readonly unknown[] => seen.map(({ body }) => JSON.parse(body) as unknown);

describe('settings', () => {
  const problemsOf = (overrides: object): readonly string[] =>
    (tailer.settings.safeParse(settingsOf(overrides)).error?.issues ?? []).map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    );

  it('default to the one API host that the vendor publishes', () => {
    const { base_url: baseUrl } = tailer.settings.parse(settingsOf());

    expect(baseUrl.href).toBe('https://tailer-api-nqonovswsq-ew.a.run.app/');
  });

  it.each([
    ['nothing to read', { configurations: [], configuration_types: [] }, 'configurations: name at least one'],
    ['a type twice', { configuration_types: ['workflow', 'workflow'] }, 'configuration_types.1: is listed twice'],
    [
      'a data operation twice',
      { configurations: [1, 2].map(() => ({ type: 'workflow', id: 'a' })) },
      'configurations.1: is listed twice',
    ],
    [
      'a data operation whose type is read as a whole',
      { configurations: [{ type: 'storage-to-storage', id: 'a' }] },
      'configurations.0: its type is listed under configuration_types',
    ],
    ['two ways to log in', { auth: { token: secretOf('a'), refresh_token: secretOf('b') } }, 'Unrecognized key'],
    ['no way to log in', { auth: {} }, 'auth: expected google_service_account, or'],
  ])('refuse %s', (_what, overrides, expected) => {
    const problems = problemsOf(overrides);

    expect(problems).toEqual([expect.stringContaining(expected)]);
  });
});

describe('the window', () => {
  it('is cut into whole UTC days, oldest first', () => {
    const client = connect(settingsOf());

    const slices = client.slices(TYPE, { from: at('2026-11-20T23:59:59Z'), to: at('2026-11-22T00:00:00Z') });

    expect(slices).toEqual([dayOf('2026-11-20'), dayOf('2026-11-21'), dayOf('2026-11-22')]);
  });

  it('is divided by status where a day was cut, any status last, and no further', () => {
    const client = connect(settingsOf());

    const smaller = client.split(TYPE, dayOf('2026-11-22'));

    expect(smaller).toEqual(
      ['RUNNING', 'SUCCESS', 'FAILED', 'CHECKED', 'NO_MATCH', '*'].map((part) => dayOf('2026-11-22', part)),
    );
    expect(client.split(TYPE, smaller[0]!)).toEqual([]);
  });
});

describe('a poll', () => {
  it('asks for the runs of one data operation', async () => {
    const server = await startServer(json({ results: [] }));

    await poll(connectTo(server));

    expect(server.seen.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual([
      ['POST', '/v1/dag/status', 'Bearer given-token'],
    ]);
    expect(bodiesOf(server)).toEqual([
      {
        action: 'get_last_status',
        account: '000099',
        environment: 'DEV',
        configuration_type: 'table-to-table',
        configuration_id: '000099_pda_DEV',
        execution_date: '2026-11-22',
        limit: 100,
      },
    ]);
  });

  it('asks for the runs of a type, with a status where the day was cut', async () => {
    const server = await startServer(json({ results: [] }));

    await poll(connectTo(server), TYPE, dayOf('2026-11-22', 'FAILED'));

    expect(bodiesOf(server)).toEqual([
      {
        action: 'get_by_status',
        account: '000099',
        environment: 'DEV',
        configuration_type: 'storage-to-storage',
        execution_date: '2026-11-22',
        status: 'FAILED',
        limit: 100,
      },
    ]);
  });

  it("gives the runs, and the vendor's clock", async () => {
    const date = 'Sun, 22 Nov 2026 06:00:00 GMT';
    const server = await startServer(json({ results: [recordOf(1), recordOf(2, { run_id: null })] }, 200, { date }));

    const { runs, rejected, truncated, vendorTime } = await poll(connectTo(server));

    expect(runs).toMatchObject([{ job: { key: 'table-to-table/000099_pda_DEV' }, result: 'success' }]);
    expect(rejected).toMatchObject([{ reason: 'schema', problem: 'run_id: expected a number or text, got null' }]);
    expect({ truncated, vendorTime }).toEqual({ truncated: false, vendorTime: at('2026-11-22T06:00:00Z') });
  });

  it('asks for more where a full answer came, until one is not full', async () => {
    const server = await startServer(json(resultsOf(100)), json(resultsOf(1000)), json(resultsOf(1001)));

    const { runs, truncated } = await poll(connectTo(server));

    expect({ runs: runs.length, truncated }).toEqual({ runs: 1001, truncated: false });
    expect(bodiesOf(server)).toMatchObject([{ limit: 100 }, { limit: 1000 }, { limit: 10_000 }]);
  });

  it('asks at once for as many as its scope has needed, and for few of the others', async () => {
    const server = await startServer(json(resultsOf(100)), json(resultsOf(101)), json({ results: [] }));
    const client = connectTo(server);
    await poll(client);

    await poll(client, CONFIGURATION, dayOf('2026-11-21'));
    await poll(client);
    await poll(client, TYPE);

    expect(bodiesOf(server)).toMatchObject([100, 1000, 1000, 1000, 100].map((limit) => ({ limit })));
  });

  it('asks for few again where the vendor refuses to give as many as its scope has needed', async () => {
    const few = json({ results: [recordOf(1)] });
    const server = await startServer(json(resultsOf(100)), json(resultsOf(101)), status(400), few);
    const client = connectTo(server);
    await poll(client);

    const { runs } = await poll(client);
    await poll(client);

    expect(runs).toHaveLength(1);
    expect(bodiesOf(server)).toMatchObject([100, 1000, 1000, 100, 100].map((limit) => ({ limit })));
  });

  it('asks for few first where more were not given', async () => {
    const server = await startServer(json(resultsOf(100)));
    const client = connectTo(server);
    await poll(client);

    const { truncated } = await poll(client);

    expect(truncated).toBe(true);
    expect(bodiesOf(server)).toMatchObject([100, 1000, 100, 1000].map((limit) => ({ limit })));
  });

  it.each([
    ['gives no more than before', json(resultsOf(100))],
    ['refuses to give more', status(400)],
  ])('says that the answer may be cut where the vendor %s', async (_what, answer) => {
    const server = await startServer(json(resultsOf(100)), answer);

    const { runs, truncated } = await poll(connectTo(server));

    expect({ runs: runs.length, truncated }).toEqual({ runs: 100, truncated: true });
  });

  it('of a cut day asks for statuses nobody listed too, of which the first must do', async () => {
    const answer = resultsOf(99) as { results: object[] };
    const server = await startServer(json({ results: [recordOf(99, { status: 'STALED' }), ...answer.results] }));

    const { runs, truncated } = await poll(connectTo(server), TYPE, dayOf('2026-11-22', '*'));

    expect(bodiesOf(server)[0]).toEqual(expect.not.objectContaining({ status: expect.anything() }));
    expect(runs[0]).toMatchObject({ vendorState: 'STALED', stateKnown: false });
    expect(truncated).toBe(false);
  });

  it('fails where the vendor has a fault while more is asked for', async () => {
    const server = await startServer(json(resultsOf(100)), status(500));

    const failure = poll(connectTo(server));

    await expect(failure).rejects.toMatchObject({ reason: 'http_server', status: 500 });
  });

  it.each([
    ['{"results": null}', { results: null }],
    ['what a writing action answers', { code: 500, data: {}, message: 'KO' }],
    ['a bare list', [recordOf(1)]],
  ])('fails rather than taking %s for an empty list', async (_what, body) => {
    const server = await startServer(json(body));

    const failure = poll(connectTo(server));

    await expect(failure).rejects.toMatchObject({ reason: 'schema' });
  });
});

describe('the id of a run as people know it', () => {
  it("is the vendor's own, the last part of ours, and anything else as it stands", () => {
    const ours = '["table-to-table","000099_pda_DEV",null,"20201230-083012-5f0c"]';
    const odd = ['', '20201230-083012-5f0c', '[]', '["a","b"]', 'null', '["a","b","c",5]', '\uD800'];

    expect(tailer.shownRunId?.(ours)).toBe('20201230-083012-5f0c');
    expect(odd.map((id) => tailer.shownRunId?.(id))).toEqual(odd);
  });
});

describe('a look-up', () => {
  const identity = {
    type: 'table-to-table',
    configurationId: '000099_pda_DEV',
    jobId: 'gbq-to-gbq|000099_pda_DEV',
    runId: '20261122-1',
  };
  const lookUp = (client: VendorClient, id = encodeRunIdentity(identity)) =>
    client.run(CONFIGURATION, { id, job: null }, forever());

  it('asks by the full identity of the run', async () => {
    const server = await startServer(json({ results: [recordOf(1)] }));

    const run = await lookUp(connectTo(server));

    expect(bodiesOf(server)).toEqual([
      {
        action: 'check_run_status',
        account: '000099',
        environment: 'DEV',
        configuration_type: 'table-to-table',
        configuration_id: '000099_pda_DEV',
        job_id: 'gbq-to-gbq|000099_pda_DEV',
        run_id: '20261122-1',
      },
    ]);
    expect(run).toMatchObject({ id: encodeRunIdentity(identity), result: 'success' });
  });

  it('of a run without a job id asks without one, and the run keeps its id', async () => {
    const server = await startServer(json({ results: [recordOf(1)] }));
    const id = encodeRunIdentity({ ...identity, jobId: null });

    const run = await lookUp(connectTo(server), id);

    expect(bodiesOf(server)).toEqual([expect.not.objectContaining({ job_id: expect.anything() })]);
    expect(run).toMatchObject({ id });
  });

  it.each([
    ['an empty list', json({ results: [] })],
    ['a 404', status(404)],
    ['a 410', status(410)],
  ])('takes %s for gone', async (_what, answer) => {
    const server = await startServer(answer);

    const run = await lookUp(connectTo(server));

    expect(run).toBe('gone');
  });

  it('takes a run for itself whose answer does not name its job', async () => {
    const server = await startServer(json({ results: [recordOf(1, { job_id: null })] }));

    const run = await lookUp(connectTo(server));

    expect(run).toMatchObject({ id: encodeRunIdentity(identity), result: 'success' });
  });

  it.each([
    ['another run', { runId: '20261122-2' }, recordOf(2)],
    ['a run of another job', { jobId: 'gbq-to-gbq|other' }, recordOf(1, { job_id: 'gbq-to-gbq|other' })],
    ['a run of another data operation', { configurationId: 'other' }, recordOf(1, { configuration_id: 'other' })],
  ])('gives %s its own id, not the one that was asked for', async (_what, other, record) => {
    const server = await startServer(json({ results: [record] }));

    const run = await lookUp(connectTo(server));

    expect(run).toMatchObject({ id: encodeRunIdentity({ ...identity, ...other }) });
  });

  it('concludes nothing from an answer without a run that can be read', async () => {
    const server = await startServer(json({ results: [recordOf(1, { status: 5 })] }));

    const failure = lookUp(connectTo(server));

    await expect(failure).rejects.toMatchObject({ reason: 'schema' });
  });
});

describe('logging in', () => {
  it('signs a token of one hour for the configured host with a service account', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = { client_email: 'a@b.example', private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
    const server = await startServer(json({ results: [] }));

    await poll(connectTo(server, { auth: { google_service_account: secretOf(JSON.stringify(key)) } }));

    const token = server.seen[0]?.headers.authorization?.replace('Bearer ', '') ?? '';
    const currentDate = new Date(createManualClock().now() * 1000);
    const { payload } = await jwtVerify(token, createPublicKey(privateKey), { currentDate });
    expect(payload).toMatchObject({ iss: 'a@b.example', sub: 'a@b.example', aud: server.url.origin });
    expect(payload.exp! - payload.iat!).toBe(3600);
  });
});

describe('against the simulator', () => {
  const clock = createManualClock();
  const plan: JobPlan = {
    vendor: 'tailer',
    name: '000099_receipts',
    kind: 'storage-to-storage',
    workspace: '000099/DEV',
    every: seconds(5 * MINUTE),
    queue: [seconds(1), seconds(5)],
    duration: [seconds(5), seconds(90)],
    results: { success: 5, failure: 4, skip: 1 },
    revisedPercent: 50,
    revisedAfter: [seconds(10), seconds(60)],
  };
  const world = createWorld({ seed: 'tailer', clock, plan: [plan], since: before(clock.now(), seconds(30 * HOUR)) });

  it('shows failures that a person has handled as acknowledged', async () => {
    await using simulator = await startSimulator(createSimulator, world);
    const client = connect(simulator.settings);

    const { runs } = await poll(client, client.scopes[0], dayOf('2026-11-21'));

    const acknowledged = runs.filter((run) => isFinished(run) && run.acknowledged);
    const checked = world.runs({ vendor: 'tailer' }).filter((run) => run.acknowledged && run.startedAt !== null);
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(acknowledged.length).toBe(
      checked.filter(({ startedAt }) => new Date((startedAt ?? 0) * 1000).toISOString().startsWith('2026-11-21'))
        .length,
    );
  });

  it('gives the same runs whether a day is asked for whole or by status', async () => {
    await using simulator = await startSimulator(createSimulator, world);
    const client = connect(simulator.settings);
    const [scope] = client.scopes;

    const whole = await poll(client, scope, dayOf('2026-11-21'));
    const parts = await Promise.all(client.split(scope!, dayOf('2026-11-21')).map((part) => poll(client, scope, part)));

    const idsOf = (runs: readonly { readonly id: string }[]): readonly string[] => runs.map(({ id }) => id).toSorted();
    expect(whole.runs.length).toBeGreaterThan(250);
    expect(idsOf(parts.slice(0, -1).flatMap(({ runs }) => runs))).toEqual(idsOf(whole.runs));
    expect(idsOf(parts.at(-1)?.runs ?? [])).toEqual(idsOf(whole.runs));
  });
});

import { describe, expect, it } from 'vitest';
import { forever, httpOptions, START, type TestHttp } from '../../../test/support/http/http-options.ts';
import { json, startServer, type TestServer } from '../../../test/support/http/start-server.ts';
import { startSimulator } from '../../../test/support/start-simulator.ts';
import { Secret } from '../../config/secret.ts';
import { isFinished, type Run } from '../../model/run.ts';
import type { Clock } from '../../model/clock.ts';
import { before, between, DAY, HOUR, MINUTE, seconds, type UnixSeconds, unixSeconds } from '../../model/time.ts';
import { createWorld } from '../../simulator/create-world.ts';
import type { JobPlan, World } from '../../simulator/world.ts';
import type { Slice, VendorClient, Window } from '../vendor.ts';
import { snowplow } from './index.ts';
import { createSimulator } from '../../simulator/vendors/snowplow.ts';

const SCOPE = { key: 'account' };
const ORGANIZATION_ID = '5a2d9c1e-7b34-4f60-8e21-0c9f6d1b7a48';
const WEEK: Window = { from: before(START, seconds(7 * DAY)), to: START };

function jobPlan(overrides: Partial<JobPlan> = {}): JobPlan {
  return {
    vendor: 'snowplow',
    name: 'web-sessions',
    kind: 'data_model',
    workspace: 'com.acme-prod1',
    every: seconds(HOUR),
    queue: [seconds(2), seconds(20)],
    duration: [seconds(60), seconds(900)],
    results: { success: 6, failure: 3, skip: 1 },
    steps: ['git-clone-cache', 'run-dbt', 'test-dbt'],
    ...overrides,
  };
}

function simulatedWorld(clock: Pick<Clock, 'now' | 'monotonic'>, plan: readonly JobPlan[] = [jobPlan()]): World {
  const sleep = (): Promise<void> => Promise.resolve();
  return createWorld({ seed: 'snowplow', clock: { ...clock, sleep }, plan, since: before(START, seconds(10 * DAY)) });
}

function connect(settings: Readonly<Record<string, unknown>>, http: TestHttp = httpOptions()): VendorClient {
  return snowplow.connect({ settings: snowplow.settings.parse(settings), stateMap: {}, clock: http.clock, http });
}

/** A client of a server of the test's own, with a token that needs no exchange. */
function connectTo({ url }: TestServer): VendorClient {
  const auth = { token: new Secret(() => 'given-token') };
  return connect({ base_url: url.href, organization_id: ORGANIZATION_ID, auth });
}

const slice = (from: UnixSeconds, to: UnixSeconds = START): Slice => ({ from, to, part: null });
const lastHour = slice(before(START, HOUR));

async function pollAll(client: VendorClient, slices: readonly Slice[]): Promise<ReadonlyMap<string, Run>> {
  const runs = new Map<string, Run>();
  for (const one of slices) {
    const answer = await client.poll({ scope: SCOPE, slice: one, signal: forever() });
    const whole = answer.truncated ? await pollAll(client, client.split(SCOPE, one)) : [];
    for (const run of answer.runs) runs.set(run.id, run);
    for (const [id, run] of whole) runs.set(id, run);
  }
  return runs;
}

/** The world's runs, as far as a list of runs can tell them. */
function expectedRuns(world: World, window: Window): readonly object[] {
  return world
    .runs({ vendor: 'snowplow', ...window })
    .filter(({ createdAt, endedAt }) => createdAt >= window.from || (endedAt !== null && endedAt >= window.from))
    .map(({ id, job, startedAt, endedAt, phase }) => ({
      id: id.replaceAll('-', ''),
      job: job.id,
      phase,
      startedAt: startedAt === null ? null : Math.floor(startedAt),
      endedAt: endedAt === null ? null : Math.floor(endedAt),
    }));
}

function seenRuns(runs: ReadonlyMap<string, Run>): readonly object[] {
  return [...runs.values()].map((run) => ({
    id: run.id,
    job: run.job.key,
    phase: isFinished(run) ? run.result : run.state,
    startedAt: run.startedAt === null ? null : Math.floor(run.startedAt),
    endedAt: isFinished(run) && run.endedAt !== null ? Math.floor(run.endedAt + 0.001) : null,
  }));
}

const byId = (runs: readonly object[]): readonly object[] =>
  runs.toSorted((a, b) => ('id' in a && 'id' in b ? String(a.id).localeCompare(String(b.id)) : 0));

describe('the windows it asks for', () => {
  it('are at most 96 hours long and lie within the last week, ten minutes away from its end', () => {
    const client = connect({ organization_id: ORGANIZATION_ID, auth: { token: new Secret(() => 'given-token') } });

    const slices = client.slices(SCOPE, { from: before(START, seconds(30 * DAY)), to: START });

    const from = before(START, seconds(7 * DAY - 10 * MINUTE));
    const edge = unixSeconds(from + 96 * HOUR);
    expect(slices).toEqual([slice(from, edge), slice(edge)]);
  });

  it('are accepted by the API for all of the reachable week, and find every run of it', async () => {
    const http = httpOptions();
    const world = simulatedWorld(http.clock);
    await using simulator = await startSimulator(createSimulator, world);
    const client = connect(simulator.settings, http);

    const runs = await pollAll(client, client.slices(SCOPE, WEEK));

    const reachable = { from: before(START, snowplow.capabilities.reach), to: START };
    expect(byId(seenRuns(runs))).toEqual(byId(expectedRuns(world, reachable)));
    expect(runs.size).toBeGreaterThan(150);
    expect(simulator.answered.map((line) => line.replace(/\?.*/, ''))).toEqual([
      `200 GET /api/msc/v1/organizations/${ORGANIZATION_ID}/credentials/v3/token`,
      `200 GET /api/msc/v1/organizations/${ORGANIZATION_ID}/jobs/v1/runs`,
      `200 GET /api/msc/v1/organizations/${ORGANIZATION_ID}/jobs/v1/runs`,
    ]);
  });

  it('move on with the week while older slices are read', async () => {
    const http = httpOptions();
    await using simulator = await startSimulator(createSimulator, simulatedWorld(http.clock));
    const client = connect(simulator.settings, http);
    const [oldest] = client.slices(SCOPE, WEEK);

    http.clock.advance(HOUR);

    await expect(client.poll({ scope: SCOPE, slice: oldest!, signal: forever() })).resolves.toMatchObject({
      rejected: [],
    });
  });

  it('are halved while events may have been trimmed, until nothing is missing', async () => {
    const http = httpOptions();
    const steps = Array.from({ length: 20 }, (_, index) => `step-${index}`);
    const world = simulatedWorld(http.clock, [jobPlan({ every: seconds(10 * MINUTE), steps })]);
    await using simulator = await startSimulator(createSimulator, world);
    const client = connect(simulator.settings, http);
    const fourDays = slice(before(START, seconds(96 * HOUR)));

    const cut = await client.poll({ scope: SCOPE, slice: fourDays, signal: forever() });
    const runs = await pollAll(client, [fourDays]);

    const expected = expectedRuns(world, fourDays);
    expect(cut.truncated).toBe(true);
    expect(cut.runs.length).toBeLessThan(expected.length);
    expect(byId(seenRuns(runs))).toEqual(byId(expected));
  });

  it('are never halved below 15 minutes', () => {
    const client = connect({ organization_id: ORGANIZATION_ID, auth: { token: new Secret(() => 'given-token') } });

    expect(client.split(SCOPE, slice(before(START, seconds(30 * MINUTE))))).toHaveLength(2);
    expect(client.split(SCOPE, slice(before(START, seconds(29 * MINUTE))))).toEqual([]);
  });
});

describe('its token', () => {
  it('is fetched once for many requests, and again before its 24 hours are over', async () => {
    const http = httpOptions();
    await using simulator = await startSimulator(createSimulator, simulatedWorld(http.clock));
    const client = connect(simulator.settings, http);

    for (const wait of [0, 1, 25]) {
      http.clock.advance(seconds(wait * HOUR));
      await client.poll({ scope: SCOPE, slice: lastHour, signal: forever() });
    }

    const told = http.told.filter((line) => !line.startsWith('expires'));
    expect(told).toEqual(['token 200', 'list_runs 200', 'list_runs 200', 'token 200', 'list_runs 200']);
  });

  it('is replaced once when it is refused', async () => {
    const worldClock = httpOptions().clock;
    const http = httpOptions();
    await using simulator = await startSimulator(createSimulator, simulatedWorld(worldClock));
    const client = connect(simulator.settings, http);
    await client.poll({ scope: SCOPE, slice: lastHour, signal: forever() });

    // The vendor's clock alone: the client does not know that its token has ended.
    worldClock.advance(seconds(25 * HOUR));
    await client.poll({ scope: SCOPE, slice: lastHour, signal: forever() });

    const told = http.told.filter((line) => !line.startsWith('expires'));
    expect(told).toEqual(['token 200', 'list_runs 200', 'list_runs 401', 'token 200', 'list_runs 200']);
  });

  it('also comes from the older password grant', async () => {
    const http = httpOptions();
    await using simulator = await startSimulator(createSimulator, simulatedWorld(http.clock));
    const secret = new Secret(() => 'simulated-snowplow-api-key');
    const auth = {
      username: 'exporter@acme.example',
      password: secret,
      client_id: 'exporter',
      client_secret: secret,
      token_url: `${simulator.origin}/oauth/token`,
    };
    const client = connect({ ...simulator.settings, auth }, http);

    await client.poll({ scope: SCOPE, slice: lastHour, signal: forever() });

    expect(simulator.answered[0]).toBe('200 POST /oauth/token');
  });

  it('is refused to a wrong key, and the error says so', async () => {
    const http = httpOptions();
    await using simulator = await startSimulator(createSimulator, simulatedWorld(http.clock));
    const auth = { api_key_id: 'somebody', api_key: new Secret(() => 'wrong-key') };
    const client = connect({ ...simulator.settings, auth }, http);

    await expect(client.poll({ scope: SCOPE, slice: lastHour, signal: forever() })).rejects.toMatchObject({
      reason: 'auth',
      status: 401,
    });
  });
});

describe('one run', () => {
  it('is looked up as it was listed, and its steps are the world’s', async () => {
    const http = httpOptions();
    const world = simulatedWorld(http.clock);
    await using simulator = await startSimulator(createSimulator, world);
    const client = connect(simulator.settings, http);
    const { runs } = await client.poll({ scope: SCOPE, slice: slice(before(START, DAY)), signal: forever() });
    const failed = runs.find((run) => isFinished(run) && run.result === 'failure')!;

    const found = await client.run(SCOPE, { id: failed.id, job: null }, forever());
    const details = await client.details(SCOPE, failed.id, 'steps', forever());

    const dashed = failed.id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const steps = world.run('snowplow', dashed)!.steps;
    expect(found).toEqual(failed);
    expect(details).toEqual({
      steps: steps.map(({ name, result, duration }) => ({
        name,
        result,
        duration: duration === null ? null : Math.round(duration * 1e6) / 1e6,
      })),
      rows: null,
      rejected: [],
    });
  });

  it('is gone, and its steps are, once the vendor has forgotten it', async () => {
    const http = httpOptions();
    await using simulator = await startSimulator(createSimulator, simulatedWorld(http.clock));
    const client = connect(simulator.settings, http);
    const { runs } = await client.poll({ scope: SCOPE, slice: lastHour, signal: forever() });

    http.clock.advance(seconds(8 * DAY));

    await expect(client.run(SCOPE, { id: runs[0]!.id, job: null }, forever())).resolves.toBe('gone');
    await expect(client.details(SCOPE, runs[0]!.id, 'steps', forever())).resolves.toBe('gone');
  });

  it('that is not readable is an error, never gone', async () => {
    const client = connectTo(await startServer(json({ runId: 'r1' })));

    await expect(client.run(SCOPE, { id: 'r1', job: null }, forever())).rejects.toMatchObject({
      reason: 'schema',
      message: "Snowplow's run is not as documented: jobId: expected a number or text, got nothing",
    });
  });
});

describe('a list', () => {
  const run = {
    runId: 'r1',
    jobId: 'j1',
    jobName: 'web-sessions',
    environment: 'com.acme-prod1',
    state: 'FAILED',
    startTime: '2026-11-22T07:30:00Z',
    duration: 'PT5M',
  };

  it('keeps its other runs when one record is broken, and ignores unknown fields', async () => {
    const late = { ...run, runId: 'r2', startTime: '2031-01-01T00:00:00Z' };
    const server = await startServer(json([{ ...run, owner: { team: 'web' } }, { ...run, runId: null }, late]));
    const client = connectTo(server);

    const answer = await client.poll({ scope: SCOPE, slice: lastHour, signal: forever() });

    const startedAt = unixSeconds(Date.UTC(2026, 10, 22, 7, 30) / 1000);
    expect(answer.runs.map((one) => ({ id: one.id, startedAt: one.startedAt }))).toEqual([
      { id: 'r1', startedAt },
      { id: 'r2', startedAt: null },
    ]);
    expect(answer.runs[1]?.unreadable).toEqual([{ field: 'startTime', problem: 'a time too far in the future' }]);
    expect(answer.rejected.map(({ reason, problem }) => `${reason}: ${problem}`)).toEqual([
      'schema: runId: expected a number or text, got null',
    ]);
    expect(server.seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      [
        `/api/msc/v1/organizations/${ORGANIZATION_ID}/jobs/v1/runs?from=2026-11-22T07%3A00%3A00Z&to=2026-11-22T08%3A00%3A00Z`,
        'Bearer given-token',
      ],
    ]);
  });

  it('that is no list is an error, not an empty answer', async () => {
    const client = connectTo(await startServer(json({ runs: [run] })));

    await expect(client.poll({ scope: SCOPE, slice: lastHour, signal: forever() })).rejects.toMatchObject({
      reason: 'schema',
    });
  });
});

describe('the settings', () => {
  const valid = { organization_id: ORGANIZATION_ID, auth: { token: new Secret(() => 'given-token') } };

  it('default to the vendor’s host, and to the steps of finished runs', () => {
    const settings = snowplow.settings.parse(valid);

    expect(settings).toMatchObject({ base_url: new URL('https://console.snowplowanalytics.com'), steps: true });
    expect(snowplow.account(settings)).toBe(ORGANIZATION_ID);
  });

  it.each([
    [true, ['steps'], []],
    [false, [], []],
    ['live', ['steps'], ['steps']],
  ])('with steps: %s ask for details %j, and of live runs %j', (steps, finishedDetails, liveDetails) => {
    const settings = snowplow.settings.parse({ ...valid, steps });

    expect(snowplow.capabilitiesFor?.(settings)).toEqual({ ...snowplow.capabilities, finishedDetails, liveDetails });
  });

  it.each([
    ['an unknown key', { ...valid, organisation_id: ORGANIZATION_ID }],
    ['an organization that is no UUID', { ...valid, organization_id: 'acme' }],
    ['half a key pair', { ...valid, auth: { api_key: new Secret(() => 'key') } }],
    ['two ways in', { ...valid, auth: { ...valid.auth, api_key_id: 'id', api_key: new Secret(() => 'key') } }],
    ['another word for steps', { ...valid, steps: 'all' }],
  ])('refuse %s', (_what, settings) => {
    expect(snowplow.settings.safeParse(settings).success).toBe(false);
  });
});

it('its longest slice is the vendor’s limit: an hour more is refused', async () => {
  const http = httpOptions();
  await using simulator = await startSimulator(createSimulator, simulatedWorld(http.clock));
  const client = connect(simulator.settings, http);
  const tooLong = slice(before(START, seconds(97 * HOUR)));

  expect(between(tooLong.from, tooLong.to)).toBeGreaterThan(96 * HOUR);
  await expect(client.poll({ scope: SCOPE, slice: tooLong, signal: forever() })).rejects.toMatchObject({
    reason: 'http_client',
    status: 400,
  });
});

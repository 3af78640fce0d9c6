import { describe, expect, it } from 'vitest';
import { forever, httpOptions, START, type TestHttp } from '../../../test/support/http/http-options.ts';
import { json, startServer, status, type TestServer } from '../../../test/support/http/start-server.ts';
import { startSimulator } from '../../../test/support/start-simulator.ts';
import { Secret } from '../../config/secret.ts';
import { isFinished, type Job, type Run } from '../../model/run.ts';
import type { Clock } from '../../model/clock.ts';
import { after, before, DAY, HOUR, MINUTE, seconds, type UnixSeconds } from '../../model/time.ts';
import { createWorld } from '../../simulator/create-world.ts';
import type { JobPlan, World, WorldRun } from '../../simulator/world.ts';
import type { Scope, Slice, SliceResult, VendorClient } from '../vendor.ts';
import { adverity } from './index.ts';
import { createSimulator } from '../../simulator/vendors/adverity.ts';

const ACCOUNT: Scope = { key: 'account' };

function jobPlan(overrides: Partial<JobPlan> = {}): JobPlan {
  return {
    vendor: 'adverity',
    name: 'Google Ads DE',
    kind: 'googleads',
    workspace: 'Marketing',
    every: seconds(20 * MINUTE),
    queue: [seconds(5), seconds(600)],
    duration: [seconds(60), seconds(1500)],
    results: { success: 6, failure: 2, cancellation: 1, skip: 1, error: 1 },
    ...overrides,
  };
}

function simulatedWorld(clock: Pick<Clock, 'now' | 'monotonic'>, plan: readonly JobPlan[] = [jobPlan()]): World {
  const sleep = (): Promise<void> => Promise.resolve();
  return createWorld({ seed: 'adverity', clock: { ...clock, sleep }, plan, since: before(START, seconds(10 * DAY)) });
}

function connect(settings: Readonly<Record<string, unknown>>, http: TestHttp = httpOptions()): VendorClient {
  return adverity.connect({ settings: adverity.settings.parse(settings), stateMap: {}, clock: http.clock, http });
}

/** A client of a server of the test's own. */
function connectTo({ url }: TestServer, http?: TestHttp): VendorClient {
  return connect({ base_url: url.href, auth: { scheme: 'Token', token: new Secret(() => 'key-5c9a') } }, http);
}

const slice = (from: UnixSeconds, to: UnixSeconds = after(START, DAY)): Slice => ({ from, to, part: null });
const threeDays = slice(before(START, seconds(3 * DAY)));

function poll(client: VendorClient, scope = ACCOUNT, window = threeDays): Promise<SliceResult> {
  return client.poll({ scope, slice: window, signal: forever() });
}

function wireJob(overrides: object = {}): object {
  return {
    id: 1,
    state_label: 'Success',
    scheduled: '2026-11-22T06:59:00Z',
    job_start: '2026-11-22T07:00:00Z',
    job_end: '2026-11-22T07:05:00Z',
    datastream: { id: 12, name: 'Google Ads', app_label: 'googleads', stack: { name: 'Marketing' } },
    ...overrides,
  };
}
const page = (results: readonly unknown[], next: string | null = null): object => ({
  count: results.length,
  next,
  previous: null,
  results,
});

const PHASES: Readonly<Record<string, WorldRun['phase']>> = { pending: 'pending', executing: 'executing' };

const seen = (run: Run): object => ({
  id: run.id,
  job: run.job.name,
  phase: isFinished(run) ? run.result : PHASES[run.state],
  endedAt: isFinished(run) ? run.endedAt : null,
});
const expected = ({ number, job, phase, endedAt }: WorldRun): object => ({
  id: String(number),
  job: job.name,
  phase,
  endedAt: endedAt === null ? null : expect.closeTo(endedAt, 2),
});

describe('a poll', () => {
  it('finds what is live and what has finished, over as many pages as there are', async () => {
    const http = httpOptions();
    const world = simulatedWorld(http.clock, [jobPlan(), jobPlan({ name: 'Meta Ads', every: seconds(HOUR) })]);
    await using simulator = await startSimulator(createSimulator, world);

    const answer = await poll(connect(simulator.settings, http));

    const { from } = threeDays;
    const inWindow = world
      .runs({ vendor: 'adverity', from })
      .filter(({ startedAt, endedAt }) => endedAt === null || (startedAt !== null && startedAt >= from));
    const byId = (a: Run, b: Run): number => Number(a.id) - Number(b.id);
    expect(answer.runs.toSorted(byId).map(seen)).toEqual(
      inWindow.toSorted((a, b) => a.number - b.number).map(expected),
    );
    expect(answer.runs.some((run) => !isFinished(run))).toBe(true);
    expect(answer).toMatchObject({ rejected: [], truncated: false });
    const dates = 'start=2026-11-19T08%3A00%3A00Z&end=2026-11-23T08%3A00%3A00Z';
    expect(simulator.answered).toEqual([
      '200 GET /api/jobs/?ordering=id&page_size=100',
      `200 GET /api/jobs/?${dates}&ordering=id&page_size=100`,
      `200 GET /api/jobs/?${dates}&ordering=id&page_size=100&page=2`,
      `200 GET /api/jobs/?${dates}&ordering=id&page_size=100&page=3`,
    ]);
  });

  it('of a filtered target asks for one datastream at a time', async () => {
    const http = httpOptions();
    const world = simulatedWorld(http.clock, [jobPlan(), jobPlan({ name: 'Meta Ads' })]);
    await using simulator = await startSimulator(createSimulator, world);
    const [first, second] = world.jobs('adverity').map(({ number }) => number);
    const client = connect({ ...simulator.settings, datastream_ids: [second, first, second] }, http);

    const answers = await Promise.all(client.scopes.map((scope) => poll(client, scope)));

    expect(client.scopes.map(({ key }) => key)).toEqual([`datastream:${second}`, `datastream:${first}`]);
    const names = answers.map(({ runs }) => [...new Set(runs.map(({ job }) => job.name))]);
    expect(names).toEqual([['Meta Ads'], ['Google Ads DE']]);
  });

  it('takes the finished sight of a job that is in both lists', async () => {
    const running = wireJob({ state_label: 'Running', job_end: null });
    const server = await startServer(
      json(page([running, wireJob({ id: 2 })])),
      json(page([wireJob(), wireJob({ id: 2, state_label: 'Running', job_end: null })])),
    );

    const { runs } = await poll(connectTo(server));

    expect(runs.map(seen)).toEqual([
      expect.objectContaining({ id: '1', phase: 'success' }),
      expect.objectContaining({ id: '2', phase: 'success' }),
    ]);
  });

  it('takes the later sight of a job that is live in both lists', async () => {
    const live = (progress: number): object => wireJob({ state_label: 'Running', job_end: null, progress });
    const server = await startServer(json(page([live(0.2)])), json(page([live(0.3)])));

    const { runs } = await poll(connectTo(server));

    expect(runs).toEqual([expect.objectContaining({ state: 'executing', progress: 0.3 })]);
  });

  it('keeps the other jobs when one record is broken, and ignores unknown fields', async () => {
    const broken = wireJob({ id: 2, datastream: 12 });
    const server = await startServer(json(page([])), json(page([broken, wireJob({ triggered_by: { name: 'Ada' } })])));

    const answer = await poll(connectTo(server));

    expect(answer.runs.map(({ id }) => id)).toEqual(['1']);
    expect(answer.rejected.map(({ problem }) => problem)).toEqual(['datastream: expected an object, got a number']);
  });

  it('sends the key after the configured word', async () => {
    const server = await startServer(json(page([])));

    await poll(connectTo(server));

    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Token key-5c9a', 'Token key-5c9a']);
  });

  it.each([
    ['Bearer', 'Token'],
    ['Token', 'Bearer'],
  ])(
    'with a wrong key for %s fails, and the error says so, and that the key may be one for %s',
    async (scheme, other) => {
      await using simulator = await startSimulator(createSimulator, simulatedWorld(httpOptions().clock));
      const client = connect({ base_url: simulator.origin, auth: { scheme, token: new Secret(() => 'wrong-key') } });

      await expect(poll(client)).rejects.toMatchObject({
        reason: 'auth',
        status: 401,
        message: expect.stringContaining(
          `the credentials were refused; auth.scheme is ${scheme}; the key may be one for ${other}`,
        ),
      });
    },
  );

  it('of a list that is not there fails', async () => {
    const client = connectTo(await startServer(json({ detail: 'Not found.' }, 404)));

    await expect(poll(client)).rejects.toMatchObject({ reason: 'http_client', status: 404 });
  });

  it.each([
    ['a bare list', [wireJob()]],
    ['an error', { detail: 'Authentication credentials were not provided.' }],
    ['an empty object', {}],
    ['a list under another name', { count: 1, next: null, previous: null, items: [wireJob()] }],
    ['an envelope without its list', { count: 0, next: null, previous: null }],
    ['jobs that are no list', { count: 1, next: null, previous: null, results: wireJob() }],
  ])('of %s with status 200 fails, and is not empty', async (_what, body) => {
    const client = connectTo(await startServer(json(body)));

    await expect(poll(client)).rejects.toMatchObject({ reason: 'schema' });
  });

  it.each([
    ['no content', status(204)],
    ['null for results', json({ count: 0, next: null, previous: null, results: null })],
  ])('takes %s for an empty list', async (_what, answer) => {
    const client = connectTo(await startServer(answer));

    await expect(poll(client)).resolves.toMatchObject({ runs: [], rejected: [], truncated: false });
  });
});

describe('the count of a list', () => {
  /** Answers every list by pages of two, each changed by `change`; the live list is empty. */
  async function pollPages(
    ids: (page: number) => readonly number[],
    change: (page: number) => { readonly count?: unknown; readonly status?: number },
    pages = 2,
  ): Promise<SliceResult> {
    const server = await startServer((response, request) => {
      if (!request.url.includes('start=')) return json(page([]))(response, request);
      const number = Number(new URL(request.url, 'http://127.0.0.1').searchParams.get('page') ?? 1);
      const { status: code = 200, ...said } = change(number);
      const next = number < pages ? `?start=2026-11-19T08:00:00Z&page=${number + 1}` : null;
      const body = {
        ...page(
          ids(number).map((id) => wireJob({ id })),
          next,
        ),
        ...said,
      };
      json(code === 200 ? body : { detail: 'Invalid page.' }, code)(response, request);
    });
    return poll(connectTo(server));
  }
  const two = (number: number): readonly number[] => [2 * number - 1, 2 * number];

  it.each([
    ['is that of what was read', two, () => ({ count: 4 }), 4],
    [
      'falls, as a job left meanwhile',
      (number: number) => (number === 1 ? [1, 2] : [4]),
      (number: number) => ({ count: 5 - number }),
      3,
    ],
    [
      'rises, as a job came meanwhile',
      (number: number) => (number === 1 ? [1, 3] : [3, 4]),
      (number: number) => ({ count: 2 + number }),
      3,
    ],
    ['is of the page alone', two, () => ({ count: 2 }), 4],
    ['is not there', two, () => ({ count: undefined }), 4],
    ['is no number', two, () => ({ count: 'XX' }), 4],
    [
      'is reached where the next page is not there',
      two,
      (number: number) => (number === 1 ? { count: 2 } : { status: 404 }),
      2,
    ],
  ])('lets a list be whole where it %s', async (_what, ids, change, runs) => {
    const answer = await pollPages(ids, change);

    expect({ runs: answer.runs.length, truncated: answer.truncated }).toEqual({ runs, truncated: false });
  });

  it.each([
    ['the next page is not there', two, (number: number) => (number === 1 ? { count: 4 } : { status: 404 }), 2],
    [
      'the next page is not there, nor a count',
      two,
      (number: number) => (number === 1 ? { count: null } : { status: 404 }),
      2,
    ],
    ['the last page is read', two, () => ({ count: 5 }), 4],
    [
      'pages repeat jobs, as their order is another',
      (number: number) => (number === 1 ? [1, 2] : [2, 3]),
      () => ({ count: 4 }),
      3,
    ],
  ])('says that a list is cut where more are counted and %s', async (_what, ids, change, runs) => {
    const answer = await pollPages(ids, change);

    expect({ runs: answer.runs.length, truncated: answer.truncated }).toEqual({ runs, truncated: true });
  });

  it('says that a list is cut where it is empty and yet counts some', async () => {
    const client = connectTo(await startServer(json({ count: 3, next: null, previous: null, results: [] })));

    await expect(poll(client)).resolves.toMatchObject({ runs: [], truncated: true });
  });
});

describe('a link to the next page', () => {
  it.each([
    ['as a path', '/api/jobs/?page=2'],
    ['as a query alone', '?page=2'],
    ['on another host and scheme', 'https://elsewhere.example/api/jobs/?page=2'],
  ])('is followed on the configured origin: %s', async (_how, next) => {
    const server = await startServer((response, request) => {
      const isSecond = request.url.includes('page=2');
      json(isSecond ? page([wireJob({ id: 2 })]) : page([wireJob({ id: 1 })], next))(response, request);
    });

    const answer = await poll(connectTo(server));

    expect(answer.runs.map(({ id }) => id)).toEqual(['1', '2']);
    expect(server.seen.map(({ url }) => url).filter((url) => url.includes('page=2'))).toEqual([
      '/api/jobs/?page=2',
      '/api/jobs/?page=2',
    ]);
  });

  it('that leads out of the API is refused', async () => {
    const server = await startServer(json(page([wireJob()], '/admin/delete?id=1')));

    await expect(poll(connectTo(server))).rejects.toMatchObject({ reason: 'schema' });
    expect(server.seen).toHaveLength(1);
  });

  it('that is gone by then, as the list became shorter, ends the list', async () => {
    const server = await startServer((response, request) => {
      const next = new URL('/api/jobs/?page=2', server.url).href;
      const isGone = request.url.includes('page=2');
      const answer = isGone ? json({ detail: 'Invalid page.' }, 404) : json(page([wireJob()], next));
      answer(response, request);
    });

    const answer = await poll(connectTo(server));

    expect(answer.truncated).toBe(false);
    expect(answer.runs.map(({ id }) => id)).toEqual(['1']);
  });

  it('that brings nothing new ends the list, which may be cut', async () => {
    const server = await startServer((response, { url }) => {
      const next = new URL(url, `http://${server.url.host}`).href;
      json(page([wireJob()], next))(response, server.seen[0]!);
    });

    const answer = await poll(connectTo(server));

    expect(answer.truncated).toBe(true);
    expect(answer.runs.map(({ id }) => id)).toEqual(['1']);
    // The first page, the same page again; for the live list and for the dated one.
    expect(server.seen).toHaveLength(4);
  });

  it('is followed a hundred pages far, then the list may be cut', async () => {
    const server = await startServer((response, request) => {
      const number = server.seen.length;
      const next = new URL(`/api/jobs/?page=${number + 1}`, server.url).href;
      const isDated = request.url.includes('start=');
      json(isDated ? page([]) : page([wireJob({ id: number })], next))(response, request);
    });

    const answer = await poll(connectTo(server));

    expect(answer.truncated).toBe(true);
    expect(answer.runs).toHaveLength(100);
  });
});

describe('one job', () => {
  it('is looked up as it was listed', async () => {
    const http = httpOptions();
    await using simulator = await startSimulator(createSimulator, simulatedWorld(http.clock));
    const client = connect(simulator.settings, http);
    const { runs } = await poll(client);

    const found = await client.run(ACCOUNT, { id: runs[0]!.id, job: null }, forever());

    expect(found).toEqual(runs[0]);
    expect(simulator.answered.at(-1)).toBe(`200 GET /api/jobs/${runs[0]!.id}/`);
  });

  const known: Job = { key: '12', id: '12', name: 'Meta Ads', kind: 'meta', workspace: 'Sales', url: null };
  const lookUp = async (body: object, job: Job | null) =>
    connectTo(await startServer(json(body))).run(ACCOUNT, { id: '1', job }, forever());

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['only a number', 12],
    ['no id', { name: 'Google Ads' }],
  ])('whose answer has %s for its datastream is of the job that it is known to be of', async (_what, datastream) => {
    await expect(lookUp(wireJob({ datastream }), known)).resolves.toMatchObject({
      id: '1',
      job: known,
      result: 'success',
      duration: 300,
      unreadable: [],
    });
    await expect(lookUp(wireJob({ datastream }), null)).rejects.toMatchObject({ reason: 'schema' });
  });

  it('is of the datastream that its answer names', async () => {
    const run = await lookUp(wireJob({ datastream: { id: 15 } }), known);

    expect(run).toMatchObject({ job: { key: '15', name: '15', unsaid: ['name', 'kind', 'workspace'] } });
  });

  it('is never taken for the one that was asked for where its id is another', async () => {
    await expect(lookUp(wireJob({ id: 2 }), known)).resolves.toMatchObject({ id: '2' });
  });

  it('is gone where nothing is there', async () => {
    const http = httpOptions();
    await using simulator = await startSimulator(createSimulator, simulatedWorld(http.clock));

    await expect(connect(simulator.settings, http).run(ACCOUNT, { id: '99', job: null }, forever())).resolves.toBe(
      'gone',
    );
  });

  it('that is not readable is an error, never gone', async () => {
    const client = connectTo(await startServer(json({ detail: 'Moved' })));

    await expect(client.run(ACCOUNT, { id: '1', job: null }, forever())).rejects.toMatchObject({ reason: 'schema' });
  });
});

describe('the windows it asks for', () => {
  it('are at most a week long', () => {
    const client = connect({ base_url: 'https://acme.datatap.adverity.com', auth: { token: new Secret(() => 'key') } });
    const from = before(START, seconds(10 * DAY));
    const edge = before(START, seconds(3 * DAY));

    expect(client.slices(ACCOUNT, { from, to: START })).toEqual([slice(from, edge), slice(edge, START)]);
  });

  it('are halved when a list was cut, down to 15 minutes', () => {
    const client = connect({ base_url: 'https://acme.datatap.adverity.com', auth: { token: new Secret(() => 'key') } });
    const half = before(START, seconds(15 * MINUTE));
    const whole = before(START, seconds(30 * MINUTE));

    expect(client.split(ACCOUNT, slice(whole, START))).toEqual([slice(whole, half), slice(half, START)]);
    expect(client.split(ACCOUNT, slice(half, START))).toEqual([]);
  });
});

describe('the settings', () => {
  const valid = { base_url: 'https://acme.datatap.adverity.com', auth: { token: new Secret(() => 'key') } };

  it('default to a key of the user interface, and to all datastreams', () => {
    expect(adverity.settings.parse(valid)).toMatchObject({ auth: { scheme: 'Bearer' }, datastream_ids: [] });
  });

  it.each([
    ['no host', { auth: valid.auth }],
    ['an unknown key', { ...valid, datastreams: [1] }],
    ['another word before the key', { ...valid, auth: { ...valid.auth, scheme: 'bearer' } }],
    ['a datastream that is no number', { ...valid, datastream_ids: ['google-ads'] }],
  ])('refuse %s', (_what, settings) => {
    expect(adverity.settings.safeParse(settings).success).toBe(false);
  });
});

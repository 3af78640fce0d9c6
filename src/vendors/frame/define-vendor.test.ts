/** A small vendor, defined in the frame and held to what every vendor's client must do, over a real server. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { forever, httpOptions, START } from '../../../test/support/http/http-options.ts';
import {
  json,
  startServer,
  status,
  type TestAnswer,
  type TestServer,
} from '../../../test/support/http/start-server.ts';
import { Secret } from '../../config/secret.ts';
import { httpUrl } from '../../config/settings.ts';
import { before, DAY, formatTimestamp, HOUR, MINUTE, seconds } from '../../model/time.ts';
import type { RunParts } from './build-run.ts';
import { defineVendor } from './define-vendor.ts';
import { bearerToken, clientCredentials, oneOf } from './login.ts';
import { byLink } from './paging/by-link.ts';
import { parseAnswer } from './parse-answer.ts';
import type { FieldReader } from './read-fields.ts';
import { WireId } from './read-records.ts';
import { byWidth } from './slices.ts';
import type { VendorClient } from '../vendor.ts';

const login = oneOf([
  clientCredentials({ tokenUrl: 'https://id.acme.example/token', audience: 'https://acme.example' }),
  bearerToken,
]);

const AcmePage = z
  .object({ runs: z.array(z.unknown()), next: z.string().nullish(), total: z.int().nullish() })
  .transform(({ runs, next, total }) => ({ records: runs, next, total }));

const AcmeRun = z.object({
  id: WireId,
  job: z.string(),
  state: z.string(),
  started: z.unknown().optional(),
  ended: z.unknown().optional(),
});

function toRunParts(wire: z.output<typeof AcmeRun>, fields: FieldReader): RunParts {
  return {
    id: wire.id,
    job: { key: wire.job, id: wire.job, name: wire.job, kind: 'job', workspace: '', url: null },
    vendorState: wire.state,
    startedAt: fields.instant('started', wire.started),
    end: { at: fields.instant('ended', wire.ended) },
  };
}

/** With what stands above, all that a small vendor takes. */
const acme = defineVendor({
  id: 'acme',
  title: 'Acme',
  settings: z.strictObject({
    base_url: httpUrl,
    auth: login.settings,
    projects: z.array(z.string()),
    steps: z.boolean().default(false),
  }),
  login,
  operations: ['token', 'list_runs', 'run', 'rows'],
  meanings: [{ queued: 'pending', running: 'executing', ok: 'success', failed: 'failure' }, { failed: 'error' }],
  capabilities: { lookback: HOUR, extendedLookback: DAY, reach: seconds(30 * DAY), reachIs: 'chosen' },
  capabilitiesFor: ({ steps }) => ({ finishedDetails: steps ? ['steps'] : [] }),
  shownRunId: (id) => z.string().parse(JSON.parse(id)),
  scopes: ({ projects }) => projects.map((project) => ({ key: `project:${project}`, project })),
  slicing: byWidth({ longest: DAY, shortest: MINUTE }),
  lists: [
    {
      request: ({ from, to }, { scope }) => ({
        operation: 'list_runs',
        path: `projects/${scope.project}/runs`,
        query: { from: formatTimestamp(from), to: formatTimestamp(to) },
      }),
      readPage: (body) => parseAnswer(AcmePage, body, "Acme's list of runs"),
      paging: byLink({ maxPages: 10 }),
    },
  ],
  record: { schema: AcmeRun, toRunParts },
  run: { request: (pathId) => ({ operation: 'run', path: `runs/${pathId}` }), title: "Acme's run" },
  details: {
    rows: {
      request: (pathId) => ({ operation: 'rows', path: `runs/${pathId}/rows` }),
      read: (body, fields) => {
        const processed = fields.number('processed', z.object({ processed: z.unknown() }).parse(body).processed);
        return { rows: processed === null ? {} : { processed } };
      },
    },
  },
});

const SCOPE = { key: 'project:p1' };
const SLICE = { from: before(START, HOUR), to: START, part: null };

function connectTo({ url }: TestServer, projects: readonly string[] = ['p1']): VendorClient {
  const http = httpOptions();
  const auth = { token: new Secret(() => 'token-3b') };
  const settings = acme.settings.parse({ base_url: url.href, auth, projects });
  return acme.connect({ settings, stateMap: { failed: 'timeout' }, clock: http.clock, http });
}

const poll = (client: VendorClient) => client.poll({ scope: SCOPE, slice: SLICE, signal: forever() });

const wireRun = (id: string, overrides: object = {}): object => ({
  id,
  job: 'orders',
  state: 'ok',
  started: '2026-11-22T07:00:00Z',
  ended: '2026-11-22T07:01:00Z',
  ...overrides,
});

/** Answers by the path and query that are asked for; 404 for all others. */
const answers =
  (byUrl: Readonly<Record<string, unknown>>): TestAnswer =>
  (response, seen) => {
    const body = byUrl[seen.url.replace(/from=.*/, '…')];
    return (body === undefined ? status(404) : json(body))(response, seen);
  };

it('tells what can be by the tables of states, the slices and what was said; all else is none', () => {
  expect(acme.capabilities).toEqual({
    states: ['pending', 'executing', 'unknown'],
    results: ['success', 'failure', 'error'],
    lookback: HOUR,
    extendedLookback: DAY,
    lead: 0,
    reach: 30 * DAY,
    reachIs: 'chosen',
    windowed: true,
    finishedDetails: [],
    liveDetails: [],
    lateDurations: false,
    queueTimes: false,
    progress: false,
    health: false,
    acknowledgement: false,
  });
});

it('lets settings change what can be, shows an id as it stands where it cannot be read, and takes the origin for the account', () => {
  const settings = acme.settings.parse({
    base_url: 'https://acme.example',
    auth: { token: new Secret(() => 'token') },
    projects: [],
    steps: true,
  });

  expect(acme.capabilitiesFor?.(settings)).toEqual({ ...acme.capabilities, finishedDetails: ['steps'] });
  expect(acme.account(settings)).toBe('');
  expect([acme.shownRunId?.('"b"'), acme.shownRunId?.('b')]).toEqual(['b', 'b']);
});

describe('a poll', () => {
  it('asks for the slice and reads the list to its end', async () => {
    const server = await startServer(
      answers({
        '/projects/p1/runs?…': { runs: [wireRun('1')], next: '/more?page=2', total: 3 },
        '/more?page=2': { runs: [wireRun('2', { state: 'failed' }), { id: '3', job: 7 }], total: 3 },
      }),
    );

    const result = await poll(connectTo(server));

    expect(result.runs).toMatchObject([
      { id: '1', job: { name: 'orders' }, result: 'success', duration: 60 },
      { id: '2', result: 'timeout' },
    ]);
    expect(result.rejected.map(({ id, problem }) => [id, problem])).toEqual([
      ['3', 'job: expected text, got a number'],
    ]);
    expect(result).toMatchObject({ truncated: false, isDivisible: true, vendorTime: null });
    expect(server.seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/projects/p1/runs?from=2026-11-22T07%3A00%3A00Z&to=2026-11-22T08%3A00%3A00Z', 'Bearer token-3b'],
      ['/more?page=2', 'Bearer token-3b'],
    ]);
  });

  it('says that a list is cut of which less came than it counts', async () => {
    const server = await startServer(json({ runs: [wireRun('1')], total: 2 }));

    await expect(poll(connectTo(server))).resolves.toMatchObject({ truncated: true, isDivisible: true });
  });

  it("gives the vendor's time of the first page", async () => {
    const date = 'Sun, 22 Nov 2026 07:59:00 GMT';
    const server = await startServer(
      json({ runs: [wireRun('1')], next: '?page=2' }, 200, { date }),
      json({ runs: [] }, 200, { date: 'Sun, 22 Nov 2026 07:59:30 GMT' }),
    );

    await expect(poll(connectTo(server))).resolves.toMatchObject({ vendorTime: before(START, MINUTE) });
  });

  it('of a scope that is not configured is an internal error', async () => {
    const client = connectTo(await startServer(json({})), ['p2']);

    await expect(poll(client)).rejects.toMatchObject({
      reason: 'internal',
      message: 'acme: no scope project:p1 is configured',
    });
  });
});

describe('one run', () => {
  const lookUp = (client: VendorClient, id: string) => client.run(SCOPE, { id, job: null }, forever());

  it('is found by its id, which is one segment of a path', async () => {
    const server = await startServer(answers({ '/runs/a%2F1': wireRun('a/1') }));

    await expect(lookUp(connectTo(server), 'a/1')).resolves.toMatchObject({ id: 'a/1', result: 'success' });
  });

  it('is found though its scope is not configured any more', async () => {
    const server = await startServer(answers({ '/runs/1': wireRun('1') }));

    await expect(lookUp(connectTo(server, []), '1')).resolves.toMatchObject({ id: '1' });
  });

  it.each([404, 410])('is gone where the status is %i', async (code) => {
    await expect(lookUp(connectTo(await startServer(status(code))), '1')).resolves.toBe('gone');
  });

  it('is an error where the answer is no run', async () => {
    await expect(lookUp(connectTo(await startServer(json({ detail: 'Moved' }))), '1')).rejects.toMatchObject({
      reason: 'schema',
      message: "Acme's run is not as documented: id: expected a number or text, got nothing",
    });
  });
});

describe('a detail', () => {
  const rowsOf = async (answer: TestAnswer) =>
    connectTo(await startServer(answer)).details(SCOPE, '1', 'rows', forever());

  it('is read by itself', async () => {
    await expect(rowsOf(answers({ '/runs/1/rows': { processed: 5 } }))).resolves.toEqual({
      steps: null,
      rows: { processed: 5 },
    });
  });

  it('tells what of it could not be read', async () => {
    await expect(rowsOf(json({ processed: 'many' }))).resolves.toMatchObject({
      rows: {},
      rejected: [{ key: 'processed', problem: 'processed: expected a number, got text like aaaa' }],
    });
  });

  it('is gone with its run', async () => {
    await expect(rowsOf(status(404))).resolves.toBe('gone');
  });

  it('that the vendor does not have is not asked for', async () => {
    const server = await startServer(json({}));

    await expect(connectTo(server).details(SCOPE, '1', 'steps', forever())).resolves.toEqual({
      steps: null,
      rows: null,
    });
    expect(server.seen).toEqual([]);
  });
});

it('logs in by the way that is configured', async () => {
  const server = await startServer(json({ access_token: 'granted-1', expires_in: 60 }), json({ runs: [] }));
  const http = httpOptions();
  const auth = { client_id: 'c', client_secret: new Secret(() => 's'), token_url: new URL('/token', server.url).href };
  const settings = acme.settings.parse({ base_url: server.url.href, auth, projects: ['p1'] });

  await poll(acme.connect({ settings, stateMap: {}, clock: http.clock, http }));

  expect(server.seen.map(({ method, headers }) => [method, headers.authorization])).toEqual([
    ['POST', undefined],
    ['GET', 'Bearer granted-1'],
  ]);
});

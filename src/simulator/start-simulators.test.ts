import { expect, it, onTestFinished } from 'vitest';
import { Router } from 'express';
import { request } from 'undici';
import { parse } from 'yaml';
import { eventually } from '../../test/support/eventually.ts';
import { createTestWorld } from '../../test/support/world.ts';
import { seconds } from '../model/time.ts';
import type { FaultInput } from './fault.ts';
import { type RunningSimulators, type StartOptions, startSimulators } from './start-simulators.ts';
import type { CreateSimulator } from './world.ts';

/** A vendor whose whole API is a list of runs and one run. */
const createTinySimulator: CreateSimulator = (world) => {
  const router = Router();
  router.get('/runs', (_request, response) => {
    response.json({ results: world.runs({ vendor: 'tailer' }).map(({ id, phase }) => ({ id, phase })) });
  });
  router.get('/runs/:id', (asked, response) => {
    response.json(world.run('tailer', asked.params.id));
  });
  return { router, target: (origin) => ({ vendor: 'tailer', base_url: origin, auth: { token: 'tiny' } }) };
};

/** A vendor that always has the same runs, and one by its number with its steps. */
const createListSimulator: CreateSimulator = () => {
  const router = Router();
  router.get('/runs', (_request, response) => {
    response.json({
      results: [
        { id: 'r1', phase: 1, state: 'RUNNING' },
        { id: 'r2', phase: 2, state: 'DONE' },
      ],
    });
  });
  router.get('/runs/:id', (asked, response) => {
    response.json({ id: Number(asked.params.id), state: 'RUNNING', steps: [{ id: 's1' }] });
  });
  return { router, target: () => ({ vendor: 'tailer' }) };
};

async function start(
  options: Partial<StartOptions> = {},
): Promise<RunningSimulators & ReturnType<typeof createTestWorld>> {
  const test = createTestWorld();
  test.clock.advance(seconds(60));
  const simulators = await startSimulators({
    ...test,
    vendors: ['tailer'],
    load: () => Promise.resolve(createTinySimulator),
    ...options,
  });
  onTestFinished(() => simulators.close());
  return { ...simulators, ...test };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

async function call(url: string, init: Parameters<typeof request>[1] = {}): Promise<Answer> {
  const { statusCode, headers, body } = await request(url, { ...init, reset: true });
  return { status: statusCode, headers, text: await body.text() };
}

async function getJson(url: string): Promise<unknown> {
  return JSON.parse((await call(url)).text);
}

async function post(url: string, body: unknown): Promise<Answer> {
  return call(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

async function underFault(...faults: readonly FaultInput[]): Promise<() => Promise<Answer>> {
  const simulators = await start();
  for (const fault of faults) simulators.faults.add(fault);
  return () => call(`${simulators.origins['tailer']}/runs`);
}

it("serves each vendor on an origin of its own, with the world's time in the Date header", async () => {
  const { origins, control, world } = await start();

  const { status, headers, text } = await call(`${origins['tailer']}/runs`);

  expect(status).toBe(200);
  expect(headers['date']).toBe(new Date(world.now() * 1000).toUTCString());
  expect(JSON.parse(text)).toEqual({
    results: world.runs({ vendor: 'tailer' }).map(({ id, phase }) => ({ id, phase })),
  });
  expect(new URL(control).origin).not.toBe(new URL(origins['tailer']!).origin);
});

it('gives a configuration that reads the simulators, as YAML and as JSON', async () => {
  const { control, origins } = await start();

  const yaml = await call(`${control}/config`);
  const json = await call(`${control}/config`, { headers: { accept: 'application/json' } });

  expect(parse(yaml.text)).toEqual({
    poll_interval: '15s',
    poll_timeout: '10s',
    targets: [
      {
        name: 'acme-tailer',
        vendor: 'tailer',
        base_url: origins['tailer'],
        auth: { token: 'tiny' },
        expect: [{ job: '*', every: '24h', grace: '2h' }],
      },
    ],
  });
  expect(JSON.parse(json.text)).toEqual(parse(yaml.text));
});

it('expects nothing of streaming jobs, which never end', async () => {
  const { config, world } = await start({
    vendors: ['polaris'],
    load: () => Promise.resolve(() => ({ router: Router(), target: () => ({ vendor: 'polaris' }) })),
  });

  const batch = world.jobs('polaris').filter(({ streaming }) => !streaming);

  expect(batch.length).toBeGreaterThan(0);
  expect(batch.length).toBeLessThan(world.jobs('polaris').length);
  expect(config['targets']).toEqual([
    {
      name: 'acme-polaris',
      vendor: 'polaris',
      expect: batch.map(({ name }) => ({ job: name, every: '24h', grace: '2h' })),
    },
  ]);
});

it('tells the truth and the world, and refuses questions it does not know', async () => {
  const { control, world } = await start();

  const truth = await getJson(`${control}/truth?vendor=tailer&from=2026-11-22T09:00:10Z&to=${world.now() - 10}`);
  const wrong = await call(`${control}/truth?form=yesterday`);

  expect(truth).toEqual(
    world.truth({
      vendor: 'tailer',
      from: seconds(world.since + 10) as never,
      to: seconds(world.now() - 10) as never,
    }),
  );
  expect(await getJson(`${control}/world`)).toEqual({
    now: world.now(),
    time: '2026-11-22T09:01:00Z',
    frozen: true,
    since: world.since,
    jobs: world.jobs('tailer'),
  });
  expect(wrong.status).toBe(400);
  expect(wrong.text).toContain('form');
});

it('counts requests by the shape of their path until it is told to begin again', async () => {
  const { control, origins, world } = await start();
  const { id, number } = world.runs({ vendor: 'tailer' })[0]!;

  for (const path of ['/runs', '/runs?day=1', `/runs/${id}`, `/runs/${number}`]) await call(origins['tailer'] + path);
  const counts = await getJson(`${control}/requests`);
  await call(`${control}/requests`, { method: 'DELETE' });

  expect(counts).toEqual({ tailer: { 'GET /runs': 2, 'GET /runs/:id': 2 } });
  expect(await getJson(`${control}/requests`)).toEqual({ tailer: {} });
});

it("freezes, advances and resumes the world's clock on request", async () => {
  const { control, world } = await start();
  const before = world.now();

  const advanced = await post(`${control}/clock`, { action: 'advance', by: '5m' });
  const wrong = await post(`${control}/clock`, { action: 'rewind' });

  expect(JSON.parse(advanced.text)).toEqual({ now: before + 300, time: '2026-11-22T09:06:00Z', frozen: true });
  expect(wrong.status).toBe(400);
  await post(`${control}/clock`, { action: 'resume' });
  expect(await getJson(`${control}/clock`)).toMatchObject({ frozen: false });
  await post(`${control}/clock`, { action: 'freeze' });
  expect(await getJson(`${control}/clock`)).toMatchObject({ frozen: true });
});

it('says so when its clock takes no commands', async () => {
  const { world } = createTestWorld();
  const simulators = await startSimulators({ world, vendors: [] });
  onTestFinished(() => simulators.close());

  expect((await post(`${simulators.control}/clock`, { action: 'freeze' })).status).toBe(409);
});

it('adds, lists and removes faults over HTTP', async () => {
  const { control, origins } = await start();

  const added = await post(`${control}/faults`, { kind: 'status', status: 503, retry_after: 7, vendor: 'tailer' });
  const struck = await call(`${origins['tailer']}/runs`);
  const listed = await getJson(`${control}/faults`);
  const removed = await call(`${control}/faults/fault-1`, { method: 'DELETE' });
  const wrong = await post(`${control}/faults`, { kind: 'earthquake' });

  expect(added.status).toBe(201);
  expect([struck.status, struck.headers['retry-after']]).toEqual([503, '7']);
  expect(listed).toMatchObject([{ id: 'fault-1', struck: 1, until: null }]);
  expect(removed.status).toBe(204);
  expect((await call(`${origins['tailer']}/runs`)).status).toBe(200);
  expect((await call(`${control}/faults/fault-1`, { method: 'DELETE' })).status).toBe(404);
  expect(wrong.status).toBe(400);
});

it.each([
  [{ kind: 'revoked' }, 401, /revoked/],
  [{ kind: 'status', status: 429 }, 429, /told to fail/],
  [{ kind: 'html' }, 200, /^<!doctype html>/],
  [{ kind: 'empty' }, 200, /^$/],
  [{ kind: 'wrong_shape' }, 200, /^\[\{"unexpected":\{"results":/],
] as const)('answers under %o', async (fault, status, text) => {
  const answer = await (await underFault(fault))();

  expect(answer.status).toBe(status);
  expect(answer.text).toMatch(text);
});

it('breaks one record of a list and keeps its id', async () => {
  const get = await underFault({ kind: 'broken_record' });

  const { results } = JSON.parse((await get()).text) as { results: { id: string; phase: unknown }[] };

  expect(results[0]).toEqual({ id: expect.any(String), phase: { broken: true } });
  expect(results.slice(1).every(({ phase }) => typeof phase === 'string')).toBe(true);
});

it('lists every record twice', async () => {
  const get = await underFault({ kind: 'duplicated' });

  const { results } = JSON.parse((await get()).text) as { results: readonly unknown[] };

  expect(results.slice(results.length / 2)).toEqual(results.slice(0, results.length / 2));
});

it.each([
  [{ kind: 'no_records' }, []],
  [
    { kind: 'missing_fields', fields: ['phase', 'other'] },
    [
      { id: 'r1', state: 'RUNNING' },
      { id: 'r2', state: 'DONE' },
    ],
  ],
  [
    { kind: 'unlisted_state' },
    [
      { id: 'r1', phase: 1, state: 'RETRYING' },
      { id: 'r2', phase: 2, state: 'DONE' },
    ],
  ],
  [
    { kind: 'odd_field', field: 'phase', value: ['odd'] },
    [
      { id: 'r1', phase: ['odd'], state: 'RUNNING' },
      { id: 'r2', phase: ['odd'], state: 'DONE' },
    ],
  ],
  [
    { kind: 'other_id', id: 'upper_case' },
    [
      { id: 'R1', phase: 1, state: 'RUNNING' },
      { id: 'R2', phase: 2, state: 'DONE' },
    ],
  ],
] as const)('changes the records of a list under %o', async (fault, results) => {
  const simulators = await start({ load: () => Promise.resolve(createListSimulator) });
  simulators.faults.add(fault as FaultInput);

  const { text } = await call(`${simulators.origins['tailer']}/runs`);

  expect(JSON.parse(text)).toEqual({ results });
});

it('gives a look-up the id of a run that nobody knows, and its steps stay as they are', async () => {
  const simulators = await start({ load: () => Promise.resolve(createListSimulator) });
  simulators.faults.add({ kind: 'other_id', path: '/runs/*' });

  const list = await call(`${simulators.origins['tailer']}/runs`);
  const run = await call(`${simulators.origins['tailer']}/runs/7`);

  expect(list.text).toContain('"r1"');
  expect(JSON.parse(run.text)).toEqual({ id: 900_000_007, state: 'RUNNING', steps: [{ id: 's1' }] });
});

it.each([200, 429])('says in headers of an answer of %i what is left of a rate limit', async (status) => {
  const refusal = status === 200 ? [] : [{ kind: 'status', status } as const];
  const get = await underFault({ kind: 'rate_limit', limit: 60, remaining: 0, reset: 30 }, ...refusal);

  const answer = await get();

  expect(answer.status).toBe(status);
  expect(answer.headers).toMatchObject({
    ratelimit: '"simulated";r=0;t=30',
    'ratelimit-policy': '"simulated";q=60',
  });
});

it('shifts the Date header', async () => {
  const get = await underFault({ kind: 'clock_skew', seconds: -3600 });

  expect((await get()).headers['date']).toBe('Sun, 22 Nov 2026 08:01:00 GMT');
});

it.each([{ kind: 'reset' }, { kind: 'truncated' }] as const)('breaks the connection under %o', async (fault) => {
  const get = await underFault(fault);

  await expect(get()).rejects.toThrow();
});

it('never answers a request that hangs', async () => {
  const simulators = await start();
  const { id } = simulators.faults.add({ kind: 'hang' });
  const get = (): Promise<Answer> => call(`${simulators.origins['tailer']}/runs`);
  let isOver = false;
  const waiting = get().finally(() => (isOver = true));
  waiting.catch(() => {});
  await eventually(() => (simulators.faults.list()[0]?.struck === 1 ? true : null), { what: 'the request that hangs' });

  simulators.faults.remove(id);
  const { status } = await get();
  const wasOver = isOver;
  await simulators.close();

  expect([status, wasOver]).toEqual([200, false]);
  await expect(waiting).rejects.toThrow();
});

it('answers late and then as usual', async () => {
  const get = await underFault({ kind: 'latency', delay: '120ms' });
  const started = performance.now();

  const { status } = await get();

  expect(status).toBe(200);
  expect(performance.now() - started).toBeGreaterThan(110);
});

it('strikes only the vendor, the method and the path it is for', async () => {
  const simulators = await start();
  simulators.faults.add({ kind: 'status', status: 500, vendor: 'snowplow' });
  simulators.faults.add({ kind: 'status', status: 501, method: 'POST' });
  simulators.faults.add({ kind: 'status', status: 502, path: '/runs/*' });

  const list = await call(`${simulators.origins['tailer']}/runs`);
  const one = await call(`${simulators.origins['tailer']}/runs/7`);

  expect([list.status, one.status]).toEqual([200, 502]);
});

it('is spent after its count and over after its time', async () => {
  const simulators = await start();
  const status = async (): Promise<number> => (await call(`${simulators.origins['tailer']}/runs`)).status;
  simulators.faults.add({ kind: 'status', status: 500, count: 2 });
  simulators.faults.add({ kind: 'status', status: 502, count: 1 });
  simulators.faults.add({ kind: 'status', status: 503, for: '5m' });

  const first = [await status(), await status(), await status(), await status()];
  simulators.clock.advance(seconds(300));

  expect(first).toEqual([500, 500, 502, 503]);
  expect(await status()).toBe(200);
  expect(simulators.faults.list()).toEqual([]);
});

it('strikes about as often as its probability says, the same requests every time', async () => {
  const statuses = async (): Promise<readonly number[]> => {
    const get = await underFault({ kind: 'status', status: 500, probability: 0.3 });
    const seen: number[] = [];
    for (let count = 0; count < 60; count++) seen.push((await get()).status);
    return seen;
  };

  const first = await statuses();

  expect(first.filter((status) => status === 500).length).toBeGreaterThan(8);
  expect(first.filter((status) => status === 500).length).toBeLessThan(30);
  expect(await statuses()).toEqual(first);
});

it('logs requests without their query', async () => {
  const logged: unknown[] = [];
  const { origins } = await start({ log: (served) => logged.push(served) });

  await call(`${origins['tailer']}/runs?key=secret`);

  expect(logged).toEqual([{ vendor: 'tailer', method: 'GET', path: '/runs', status: 200 }]);
});

it('leaves nothing listening when a vendor has no simulator', async () => {
  const { world } = createTestWorld();
  const first = await startSimulators({ world, vendors: ['tailer'] });
  await first.close();
  const ports = { tailer: Number(new URL(first.origins['tailer']!).port) };

  const failing = startSimulators({ world, vendors: ['tailer', '../etc'], ports });

  await expect(failing).rejects.toThrow('"../etc" is no vendor\'s id');
  const again = await startSimulators({ world, vendors: ['tailer'], ports });
  onTestFinished(() => again.close());
  expect(again.origins).toEqual(first.origins);
});

it('finds the simulators in the folders of their vendors', async () => {
  const { world } = createTestWorld();
  const vendors = ['snowplow', 'adverity', 'matatika', 'polaris', 'tailer'];

  const simulators = await startSimulators({ world, vendors });
  onTestFinished(() => simulators.close());

  expect(Object.keys(simulators.targets)).toEqual(vendors.map((vendor) => `acme-${vendor}`));
});

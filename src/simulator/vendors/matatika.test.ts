import { expect, it, onTestFinished } from 'vitest';
import { createManualClock } from '../../../test/support/http/http-options.ts';
import { startSimulator } from '../../../test/support/start-simulator.ts';
import { before, DAY, HOUR, seconds } from '../../model/time.ts';
import { createWorld } from '../create-world.ts';
import { createSimulator } from './matatika.ts';

const CLIENT = {
  grant_type: 'client_credentials',
  client_id: 'simulated-client',
  client_secret: 'simulated-client-secret',
  audience: 'https://app.matatika.com/api',
};

/** Two days of a job every half hour: 96 runs. */
async function start() {
  const clock = createManualClock();
  const world = createWorld({
    seed: 'matatika',
    clock,
    since: before(clock.now(), seconds(2 * DAY)),
    plan: [
      {
        vendor: 'matatika',
        name: 'Orders',
        kind: 'PIPELINE_RUN',
        workspace: 'Analytics',
        every: seconds(1800),
        queue: [seconds(5), seconds(30)],
        duration: [HOUR, HOUR],
        results: { success: 1 },
      },
    ],
  });
  const simulator = await startSimulator(createSimulator, world);
  onTestFinished(() => simulator[Symbol.asyncDispose]());
  const askToken = async (form: Readonly<Record<string, string>>) => {
    const body = new URLSearchParams(form);
    const response = await fetch(`${simulator.origin}/oauth/token`, { method: 'POST', body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const get = async (path: string, token: unknown) => {
    const headers = { authorization: `Bearer ${String(token)}` };
    const response = await fetch(`${simulator.origin}/api/${path}`, { headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { world, workspaceId: world.jobs('matatika')[0]!.workspaceId, askToken, get };
}

it.each([
  [{}, 200],
  [{ client_secret: 'wrong' }, 401],
  [{ audience: 'https://elsewhere.example' }, 403],
  [{ grant_type: 'password' }, 403],
])('answers a request for a token with %j by %d', async (changes, status) => {
  const { askToken } = await start();

  const answer = await askToken({ ...CLIENT, ...changes });

  expect(answer.status).toBe(status);
});

it('says what is wrong as the vendor does', async () => {
  const { get } = await start();

  const answer = await get('jobs/nothing', 'no-token');

  expect(answer).toEqual({
    status: 401,
    body: {
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?$/),
      status: 401,
      error: 'Unauthorized',
      errors: [],
      message: 'Unauthorized',
      path: '/api/jobs/nothing',
    },
  });
});

it('gives pages of 20 unless asked, oldest first unless asked, linked to another host', async () => {
  const { world, workspaceId, askToken, get } = await start();
  const { body: token } = await askToken(CLIENT);
  const runs = world.runs({ vendor: 'matatika' });

  const plain = await get(`workspaces/${workspaceId}/jobs`, token['access_token']);
  const newest = await get(`workspaces/${workspaceId}/jobs?size=2&sort=created,desc&page=1`, token['access_token']);

  const idsOf = (body: Record<string, unknown>) =>
    (body['_embedded'] as { jobs: { id: string }[] }).jobs.map(({ id }) => id);
  const totalElements = runs.length;
  expect(idsOf(plain.body)).toEqual(runs.slice(0, 20).map(({ id }) => id));
  expect(plain.body['page']).toEqual({ size: 20, totalElements, totalPages: Math.ceil(totalElements / 20), number: 0 });
  expect(plain.body['_links']).toMatchObject({
    next: { href: expect.stringMatching(/^http:\/\/catalog\.matatika\.com/) },
  });
  expect(idsOf(newest.body)).toEqual([runs.at(-3)!.id, runs.at(-4)!.id]);
});

it('leaves out what a live job does not have, and the list of an empty page', async () => {
  const { world, workspaceId, askToken, get } = await start();
  const { body: token } = await askToken(CLIENT);
  const live = world.runs({ vendor: 'matatika' }).findLast(({ phase }) => phase === 'executing')!;

  const job = await get(`jobs/${live.id}`, token['access_token']);
  const beyond = await get(`workspaces/${workspaceId}/jobs?page=999`, token['access_token']);

  expect(job.body).toMatchObject({
    id: live.id,
    status: 'RUNNING',
    _embedded: { profile: { email: 'ada@example.com' } },
  });
  expect(['exitCode', 'endTime'].filter((field) => field in job.body)).toEqual([]);
  expect(beyond.body).not.toHaveProperty('_embedded');
});

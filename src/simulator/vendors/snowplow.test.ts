import { expect, it } from 'vitest';
import { START } from '../../../test/support/http/http-options.ts';
import { type RunningSimulator, startSimulator } from '../../../test/support/start-simulator.ts';
import { before, DAY, HOUR, seconds } from '../../model/time.ts';
import { createWorld } from '../create-world.ts';
import { jobsOf, range } from '../plans/jobs-of.ts';
import type { JobPlan, World } from '../world.ts';
import { createSimulator } from './snowplow.ts';

const WORLD = worldOf([
  {
    vendor: 'snowplow',
    name: 'web-sessions',
    kind: 'data_model',
    workspace: 'com.acme-prod1',
    every: HOUR,
    queue: [seconds(1), seconds(5)],
    duration: [seconds(60), seconds(600)],
    results: { success: 1 },
    steps: ['run-dbt'],
  },
]);

function worldOf(plan: readonly JobPlan[]): World {
  const clock = { now: () => START, monotonic: () => seconds(0), sleep: () => Promise.resolve() };
  return createWorld({ seed: 'snowplow', clock, plan, since: before(START, seconds(10 * DAY)) });
}

const BASE = '/api/msc/v1/organizations/5a2d9c1e-7b34-4f60-8e21-0c9f6d1b7a48';
const KEYS = { 'x-api-key-id': 'simulated-key-id', 'x-api-key': 'simulated-snowplow-api-key' };

async function get({ origin }: RunningSimulator, path: string): Promise<Response> {
  const answer = await fetch(`${origin}${BASE}/credentials/v3/token`, { headers: KEYS });
  const { accessToken } = (await answer.json()) as { accessToken: string };
  return fetch(`${origin}${BASE}${path}`, { headers: { authorization: `Bearer ${accessToken}` } });
}

it('takes a window as two durations from now as well', async () => {
  await using simulator = await startSimulator(createSimulator, WORLD);

  const byDurations = await (await get(simulator, '/jobs/v1/runs?from=PT-12H&to=PT0S')).json();
  const byTimes = await get(simulator, '/jobs/v1/runs?from=2026-11-21T20:00:00Z&to=2026-11-22T08:00:00Z');

  expect(byDurations).toEqual(await byTimes.json());
  expect(byDurations).toHaveLength(12);
});

it('tells of a live run how long it has taken so far, and of one that waits nothing', async () => {
  // Created two to three days ago.
  const long = { kind: 'data_model', every: seconds(11 * DAY), phase: seconds(7 * DAY), results: { success: 1 } };
  const plan = jobsOf({ vendor: 'snowplow', workspace: 'com.acme-prod1', queue: range(0, 0) }, [
    { ...long, name: 'live', duration: range(9 * DAY, 9 * DAY) },
    { ...long, name: 'waiting', duration: range(9, 9), queue: range(9 * DAY, 9 * DAY) },
  ]);
  await using simulator = await startSimulator(createSimulator, worldOf(plan));

  const runs = await (await get(simulator, '/jobs/v1/runs?from=PT-96H&to=PT0S')).json();

  const byName = new Map((runs as readonly { jobName: string }[]).map((run) => [run.jobName, run]));
  expect(byName.get('live')).toMatchObject({
    state: 'RUNNING',
    duration: expect.stringMatching(/^P[12]DT\d+(\.\d+)?S$/),
  });
  expect(byName.get('waiting')).toEqual(expect.objectContaining({ state: 'WAITING' }));
  expect(byName.get('waiting')).not.toHaveProperty('startTime');
  expect(byName.get('waiting')).not.toHaveProperty('duration');
});

it.each([
  ['?from=2026-11-22T00:00:00Z', 'Missing query parameter: from and to'],
  ['?from=PT-12H&to=2026-11-22T08:00:00Z', 'from and to must both be ISO8601 timestamps or both be ISO8601 durations'],
  ['?from=2026-11-18T07:00:00Z&to=2026-11-22T08:00:00Z', 'The time window cannot exceed 96 hours'],
  ['?from=2026-11-15T07:59:59Z&to=2026-11-15T12:00:00Z', 'The time window cannot start earlier than 1 week ago'],
  ['?from=2026-11-22T08:00:00Z&to=2026-11-22T07:00:00Z', 'to must not be before from'],
])('refuses the window %s', async (query, message) => {
  await using simulator = await startSimulator(createSimulator, WORLD);

  const response = await get(simulator, `/jobs/v1/runs${query}`);

  expect([response.status, await response.json()]).toEqual([400, { message }]);
});

it.each([
  [`${BASE}/jobs/v1/runs`, 401, 'The access token is missing, invalid or expired'],
  [`${BASE}/credentials/v3/token`, 401, 'Invalid API key'],
  [`/api/msc/v1/organizations/another/jobs/v1/runs`, 404, 'Not found'],
])('answers %s without credentials with %i', async (path, status, message) => {
  await using simulator = await startSimulator(createSimulator, WORLD);

  const response = await fetch(`${simulator.origin}${path}`);

  expect([response.status, await response.json()]).toEqual([status, { message }]);
});

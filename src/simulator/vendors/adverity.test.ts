import { expect, it } from 'vitest';
import { START } from '../../../test/support/http/http-options.ts';
import { startSimulator } from '../../../test/support/start-simulator.ts';
import { before, DAY, seconds } from '../../model/time.ts';
import { createWorld } from '../create-world.ts';
import { createSimulator } from './adverity.ts';

const WORLD = createWorld({
  seed: 'adverity',
  clock: { now: () => START, monotonic: () => seconds(0), sleep: () => Promise.resolve() },
  plan: [
    {
      vendor: 'adverity',
      name: 'Google Ads DE',
      kind: 'googleads',
      workspace: 'Marketing',
      every: seconds(600),
      queue: [seconds(5), seconds(60)],
      duration: [seconds(300), seconds(1200)],
      results: { success: 8, failure: 2 },
    },
  ],
  since: before(START, seconds(5 * DAY)),
});
const DATES = 'start=2026-11-19&end=2026-11-22';

async function get(origin: string, path: string, key = 'simulated-adverity-key'): Promise<Response> {
  return fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${key}` }, redirect: 'manual' });
}

it('lists only live jobs without dates, and only finished ones with them', async () => {
  await using simulator = await startSimulator(createSimulator, WORLD);

  const live = await (await get(simulator.origin, '/api/jobs/')).json();
  const dated = await (await get(simulator.origin, `/api/jobs/?${DATES}`)).json();

  const labels = (body: { results: { state_label: string }[] }): readonly string[] =>
    [...new Set(body.results.map(({ state_label: label }) => label))].toSorted();
  expect(labels(live as never)).toEqual(['Running']);
  expect(labels(dated as never)).toEqual(['Failed', 'Success']);
});

it('gives at most 100 jobs a page, with links to its own origin', async () => {
  await using simulator = await startSimulator(createSimulator, WORLD);

  const first = await (await get(simulator.origin, `/api/jobs/?${DATES}&page_size=5000`)).json();

  expect(first).toMatchObject({
    previous: null,
    next: `${simulator.origin}/api/jobs/?${DATES}&page_size=5000&page=2`,
  });
  expect((first as { results: unknown[] }).results).toHaveLength(100);
});

it.each([
  ['/api/jobs', 301, null],
  ['/api/jobs/?page=9', 404, { detail: 'Invalid page.' }],
  ['/api/jobs/99/', 404, { detail: 'Not found.' }],
  [
    // As the documents write it, with a slash after the id.
    '/api/jobs/?datastream_id=1001/',
    400,
    { detail: 'Invalid query parameters.', errors: { datastream_id: ['Enter a number.'] } },
  ],
  [
    '/api/jobs/?start=yesterday&end=2026-11-22',
    400,
    { detail: 'Invalid query parameters.', errors: { start: ['Enter a valid date/time.'] } },
  ],
])('answers %s with %i', async (path, status, body) => {
  await using simulator = await startSimulator(createSimulator, WORLD);

  const response = await get(simulator.origin, path);

  expect(response.status).toBe(status);
  if (body !== null) expect(await response.json()).toEqual(body);
});

it('refuses a wrong key', async () => {
  await using simulator = await startSimulator(createSimulator, WORLD);

  const response = await get(simulator.origin, '/api/jobs/', 'wrong-key');

  expect([response.status, await response.json()]).toEqual([401, { detail: 'Invalid token.' }]);
});

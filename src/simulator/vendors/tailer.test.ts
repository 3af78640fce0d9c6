import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../../test/support/http/http-options.ts';
import { startSimulator } from '../../../test/support/start-simulator.ts';
import { before, HOUR, MINUTE, parseTimedelta, parseTimestamp, seconds } from '../../model/time.ts';
import { createWorld } from '../create-world.ts';
import { jobsOf, range } from '../plans/jobs-of.ts';
import { createSimulator } from './tailer.ts';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const NAME = '000099_pda_DEV';
const LIST = {
  action: 'get_last_status',
  account: '000099',
  environment: 'DEV',
  configuration_type: 'table-to-table',
  configuration_id: NAME,
};

/** A simulator over twelve hours of two data operations, and how to speak to it. */
async function simulate() {
  const clock = createManualClock();
  const plan = jobsOf({ vendor: 'tailer', workspace: '000099/DEV', kind: 'table-to-table', queue: range(1, 5) }, [
    { name: NAME, every: seconds(10 * MINUTE), duration: range(20, 90), results: { success: 3, failure: 1 } },
    {
      name: '000099_receipts',
      kind: 'storage-to-storage',
      every: HOUR,
      duration: range(20, 90),
      results: { success: 1 },
    },
    {
      name: '000099_export',
      kind: 'table-to-storage',
      every: seconds(20 * MINUTE),
      queue: range(5 * MINUTE, 5 * MINUTE),
      duration: range(60, 60),
      untimed: true,
      results: { success: 1 },
    },
  ]);
  const world = createWorld({ seed: 'tailer', clock, plan, since: before(clock.now(), seconds(12 * HOUR)) });
  const simulator = await startSimulator(createSimulator, world);

  async function post(path: string, body: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const response = await fetch(simulator.origin + path, { method: 'POST', body, headers });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }
  const exchange = (key: string, refreshToken: string): Promise<Answer> =>
    post(
      `/securetoken/v1/token?key=${key}`,
      new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }).toString(),
      { 'content-type': 'application/x-www-form-urlencoded' },
    );
  return {
    world,
    clock,
    exchange,
    login: async (): Promise<string> => {
      const { body } = await exchange('simulated-firebase-api-key', 'simulated-tailer-refresh-token');
      return String(body['id_token']);
    },
    ask: (token: string, body: object) =>
      post('/v1/dag/status', JSON.stringify(body), {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
      }),
    [Symbol.asyncDispose]: () => simulator[Symbol.asyncDispose](),
  };
}

const recordsOf = ({ body }: Answer): readonly Readonly<Record<string, string>>[] =>
  body['results'] as readonly Readonly<Record<string, string>>[];

describe('the token endpoint', () => {
  it.each([
    ['an unknown key', 'other', 'simulated-tailer-refresh-token', 'API_KEY_INVALID'],
    ['an unknown refresh token', 'simulated-firebase-api-key', 'other', 'INVALID_REFRESH_TOKEN'],
  ])('refuses %s as Google does', async (_what, key, refreshToken, message) => {
    await using simulator = await simulate();

    const { status, body } = await simulator.exchange(key, refreshToken);

    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { code: 400, message } });
  });

  it('gives tokens that end after an hour of the world', async () => {
    await using simulator = await simulate();
    const token = await simulator.login();
    simulator.clock.advance(seconds(HOUR - 1));
    const atFirst = await simulator.ask(token, LIST);
    simulator.clock.advance(seconds(1));

    const later = await simulator.ask(token, LIST);

    expect([atFirst.status, later.status]).toEqual([200, 401]);
  });
});

describe('the status endpoint', () => {
  it.each([
    ['an action that writes', { ...LIST, action: 'set_run_status', run_id: 'a', status: 'CHECKED' }],
    ['a list without its data operation', { ...LIST, configuration_id: undefined }],
    ['a look-up without its job', { ...LIST, action: 'check_run_status', run_id: 'a' }],
  ])('refuses %s', async (_what, body) => {
    await using simulator = await simulate();

    const { status } = await simulator.ask(await simulator.login(), body);

    expect(status).toBe(400);
  });

  it('lists runs as the documents show them, newest first and fifteen unless told', async () => {
    await using simulator = await simulate();

    const records = recordsOf(await simulator.ask(await simulator.login(), LIST));

    const starts = records.map((record) => parseTimestamp(record['start_execution_date'] ?? '') ?? 0);
    expect(starts).toHaveLength(15);
    expect(starts).toEqual(starts.toSorted((a, b) => b - a));
    expect(records.at(-1)).toEqual({
      account: '000099',
      configuration_id: NAME,
      configuration_type: 'gbq-to-gbq',
      duration: expect.stringMatching(/^0:0[01]:\d{2}(?:\.\d{6})?$/),
      environment: 'DEV',
      job_id: `gbq-to-gbq|${NAME}`,
      last_update_date: expect.stringMatching(/\+00:00$/),
      run_id: expect.stringMatching(/^\d{8}-\d{6}-[\da-f-]{36}$/),
      start_execution_date: expect.stringMatching(/\+00:00$/),
      status: expect.stringMatching(/^(?:SUCCESS|FAILED)$/),
    });
  });

  it('lists all data operations of a type, by status', async () => {
    await using simulator = await simulate();
    const type = { action: 'get_by_status', account: '000099', configuration_type: 'storage-to-storage', limit: 100 };
    const token = await simulator.login();

    const all = recordsOf(await simulator.ask(token, type));
    const failed = recordsOf(await simulator.ask(token, { ...type, status: 'FAILED' }));

    expect(all.length).toBeGreaterThan(10);
    expect(all[0]).toMatchObject({
      configuration_type: 'storage-to-storage',
      job_id: expect.stringMatching(/^storage-to-storage\|000099\|000099_receipts\|DEV\|\w+-\{\{FD_DATE\}\}/),
    });
    expect(all.some((record) => 'last_update_date' in record)).toBe(false);
    expect(failed).toEqual([]);
  });

  it('shows a run that waits, from its creation; it ends later than its start and its duration say', async () => {
    await using simulator = await simulate();
    const waiting = { ...LIST, configuration_type: 'table-to-storage', configuration_id: '000099_export', limit: 100 };

    const { clock } = simulator;
    const token = await simulator.login();
    const statuses = new Set<string | undefined>();
    for (let minute = 0; minute < 20; minute += 1) {
      clock.advance(MINUTE);
      statuses.add(recordsOf(await simulator.ask(token, waiting))[0]?.['status']);
    }
    const records = recordsOf(await simulator.ask(token, waiting));

    const done = records.find(({ status }) => status === 'SUCCESS')!;
    const [start, end] = ['start_execution_date', 'last_update_date'].map((name) => parseTimestamp(done[name] ?? ''));
    expect(statuses).toEqual(new Set(['WAITING', 'RUNNING', 'SUCCESS']));
    expect(end! - start!).toBeCloseTo(6 * MINUTE, 0);
    expect(records.some((record) => 'duration' in record)).toBe(false);
  });

  it('tells durations to the microsecond', async () => {
    await using simulator = await simulate();

    const records = recordsOf(await simulator.ask(await simulator.login(), { ...LIST, limit: 100 }));

    const ended = simulator.world.runs({ vendor: 'tailer' }).filter(({ job, endedAt }) => job.name === NAME && endedAt);
    const durations = records.flatMap((record) => parseTimedelta(record['duration'] ?? '') ?? []).toReversed();
    const expected = ended.map(({ startedAt, endedAt }) => expect.closeTo(endedAt! - startedAt!, 5) as number);
    expect(durations).toEqual(expected);
  });
});

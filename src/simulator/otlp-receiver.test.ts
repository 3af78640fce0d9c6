import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { request } from 'undici';
import { createTestWorld } from '../../test/support/world.ts';
import { startSimulators } from './start-simulators.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const TAKEN = { status: 200, body: {} };
const NOTHING = { requests: 0, last: null };

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A receiver, as the control server has it. */
async function startReceiver(): Promise<{
  push(body: string | Buffer, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  show(): Promise<unknown>;
}> {
  const simulators = await startSimulators({ ...createTestWorld(), vendors: [] });
  onTestFinished(() => simulators.close());
  const call = async (options: Parameters<typeof request>[1]): Promise<Answer> => {
    const { statusCode, body } = await request(`${simulators.control}/v1/metrics`, { ...options, reset: true });
    return { status: statusCode, body: await body.json() };
  };
  return {
    push: (body, headers = JSON_TYPE) => call({ method: 'POST', headers, body }),
    show: async () => (await call({})).body,
  };
}

function exportOf(...names: readonly string[]): object {
  const metrics = names.map((name) => ({ name, gauge: { dataPoints: [{ asDouble: 1, timeUnixNano: '1' }] } }));
  return { resourceMetrics: [{ resource: { attributes: [] }, scopeMetrics: [{ scope: { name: 'a' }, metrics }] }] };
}

it('takes pushes, counts them and shows the last one as it came', async () => {
  const { push, show } = await startReceiver();
  const before = await show();

  const answers = [await push(JSON.stringify(exportOf('a', 'b'))), await push(JSON.stringify(exportOf('c')))];

  expect(before).toEqual(NOTHING);
  expect(answers).toEqual([TAKEN, TAKEN]);
  expect(await show()).toEqual({ requests: 2, last: exportOf('c') });
});

it('takes a push without metrics, one of several megabytes, and one that is packed', async () => {
  const { push, show } = await startReceiver();
  const large = exportOf('a'.repeat(5_000_000));

  const answers = [
    await push('{}'),
    await push(JSON.stringify(large)),
    await push(gzipSync(JSON.stringify(large)), { ...JSON_TYPE, 'content-encoding': 'gzip' }),
  ];

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(await show()).toEqual({ requests: 3, last: large });
});

it.each([
  ['what is not JSON', '{"resourceMetrics":', JSON_TYPE, 400, 'The body is not JSON'],
  ['JSON of another shape', '{"resourceMetrics":{}}', JSON_TYPE, 400, 'resourceMetrics'],
  ['metrics without a name', JSON.stringify(exportOf('')), JSON_TYPE, 400, 'metrics[0].name'],
  ['protobuf', 'binary', { 'content-type': 'application/x-protobuf' }, 415, 'push with the protocol http/json'],
  ['a body that is not packed as it says', '{}', { ...JSON_TYPE, 'content-encoding': 'gzip' }, 400, 'header'],
  ['more than 16 MB', ' '.repeat(17_000_000), JSON_TYPE, 413, 'too large'],
])(
  'refuses %s with a status of the protocol, and goes on showing what it had',
  async (_what, body, headers, status, message) => {
    const { push, show } = await startReceiver();

    const answer = await push(body, headers);

    expect(answer).toEqual({ status, body: { code: 3, message: expect.stringContaining(message) } });
    expect(await show()).toEqual(NOTHING);
  },
);

import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { forever } from '../../../test/support/http/http-options.ts';
import { VendorError } from '../../http/errors.ts';
import type { HttpClient } from '../../http/http-client.ts';
import { oneAtATime } from './one-at-a-time.ts';

const ANSWER = { status: 200, body: null, date: null, url: new URL('https://acme.example/') };

/** A client that notes what begins and ends, and ends nothing by itself; what is called `bad` fails. */
function createSlowClient(): { readonly client: HttpClient; readonly log: string[]; endNext(): void } {
  const log: string[] = [];
  const waiting: (() => void)[] = [];
  const client: HttpClient = {
    async request({ path, signal }) {
      if (signal.aborted) throw new VendorError('it was given up', { reason: 'timeout' });
      log.push(`begin ${path}`);
      await new Promise<void>((resolve) => waiting.push(resolve));
      log.push(`end ${path}`);
      if (path === 'bad') throw new VendorError('it failed', { reason: 'http_server' });
      return ANSWER;
    },
  };
  return { client, log, endNext: () => waiting.shift()?.() };
}

it('lets one request out at a time, in the order of asking', async () => {
  const slow = createSlowClient();
  const client = oneAtATime(slow.client);
  const ask = (path: string): Promise<unknown> => client.request({ operation: 'job', path, signal: forever() });

  const answers = Promise.all(['a', 'b', 'c'].map(ask));
  for (let turn = 0; turn < 3; turn++) {
    await setImmediate();
    slow.endNext();
  }

  await expect(answers).resolves.toEqual([ANSWER, ANSWER, ANSWER]);
  expect(slow.log).toEqual(['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c']);
});

it('goes on after a request that failed', async () => {
  const slow = createSlowClient();
  const client = oneAtATime(slow.client);

  const bad = client.request({ operation: 'job', path: 'bad', signal: forever() });
  const good = client.request({ operation: 'job', path: 'good', signal: forever() });
  const refused = expect(bad).rejects.toThrow('it failed');
  await setImmediate();
  slow.endNext();
  await refused;
  await setImmediate();
  slow.endNext();

  await expect(good).resolves.toEqual(ANSWER);
});

it('does not let an aborted request wait for its turn, nor the next one take it', async () => {
  const slow = createSlowClient();
  const client = oneAtATime(slow.client);
  const controller = new AbortController();

  const first = client.request({ operation: 'job', path: 'first', signal: forever() });
  const aborted = client.request({ operation: 'job', path: 'aborted', signal: controller.signal });
  const next = client.request({ operation: 'job', path: 'next', signal: forever() });
  const refused = expect(aborted).rejects.toMatchObject({ reason: 'timeout' });
  await setImmediate();
  controller.abort();
  await refused;
  const whileFirstIsOut = [...slow.log];
  slow.endNext();
  await first;
  await setImmediate();
  slow.endNext();
  await next;

  expect(whileFirstIsOut).toEqual(['begin first']);
  expect(slow.log).toEqual(['begin first', 'end first', 'begin next', 'end next']);
});

it('keeps no answer once it was given', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const answers: WeakRef<object>[] = [];
  const client = oneAtATime({
    request: async () => {
      const answer = { ...ANSWER };
      answers.push(new WeakRef(answer));
      return answer;
    },
  });

  for (let asked = 0; asked < 20; asked += 1)
    await client.request({ operation: 'list_jobs', path: 'jobs/', signal: forever() });
  await setImmediate();
  collectGarbage();

  expect(answers.filter((answer) => answer.deref() !== undefined).length).toBeLessThanOrEqual(1);
});

import { expect, test } from 'vitest';
import { shareConcurrent } from './share-concurrent.ts';

test('does the work once for all who ask meanwhile, and again for who asks later', async () => {
  let done = 0;
  const share = shareConcurrent(async () => {
    done += 1;
    return done;
  });
  const { signal } = new AbortController();

  const together = await Promise.all([share(signal), share(signal)]);
  const later = await share(signal);

  expect(together).toEqual([1, 1]);
  expect(later).toBe(2);
});

test('lets one caller leave and serves the others', async () => {
  const gate = Promise.withResolvers<string>();
  const inner: AbortSignal[] = [];
  const share = shareConcurrent((signal) => {
    inner.push(signal);
    return gate.promise;
  });
  const leaver = new AbortController();
  const left = share(leaver.signal);
  const stays = share(new AbortController().signal);

  leaver.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  const abortedMeanwhile = inner[0]!.aborted;
  gate.resolve('done');

  expect(await stays).toBe('done');
  expect(abortedMeanwhile).toBe(false);
});

test('aborts the work when the last caller has left, and starts anew for the next', async () => {
  const inner: AbortSignal[] = [];
  const share = shareConcurrent((signal) => {
    inner.push(signal);
    return inner.length === 1 ? new Promise<string>(() => {}) : Promise.resolve('second');
  });
  const leaver = new AbortController();
  const left = share(leaver.signal);

  leaver.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');

  expect(inner[0]!.aborted).toBe(true);
  expect(await share(new AbortController().signal)).toBe('second');
});

test('starts nothing for a caller that has gone already', async () => {
  let started = false;
  const share = shareConcurrent(async () => {
    started = true;
  });

  await expect(share(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  expect(started).toBe(false);
});

import { expect, test } from 'vitest';
import { seconds, unixSeconds } from '../model/time.ts';
import { type FailureReason, VendorError } from './errors.ts';
import { isPassing, retryDelay, withRetries } from './retry.ts';
import { createManualClock, forever } from '../../test/support/http/http-options.ts';

test.each<[FailureReason, number | null, boolean]>([
  ['rate_limited', 429, true],
  ['http_server', 502, true],
  ['http_server', 503, true],
  ['http_server', 504, true],
  ['http_server', 529, true],
  ['network', null, true],
  ['timeout', null, true],
  ['http_server', 500, false],
  ['http_client', 404, false],
  ['auth', 401, false],
  ['network', 403, false],
  ['schema', 200, false],
])('knows whether %s with status %j may pass', (reason, status, expected) => {
  expect(isPassing(new VendorError('', { reason, status }))).toBe(expected);
});

test.each([403, 404, 500, 529])('takes a %i that says when to come back for one that may pass', (status) => {
  const error = new VendorError('', { reason: 'http_server', status, retryAfter: seconds(2) });

  expect(isPassing(error)).toBe(true);
});

test('doubles the wait at every retry and leaves up to half of it to chance', () => {
  expect([0, 1, 2].map((retry) => retryDelay(retry, null, () => 0))).toEqual([0.5, 1, 2]);
  expect(retryDelay(1, null, () => 0.5)).toBe(0.75);
});

test('lets Retry-After win where it is short, and does not retry where it is long', () => {
  expect(retryDelay(0, seconds(5), () => 0)).toBe(5);
  expect(retryDelay(0, seconds(5.1), () => 0)).toBeNull();
});

test('gives up after two retries with the last error', async () => {
  const clock = createManualClock();
  let tries = 0;
  const attempt = async (): Promise<never> => {
    tries += 1;
    throw new VendorError(`try ${tries}`, { reason: 'network' });
  };

  const outcome = withRetries(attempt, {
    clock,
    random: () => 0,
    signal: forever(),
    failed: () => {},
    retried: () => {},
  });

  await expect(outcome).rejects.toThrow('try 3');
  expect(clock.slept).toEqual([0.5, 1]);
});

test('does not repeat what is no error of a vendor', async () => {
  const clock = createManualClock();
  const attempt = async (): Promise<never> => {
    throw new RangeError('a bug');
  };

  const outcome = withRetries(attempt, {
    clock,
    random: () => 0,
    signal: forever(),
    failed: () => {},
    retried: () => {},
  });

  await expect(outcome).rejects.toThrow(RangeError);
  expect(clock.slept).toEqual([]);
});

test.each(['while a retry waits', 'while a retry runs'])(
  'gives the last cause, and the time that the vendor named with it, where the time is over %s',
  async (when) => {
    const controller = new AbortController();
    const end = (): void => controller.abort(new DOMException('', 'TimeoutError'));
    let tries = 0;
    const attempt = async (): Promise<never> => {
      tries += 1;
      if (tries === 2) end();
      if (controller.signal.aborted) throw new VendorError('no time left', { reason: 'timeout' });
      const date = unixSeconds(1_800_000_000);
      throw new VendorError('answered 429', { reason: 'rate_limited', status: 429, retryAfter: seconds(3), date });
    };
    const clock = { ...createManualClock(), sleep: async () => (when.endsWith('waits') ? end() : undefined) };

    const outcome = withRetries(attempt, {
      clock,
      random: () => 0,
      signal: controller.signal,
      failed: () => {},
      retried: () => {},
    });

    await expect(outcome).rejects.toMatchObject({
      message: "answered 429; the poll's time was over during retries",
      reason: 'rate_limited',
      status: 429,
      retryAfter: 3,
      date: 1_800_000_000,
    });
  },
);

test('gives a time-out where the time is over before any try has come to its end', async () => {
  const signal = AbortSignal.abort(new DOMException('', 'TimeoutError'));
  const attempt = async (): Promise<never> => {
    throw new VendorError('no time left', { reason: 'timeout' });
  };

  const outcome = withRetries(attempt, {
    clock: createManualClock(),
    random: () => 0,
    signal,
    failed: () => {},
    retried: () => {},
  });

  await expect(outcome).rejects.toMatchObject({ message: 'no time left', reason: 'timeout' });
});

test('counts no retry that an abort has prevented', async () => {
  const controller = new AbortController();
  const told: string[] = [];
  const attempt = async (): Promise<never> => {
    told.push('tried');
    throw new VendorError('', { reason: controller.signal.aborted ? 'timeout' : 'network' });
  };
  const clock = { ...createManualClock(), sleep: async () => controller.abort() };

  const outcome = withRetries(attempt, {
    clock,
    random: () => 0,
    signal: controller.signal,
    failed: () => {},
    retried: () => told.push('retried'),
  });

  await expect(outcome).rejects.toMatchObject({ reason: 'timeout' });
  expect(told).toEqual(['tried', 'tried']);
});

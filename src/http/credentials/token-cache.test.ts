import { expect, test } from 'vitest';
import { forever, httpOptions, START } from '../../../test/support/http/http-options.ts';
import { seconds } from '../../model/time.ts';
import { within } from '../../model/time-limit.ts';
import { VendorError } from '../errors.ts';
import type { Credentials } from '../http-client.ts';
import { type FetchOptions, createTokenCache, refreshAge } from './token-cache.ts';
import type { Token } from './token-life.ts';

/** A cache over numbered tokens of an hour each, unless `fetchToken` says otherwise. */
function tokenCache(fetchToken?: (number: number, asking: FetchOptions) => Promise<Token>): {
  cache: Credentials;
  http: ReturnType<typeof httpOptions>;
  fetched: () => number;
} {
  const http = httpOptions();
  let fetched = 0;
  const cache = createTokenCache({
    ...http,
    fetchToken: async (asking) => {
      fetched += 1;
      return fetchToken === undefined ? { value: `t${fetched}`, life: seconds(3600) } : fetchToken(fetched, asking);
    },
  });
  return { cache, http, fetched: () => fetched };
}

test.each([
  [86_400, 69_120],
  [3600, 2880],
  [300, 240],
  [240, 180],
  [120, 60],
  [30, 15],
])('replaces a token of %i s after %i s', (life, expected) => {
  expect(refreshAge(seconds(life))).toBe(expected);
});

test('fetches one token for all who wait for it', async () => {
  const { cache, fetched, http } = tokenCache();

  const headers = await Promise.all([1, 2, 3].map(() => cache.headers(forever())));

  expect(headers).toEqual([1, 2, 3].map(() => ({ authorization: 'Bearer t1' })));
  expect(fetched()).toBe(1);
  expect(http.told).toEqual([`expires ${START + 3600}`]);
});

test('keeps a token until shortly before its end', async () => {
  const { cache, http } = tokenCache();

  const seen: unknown[] = [];
  for (const step of [0, 2879, 1]) {
    http.clock.advance(seconds(step));
    seen.push((await cache.headers(forever()))['authorization']);
  }

  expect(seen).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t2']);
});

test('drops a token that was refused', async () => {
  const { cache } = tokenCache();

  await cache.headers(forever());
  const renewed = cache.renew();

  expect(renewed).toBe(true);
  expect(await cache.headers(forever())).toEqual({ authorization: 'Bearer t2' });
});

test('goes on with a living token while a new one cannot be had, and asks again a minute later', async () => {
  const { cache, http, fetched } = tokenCache(async (number) => {
    if (number > 1) throw new VendorError('down', { reason: 'network' });
    return { value: 't1', life: seconds(3600) };
  });

  await cache.headers(forever());
  http.clock.advance(seconds(3000));
  const during = [await cache.headers(forever()), await cache.headers(forever())];
  const fetchedDuring = fetched();
  http.clock.advance(seconds(60));
  await cache.headers(forever());
  const fetchedAfter = fetched();
  http.clock.advance(seconds(600));

  expect(during).toEqual([1, 2].map(() => ({ authorization: 'Bearer t1' })));
  expect([fetchedDuring, fetchedAfter]).toEqual([2, 3]);
  await expect(cache.headers(forever())).rejects.toThrow('down');
});

test('does not fall back on a token that was refused while a new one was asked for', async () => {
  const gate = Promise.withResolvers<Token>();
  const { cache, http } = tokenCache(async (number) =>
    number === 1 ? { value: 't1', life: seconds(3600) } : gate.promise,
  );
  await cache.headers(forever());
  http.clock.advance(seconds(3000));

  const refreshed = cache.headers(forever());
  cache.renew();
  gate.reject(new VendorError('down', { reason: 'network' }));

  await expect(refreshed).rejects.toThrow('down');
});

test('passes a failure on to all who wait, and tries anew for who asks later', async () => {
  const { cache } = tokenCache(async (number) => {
    if (number === 1) throw new VendorError('refused', { reason: 'auth' });
    return { value: 't2', life: seconds(60) };
  });

  const outcomes = await Promise.allSettled([cache.headers(forever()), cache.headers(forever())]);

  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await cache.headers(forever())).toEqual({ authorization: 'Bearer t2' });
});

test("says that no token came within the poll's time", async () => {
  const { cache } = tokenCache(() => Promise.withResolvers<Token>().promise);

  const late = cache.headers(within(seconds(0.01), forever()));

  await expect(late).rejects.toMatchObject({
    reason: 'timeout',
    message: expect.stringMatching(/^no token came within the poll's time; .*raise poll_timeout \(operation token\)$/),
  });
});

test('lets one caller leave at once and still serves the other', async () => {
  const gate = Promise.withResolvers<Token>();
  const { cache } = tokenCache(() => gate.promise);
  const leaver = new AbortController();
  const left = cache.headers(leaver.signal);
  const stays = cache.headers(forever());

  leaver.abort();
  await expect(left).rejects.toMatchObject({
    name: 'VendorError',
    reason: 'timeout',
    message: 'waiting for a token was given up, as the exporter stops (operation token)',
  });
  gate.resolve({ value: 't1', life: seconds(60) });

  expect(await stays).toEqual({ authorization: 'Bearer t1' });
});

test('keeps a token that was to be replaced where no other is to be had', async () => {
  const { cache } = tokenCache(async (number) => {
    if (number > 1) throw new VendorError('down', { reason: 'network' });
    return { value: 't1', life: seconds(3600) };
  });
  await cache.headers(forever());

  expect(cache.refresh()).toBe(true);

  expect(await cache.headers(forever())).toEqual({ authorization: 'Bearer t1' });
});

test('says what keeps a token away, rather than that the time was over', async () => {
  const { cache } = tokenCache(async (_number, { failed }) => {
    failed(new VendorError('answered 429', { reason: 'rate_limited', status: 429 }));
    return new Promise<never>(() => {});
  });

  await expect(cache.headers(within(seconds(0.05), forever()))).rejects.toMatchObject({
    reason: 'rate_limited',
    message: "answered 429; the poll's time was over during retries",
  });
});

/** The rate limit of a vendor, as the client obeys it, on real servers. */
import { expect, onTestFinished, test } from 'vitest';
import { fixedCredentials, forever, httpOptions, START, type TestHttp } from '../../test/support/http/http-options.ts';
import { json, startServer, type TestServer } from '../../test/support/http/start-server.ts';
import { Secret } from '../config/secret.ts';
import { DAY, HOUR, MINUTE, seconds } from '../model/time.ts';
import { within } from '../model/time-limit.ts';
import { createHttpClient } from './create-http-client.ts';
import { createClientCredentials } from './credentials/client-credentials.ts';
import type { VendorError } from './errors.ts';
import type { HttpClient, HttpClientOptions } from './http-client.ts';

function clientFor({ url }: TestServer, http: TestHttp, options: Partial<HttpClientOptions> = {}): HttpClient {
  const client = createHttpClient({ baseUrl: url, credentials: fixedCredentials(), ...http, ...options });
  onTestFinished(() => client.close());
  return client;
}

async function ask(client: HttpClient, signal = forever()): Promise<number> {
  return (await client.request({ operation: 'list_jobs', path: 'jobs/', signal })).status;
}

async function fail(client: HttpClient, signal = forever()): Promise<VendorError> {
  return ask(client, signal).then(
    (answered) => expect.unreachable(`answered ${answered}`),
    (error: VendorError) => error,
  );
}

/** An answer that leaves so many requests for so long. */
const left = (remaining: number, window: number, code = 200, headers: Readonly<Record<string, string>> = {}) =>
  json([], code, {
    ratelimit: `"default";r=${remaining};t=${window}`,
    'ratelimit-policy': '"default";q=2',
    ...headers,
  });

test('waits for the next window when nothing is left, and goes on at once in it', async () => {
  const server = await startServer(left(1, 30), left(0, 30), left(1, 60), json([]));
  const http = httpOptions();
  const client = clientFor(server, http);

  for (let request = 0; request < 4; request += 1) expect(await ask(client)).toBe(200);

  expect(http.clock.slept).toEqual([30]);
  expect(http.told).toEqual([
    `left 1 of 2 until ${START + 30}`,
    'list_jobs 200',
    `left 0 of 2 until ${START + 30}`,
    'list_jobs 200',
    `left 1 of 2 until ${START + 90}`,
    'list_jobs 200',
    `left 1 of 2 until ${START + 90}`,
    'list_jobs 200',
  ]);
});

test('goes by refusals alone once a new window is said to be used up with its first request, until something is left', async () => {
  const server = await startServer(
    left(0, 30),
    left(0, 30),
    left(0, 30),
    left(0, 30, 429),
    left(1, 30),
    left(0, 30),
    json([]),
  );
  const http = httpOptions();
  const client = clientFor(server, http);

  for (let request = 0; request < 3; request += 1) expect(await ask(client)).toBe(200);
  const refused = await fail(client);
  for (let request = 0; request < 3; request += 1) expect(await ask(client)).toBe(200);

  expect([refused.reason, refused.retryAfter]).toEqual(['rate_limited', 30]);
  expect(http.clock.slept).toEqual([30, 30]);
});

test('tells nothing of a vendor that says nothing', async () => {
  const server = await startServer(json([]));
  const http = httpOptions();

  await ask(clientFor(server, http));

  expect(http.told).toEqual(['list_jobs 200']);
});

test('forgets a rate limit once its window is over and an answer says nothing more', async () => {
  const server = await startServer(left(1, 30), json([]), json([]));
  const http = httpOptions();
  const client = clientFor(server, http);

  for (let request = 0; request < 3; request += 1) {
    await ask(client);
    http.clock.advance(seconds(20));
  }

  const limits = http.told.filter((told) => !told.startsWith('list_jobs'));
  expect(limits).toEqual([`left 1 of 2 until ${START + 30}`, `left 1 of 2 until ${START + 30}`, 'forgot']);
});

test('waits for nothing where no end is said, and forgets that with the next answer', async () => {
  const server = await startServer(json([], 200, { 'x-ratelimit-remaining': '0' }), json([]));
  const http = httpOptions();
  const client = clientFor(server, http);

  await ask(client);
  await ask(client);

  expect(http.clock.slept).toEqual([]);
  expect(http.told).toEqual(['left 0 of null until null', 'list_jobs 200', 'forgot', 'list_jobs 200']);
});

test('waits where its caller has the time', async () => {
  const server = await startServer(left(0, 30));
  const http = httpOptions();
  const client = clientFor(server, http);

  await ask(client, within(MINUTE, forever()));
  await ask(client, within(MINUTE, forever()));

  expect(http.clock.slept).toEqual([30]);
});

test('fails at once where its caller has not, and says for how long', async () => {
  const server = await startServer(left(0, 90));
  const http = httpOptions();
  const client = clientFor(server, http);
  await ask(client);

  const error = await fail(client, within(MINUTE, forever()));

  expect(error).toMatchObject({ name: 'VendorError', reason: 'rate_limited', status: null, retryAfter: 90 });
  expect(error.message).toBe(
    `GET ${server.url.origin}/jobs/ was not sent: the vendor's rate limit is used up until 2026-11-22T08:01:30Z; ` +
      `poll less often if this stays (operation list_jobs)`,
  );
  expect(http.clock.slept).toEqual([]);
  expect(server.seen).toHaveLength(1);
});

test('asks again as soon as the window is over', async () => {
  const server = await startServer(left(0, 90), left(1, 90));
  const http = httpOptions();
  const client = clientFor(server, http);
  await ask(client);
  const { retryAfter } = await fail(client, within(MINUTE, forever()));

  http.clock.advance(retryAfter!);

  expect(await ask(client, within(MINUTE, forever()))).toBe(200);
  expect(http.clock.slept).toEqual([]);
});

test('waits an hour at most, whatever the vendor says', async () => {
  const server = await startServer(left(0, DAY));
  const http = httpOptions();
  const client = clientFor(server, http);
  await ask(client);

  const error = await fail(client, within(MINUTE, forever()));
  await ask(client);

  expect(error.retryAfter).toBe(HOUR);
  expect(http.clock.slept).toEqual([HOUR]);
});

test('waits for no window that a clock that was set back has moved away', async () => {
  const server = await startServer(left(0, 90));
  const http = httpOptions();
  const client = clientFor(server, http);
  await ask(client);

  http.clock.advance(seconds(-86_400));
  await ask(client, within(MINUTE, forever()));

  expect(http.clock.slept).toEqual([]);
});

test('ends a wait when its caller aborts, and asks nothing', async () => {
  const controller = new AbortController();
  const server = await startServer(left(0, 30));
  const http = httpOptions();
  const clock = { ...http.clock, sleep: async () => controller.abort() };
  const client = clientFor(server, http, { clock });
  await ask(client);

  const error = await fail(client, controller.signal);

  expect(error).toMatchObject({ reason: 'timeout' });
  expect(server.seen).toHaveLength(1);
});

test('takes the window of a used-up limit for a Retry-After that is missing', async () => {
  const server = await startServer(left(0, 2, 429), left(0, 40, 503));
  const http = httpOptions();

  const error = await fail(clientFor(server, http));

  expect(http.clock.slept).toEqual([2]);
  expect(error).toMatchObject({ reason: 'http_server', status: 503, retryAfter: 40 });
  expect(server.seen).toHaveLength(2);
});

test('lets Retry-After go before the window', async () => {
  const server = await startServer(left(0, 1800, 429, { 'retry-after': '2' }), json([]));
  const http = httpOptions();

  expect(await ask(clientFor(server, http), within(MINUTE, forever()))).toBe(200);

  expect(http.clock.slept).toEqual([2]);
});

test('does not take a window of which something is left for the reason of a refusal', async () => {
  const server = await startServer(left(1, 1800, 503), json([]));
  const http = httpOptions();

  await ask(clientFor(server, http));

  expect(http.clock.slept).toEqual([0.5]);
});

test('tries no more than what is left after a passing fault', async () => {
  const server = await startServer(left(0, 40, 502));
  const http = httpOptions();

  const error = await fail(clientFor(server, http), within(seconds(20), forever()));

  expect(error).toMatchObject({ reason: 'rate_limited', retryAfter: 39.5 });
  expect(server.seen).toHaveLength(1);
});

test("neither learns from a token endpoint nor lets it wait for the API's window", async () => {
  const tokens = await startServer(
    json({ access_token: 'one', expires_in: 60 }, 200, { ratelimit: '"token";r=0;t=1800' }),
    json({ access_token: 'two', expires_in: 3600 }, 200, { ratelimit: '"token";r=0;t=1800' }),
  );
  const server = await startServer(left(0, 120), json([]));
  const http = httpOptions();
  const credentials = createClientCredentials({
    tokenUrl: tokens.url,
    audience: null,
    clientId: 'me',
    clientSecret: new Secret(() => 's3cret'),
    http,
  });
  const client = clientFor(server, http, { credentials });

  await ask(client);
  http.clock.advance(MINUTE);
  await ask(client);

  expect(http.told).toEqual([
    'token 200',
    `expires ${START + 60}`,
    `left 0 of 2 until ${START + 120}`,
    'list_jobs 200',
    // The second token was fetched at once, and only the request waited.
    'token 200',
    `expires ${START + 60 + 3600}`,
    'forgot',
    'list_jobs 200',
  ]);
  expect(http.clock.slept).toEqual([60]);
});

test('gives each client a rate limiter of its own', async () => {
  const server = await startServer(left(0, 1800), json([]));
  const http = httpOptions();
  await ask(clientFor(server, http));

  await ask(clientFor(server, http));

  expect(http.clock.slept).toEqual([]);
});

import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import {
  createManualClock,
  fixedCredentials,
  forever,
  httpOptions,
  START,
} from '../../test/support/http/http-options.ts';
import { hang, json, startRawServer, startServer, status } from '../../test/support/http/start-server.ts';
import { seconds } from '../model/time.ts';
import { within } from '../model/time-limit.ts';
import { createHttpClient } from './create-http-client.ts';
import type { VendorError } from './errors.ts';
import type {
  Credentials,
  HttpClientOptions,
  HttpRequest,
  HttpResponse,
  LinkTarget,
  PathTarget,
} from './http-client.ts';

/** What of a request a test says; the list of jobs unless it says where. */
type Asked =
  | Partial<Pick<HttpRequest, 'operation' | 'method' | 'json' | 'accepts' | 'accept' | 'signal'> & PathTarget>
  | LinkTarget;

interface TestClient {
  get(overrides?: Asked): Promise<HttpResponse>;
  /** The error of a request that must fail. */
  fail(overrides?: Asked): Promise<VendorError>;
  close(): Promise<void>;
}

function clientFor(baseUrl: URL, options: Partial<HttpClientOptions> = {}): TestClient {
  const client = createHttpClient({ baseUrl, credentials: fixedCredentials(), ...httpOptions(), ...options });
  onTestFinished(() => client.close());
  const get = (overrides: Asked = {}): Promise<HttpResponse> => {
    const basics = { operation: 'list_jobs', signal: forever() };
    return client.request(
      overrides.link === undefined ? { path: 'jobs/', ...basics, ...overrides } : { ...basics, ...overrides },
    );
  };
  return {
    get,
    fail: (overrides) =>
      get(overrides).then(
        (response) => expect.unreachable(`answered ${response.status}`),
        (error: VendorError) => error,
      ),
    close: () => client.close(),
  };
}

test('asks below the base with credentials and gives status, JSON and date', async () => {
  const server = await startServer(json([{ id: 1 }], 200, { date: 'Sun, 22 Nov 2026 08:00:00 GMT' }));
  const client = clientFor(new URL('/api/v1', server.url));

  const response = await client.get({ query: { type: ['batch', 'sql'] } });

  expect(response).toMatchObject({ status: 200, body: [{ id: 1 }], date: START });
  expect(server.seen).toMatchObject([
    {
      method: 'GET',
      url: '/api/v1/jobs/?type=batch&type=sql',
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip, br',
        authorization: 'Bearer s3cret-token',
        'user-agent': 'datajobs-exporter/test',
      },
    },
  ]);
});

test('asks for other media types where a request says so', async () => {
  const server = await startServer(json({}));

  await clientFor(server.url).get({ accepts: 'application/hal+json' });

  expect(server.seen).toMatchObject([{ headers: { accept: 'application/hal+json' } }]);
});

test('sends JSON with a POST that reads', async () => {
  const server = await startServer(json({ results: [] }));

  await clientFor(server.url).get({ method: 'POST', path: 'v1/dag/status', json: { action: 'get_by_status' } });

  expect(server.seen).toMatchObject([
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"action":"get_by_status"}' },
  ]);
});

test('follows a link of an answer with its query', async () => {
  const server = await startServer(json({}));
  const client = clientFor(new URL('/api', server.url));
  const first = await client.get();

  await client.get({ link: { href: '?page=2', from: first.url } });

  expect(server.seen.map(({ url }) => url)).toEqual(['/api/jobs/', '/api/jobs/?page=2']);
});

test('follows links that lead to another origin on its own, and says so once', async () => {
  const [own, other] = [await startServer(json({})), await startServer(json({}))];
  const moved: string[] = [];
  const client = clientFor(own.url, { linkMoved: (origin) => void moved.push(origin) });
  const link = { href: `${other.url.origin}/jobs/?page=2`, from: own.url };

  await client.get({ link });
  await client.get({ link });

  expect(own.seen.map(({ url }) => url)).toEqual(['/jobs/?page=2', '/jobs/?page=2']);
  expect(other.seen).toEqual([]);
  expect(moved).toEqual([other.url.origin]);
});

test('asks nothing for a link that leads out of its path prefix', async () => {
  const server = await startServer(json({}));

  const error = await clientFor(new URL('/api', server.url)).fail({
    link: { href: '/admin/delete?id=1', from: new URL('/api/jobs/', server.url) },
  });

  expect(error).toMatchObject({ reason: 'schema', status: null });
  expect(server.seen).toEqual([]);
});

test('follows no redirect and says where it leads', async () => {
  const other = await startServer(json({}));
  const server = await startServer(status(302, { location: `${other.url.origin}/v2/jobs/?session=s3cret` }));

  const error = await clientFor(server.url).fail();

  expect(error).toMatchObject({ reason: 'http_client', status: 302 });
  expect(error.message).toBe(
    `GET ${server.url.origin}/jobs/ answered 302: it redirects to ${other.url.origin}/v2/jobs/, which is not followed; ` +
      `point base_url there (operation list_jobs)`,
  );
  expect(other.seen).toEqual([]);
});

test.each([
  ['gzip', gzipSync('{"unpacked":"ü"}')],
  ['br', brotliCompressSync('{"unpacked":"ü"}')],
])('unpacks %s', async (encoding, body) => {
  const server = await startServer((response) => response.writeHead(200, { 'content-encoding': encoding }).end(body));

  const response = await clientFor(server.url).get();

  expect(response.body).toEqual({ unpacked: 'ü' });
});

test('gives null for an empty body, and skips a byte order mark', async () => {
  const server = await startServer(status(204), status(200, {}, '\uFEFF{"a":1}'));
  const client = clientFor(server.url);

  expect((await client.get()).body).toBeNull();
  expect((await client.get()).body).toEqual({ a: 1 });
});

test('takes accepted statuses as answers, with whatever body they have', async () => {
  const server = await startServer(json({ message: 'gone' }, 404), status(403, {}, '<html>'));
  const client = clientFor(server.url);

  expect(await client.get({ accept: [404] })).toMatchObject({ status: 404, body: { message: 'gone' } });
  expect(await client.get({ accept: [403, 404] })).toMatchObject({ status: 403, body: null });
});

test.each([
  [400, 'http_client', 'the request was refused'],
  [401, 'auth', 'the credentials were refused'],
  [403, 'auth', 'the credentials lack a permission'],
  [404, 'http_client', 'nothing is there; check the URL and the ids in the configuration'],
  [407, 'http_client', 'a proxy on the way wants credentials'],
  [410, 'http_client', 'the request was refused'],
  [429, 'rate_limited', 'too many requests; poll less often if this stays'],
  [500, 'http_server', 'the vendor has a fault'],
  [503, 'http_server', 'the vendor has a fault'],
])('explains status %i', async (code, reason, why) => {
  const server = await startServer(json({ detail: 's3cret' }, code));

  const error = await clientFor(server.url).fail({ query: { key: 's3cret' } });

  expect(error).toMatchObject({ name: 'VendorError', reason, status: code, retryAfter: null });
  expect(error.message).toBe(`GET ${server.url.origin}/jobs/ answered ${code}: ${why} (operation list_jobs)`);
});

test('tells observers of every try and of every retry', async () => {
  const server = await startServer(status(503), status(429), json([]));
  const http = httpOptions();

  await clientFor(server.url, http).get();

  expect(http.told).toEqual(['list_jobs 503', 'retried', 'list_jobs 429', 'retried', 'list_jobs 200']);
  expect(http.clock.slept).toEqual([0.5, 1]);
});

test('gives up after three tries', async () => {
  const server = await startServer(status(502));

  const error = await clientFor(server.url).fail();

  expect(error).toMatchObject({ reason: 'http_server', status: 502 });
  expect(server.seen).toHaveLength(3);
});

test.each([
  ['2', 2],
  ['Sun, 22 Nov 2026 08:00:03 GMT', 3],
])('waits as long as Retry-After asks: %s', async (retryAfter, expected) => {
  const server = await startServer(status(429, { 'retry-after': retryAfter }), json([]));
  const http = httpOptions();

  await clientFor(server.url, http).get();

  expect(http.clock.slept).toEqual([expected]);
});

test.each([
  [429, 'rate_limited', '90', 90],
  [503, 'http_server', 'Sun, 22 Nov 2026 08:02:00 GMT', 120],
  [429, 'rate_limited', '999999', 3600],
])('leaves a longer Retry-After to the poller: %i %s %s', async (code, reason, retryAfter, expected) => {
  const server = await startServer(status(code, { 'retry-after': retryAfter }));

  const error = await clientFor(server.url).fail();

  expect(error).toMatchObject({ reason, status: code, retryAfter: expected });
  expect(server.seen).toHaveLength(1);
});

test('says of JSON that is nested without end that it cannot be read', async () => {
  const server = await startServer(status(200, {}, '['.repeat(200_000) + ']'.repeat(200_000)));

  expect(await clientFor(server.url).fail()).toMatchObject({
    reason: 'schema',
    message: expect.stringContaining('answered 200 with JSON that is nested too deep to be read'),
  });
});

test('loses one field, not the answer, to a number that is none', async () => {
  const server = await startServer(status(200, {}, '{"results":[{"id":9007199254740993,"progress":NaN},{"id":2}]}'));

  const { body } = await clientFor(server.url).get();

  expect(body).toEqual({ results: [{ id: '9007199254740993', progress: null }, { id: 2 }] });
});

test.each(['text/s3cret-token', 'x'.repeat(9000), 'text/html-s3cret-token'])(
  'names no content type that is a text of the vendor: %.30s',
  async (contentType) => {
    const server = await startServer(status(200, { 'content-type': contentType }, 'no JSON'));

    expect(await clientFor(server.url).fail()).toMatchObject({
      message: expect.stringContaining('answered 200 with a content type that is not JSON; check that the URL'),
    });
  },
);

test.each([
  ['/login/s3cret-token/', ''],
  ['/login/s3cret%2Dtoken/', ''],
  ['/login;jsessionid=8f1e2d3c/next', '/login'],
  ['/v2/%1B%5B2J', '/v2/%1B%5B2J'],
])('shows of a redirect to %s neither what was sent nor a session', async (location, shown) => {
  const server = await startServer(status(302, { location }));

  expect(await clientFor(server.url).fail()).toMatchObject({
    message: expect.stringContaining(`it redirects to ${server.url.origin}${shown}, which is not followed`),
  });
});

test('names the content type of what is not JSON', async () => {
  const server = await startServer(
    status(200, { 'content-type': 'text/html; charset=utf-8' }, '<html>s3cret</html>'),
    status(200, {}, '{"cut":'),
  );
  const client = clientFor(server.url);

  const page = await client.fail();
  const cut = await client.fail();

  expect(page).toMatchObject({ reason: 'schema', status: 200 });
  expect(page.message).toBe(
    `GET ${server.url.origin}/jobs/ answered 200 with text/html that is not JSON; a login page or a proxy answers ` +
      `there: check the URL (operation list_jobs)`,
  );
  expect(cut.message).toContain('answered 200 with no content type that is not JSON');
  expect(server.seen).toHaveLength(2);
});

test.each<[string, Record<string, string>, Buffer]>([
  ['as it is', {}, Buffer.alloc(50_001, ' ')],
  ['once unpacked', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(10_000_000))],
])('refuses a body that is too large %s', async (_, headers, body) => {
  const server = await startServer((response) => response.writeHead(200, headers).end(body));

  const error = await clientFor(server.url, { maxBodyBytes: 50_000 }).fail();

  expect(error.reason).toBe('schema');
  expect(error.message).toBe(
    `GET ${server.url.origin}/jobs/ sent more than 50000 bytes, the most that is read of one answer ` +
      `(operation list_jobs)`,
  );
  expect(server.seen).toHaveLength(1);
});

test('refuses a packing that it did not ask for', async () => {
  const server = await startServer(status(200, { 'content-encoding': 'zstd' }, 'x'));

  expect(await clientFor(server.url).fail()).toMatchObject({ reason: 'schema', status: 200 });
});

test('takes a body that ends too early for a fault of the network, and tries again', async () => {
  const server = await startServer(
    (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('[1,');
      setImmediate(() => response.destroy());
    },
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('[1]').subarray(0, 15)),
    json([1]),
  );
  const http = httpOptions();

  const response = await clientFor(server.url, http).get();

  expect(response.body).toEqual([1]);
  expect(http.told).toEqual(['list_jobs 200', 'retried', 'list_jobs 200', 'retried', 'list_jobs 200']);
});

test.each([
  ['never answers', hang],
  ['stops in the middle of its answer', (response: { write(text: string): void }) => response.write('[1,')],
])('ends a try with a server that %s', async (_, answer) => {
  const server = await startServer(answer);
  const http = httpOptions({ requestTimeout: seconds(0.05) });

  const error = await clientFor(server.url, http).fail();

  expect(error).toMatchObject({ reason: 'timeout', status: null });
  expect(error.message).toBe(
    `GET ${server.url.origin}/jobs/ gave no complete answer within 0.05 s (operation list_jobs)`,
  );
  expect(http.told.filter((told) => told !== 'retried')).toHaveLength(3);
});

test('rejects at once when its caller aborts', async () => {
  const controller = new AbortController();
  const server = await startServer(() => controller.abort());
  const http = httpOptions();

  const error = await clientFor(server.url, http).fail({ signal: controller.signal });

  expect(error).toMatchObject({ reason: 'timeout' });
  expect(error.message).toBe(
    `GET ${server.url.origin}/jobs/ was given up, as the exporter stops (operation list_jobs)`,
  );
  expect(http.told).toEqual(['list_jobs error']);
});

test("says that the poll's time was over, and what can be done", async () => {
  const server = await startServer(hang);

  const error = await clientFor(server.url).fail({ signal: within(seconds(0.05), forever()) });

  expect(error).toMatchObject({ reason: 'timeout' });
  expect(error.message).toBe(
    `GET ${server.url.origin}/jobs/ gave no whole answer within the poll's time; the vendor is slow, or there is much to read: raise poll_timeout (operation list_jobs)`,
  );
});

test('rejects at once when its caller aborts before there is a connection', async () => {
  const controller = new AbortController();
  const { port } = await startRawServer(() => controller.abort());
  const client = clientFor(new URL(`https://127.0.0.1:${port}`), { requestTimeout: seconds(60) });

  const error = await client.fail({ signal: controller.signal });

  expect(error).toMatchObject({ reason: 'timeout' });
});

test('rejects what is under way when it is closed', async () => {
  const server = await startServer(() => void client.close());
  const client = clientFor(server.url);

  const error = await client.fail();

  expect(error).toMatchObject({ reason: 'network' });
});

test('asks nothing for a caller that has aborted already', async () => {
  const server = await startServer(json([]));
  const http = httpOptions();

  const error = await clientFor(server.url, http).fail({ signal: AbortSignal.abort() });

  expect(error).toMatchObject({ reason: 'timeout' });
  expect([...server.seen, ...http.told]).toEqual([]);
});

test('ends a wait for the next try when its caller aborts', async () => {
  const controller = new AbortController();
  const server = await startServer(status(503));
  const clock = { ...createManualClock(), sleep: async () => controller.abort() };

  const error = await clientFor(server.url, { clock }).fail({ signal: controller.signal });

  expect(error).toMatchObject({ reason: 'timeout' });
  expect(server.seen).toHaveLength(1);
});

test('renews credentials once after a 401 and asks again', async () => {
  const server = await startServer(status(401), json([1]));
  const credentials = renewableCredentials();

  const response = await clientFor(server.url, { credentials }).get();

  expect(response.body).toEqual([1]);
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 2']);
});

test('gives up when renewed credentials are refused as well', async () => {
  const server = await startServer(status(401));

  const error = await clientFor(server.url, { credentials: renewableCredentials() }).fail();

  expect(error).toMatchObject({ reason: 'auth', status: 401 });
  expect(server.seen).toHaveLength(2);
});

test('uses a token that another request has renewed meanwhile rather than drop it', async () => {
  const server = await startServer(status(401), json([1]));
  let reads = 0;
  const credentials: Credentials = {
    headers: async () => ({ authorization: `Bearer ${(reads += 1)}` }),
    renew: () => expect.unreachable('renewed'),
    refresh: () => expect.unreachable('refreshed'),
  };

  const response = await clientFor(server.url, { credentials }).get();

  expect(response.body).toEqual([1]);
});

test('asks once where there is nothing to renew, and where a 401 is accepted', async () => {
  const server = await startServer(status(401));

  const error = await clientFor(server.url).fail();
  const accepted = await clientFor(server.url, { credentials: renewableCredentials() }).get({ accept: [401] });

  expect(error).toMatchObject({ reason: 'auth', status: 401 });
  expect(accepted.status).toBe(401);
  expect(server.seen).toHaveLength(2);
});

test('gets a new token after a 403, as the rights of the present one may have changed, every five minutes at most', async () => {
  const server = await startServer(status(403), json([1]), status(403));
  const http = httpOptions();
  const client = clientFor(server.url, { ...http, credentials: renewableCredentials() });

  await client.get();
  await client.fail();
  http.clock.advance(seconds(299));
  await client.fail();
  http.clock.advance(seconds(1));
  await client.fail();

  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer 1',
    'Bearer 2',
    'Bearer 2',
    'Bearer 2',
    'Bearer 2',
    'Bearer 3',
  ]);
});

test('asks once for a 403 where there is nothing to renew', async () => {
  const server = await startServer(status(403));

  expect(await clientFor(server.url).fail()).toMatchObject({ reason: 'auth', status: 403 });
  expect(server.seen).toHaveLength(1);
});

test.each([403, 404, 500, 502, 504, 529])('obeys Retry-After beside a %i', async (code) => {
  const server = await startServer(status(code, { 'retry-after': '3' }), json([1]));
  const http = httpOptions();

  const response = await clientFor(server.url, { ...http, credentials: renewableCredentials() }).get();

  expect(response.body).toEqual([1]);
  expect(http.clock.slept).toEqual([3]);
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 1']);
});

test.each([403, 404, 500, 502, 504, 529])(
  'passes on a long Retry-After beside a %i and does not retry',
  async (code) => {
    const server = await startServer(status(code, { 'retry-after': '120' }));

    const error = await clientFor(server.url, { credentials: renewableCredentials() }).fail();

    expect(error).toMatchObject({ status: code, retryAfter: 120 });
    expect(server.seen).toHaveLength(1);
  },
);

test.each(['0', 'Sun, 22 Nov 2026 07:59:00 GMT'])(
  'waits as long as ever for a retry after a Retry-After of %s',
  async (text) => {
    const server = await startServer(status(503, { 'retry-after': text }));
    const http = httpOptions();

    expect(await clientFor(server.url, http).fail()).toMatchObject({ reason: 'http_server', retryAfter: null });
    expect(http.clock.slept).toEqual([0.5, 1]);
  },
);

test.each<[string, Readonly<Record<string, string>>]>([
  ['a page for people', { 'content-type': 'text/html; charset=utf-8' }],
  ['a challenge of Cloudflare', { 'cf-mitigated': 'challenge', 'content-type': 'application/json' }],
  ['a block of AWS', { 'x-amzn-waf-action': 'captcha' }],
])('tells a firewall from a permission that is missing: %s', async (_what, headers) => {
  const server = await startServer(status(403, headers, '<html>Access denied</html>'));

  const error = await clientFor(server.url, { credentials: renewableCredentials() }).fail();

  expect(error).toMatchObject({ reason: 'network', status: 403 });
  expect(error.message).toBe(
    `GET ${server.url.origin}/jobs/ answered 403: a firewall or proxy on the way refuses, not the API; have this ` +
      `machine let through, and check the URL (operation list_jobs)`,
  );
  expect(server.seen).toHaveLength(1);
});

test.each([
  [400, 'Wed, 25 Nov 2026 08:00:00 GMT', '3d behind'],
  [401, 'Sun, 22 Nov 2026 07:54:00 GMT', '6m ahead of'],
])('names both clocks where they differ beside a %i', async (code, date, distance) => {
  const server = await startServer(status(code, { date }));

  const { message } = await clientFor(server.url).fail();

  expect(message).toContain(`; this machine's clock is ${distance} the vendor's (2026-11-22T08:00:00Z, `);
});

test.each<[number, Readonly<Record<string, string>>]>([
  [400, { date: 'Sun, 22 Nov 2026 08:05:00 GMT' }],
  [400, { date: 'Wed, 25 Nov 2026 08:00:00 GMT', age: '259200' }],
  [500, { date: 'Wed, 25 Nov 2026 08:00:00 GMT' }],
  [400, {}],
])('says nothing of clocks beside a %i with %j', async (code, headers) => {
  const server = await startServer(status(code, headers));

  expect((await clientFor(server.url).fail()).message).not.toContain('clock');
});

function renewableCredentials(): Credentials {
  let generation = 1;
  const renew = (): boolean => {
    generation += 1;
    return true;
  };
  return { headers: async () => ({ authorization: `Bearer ${generation}` }), renew, refresh: renew };
}

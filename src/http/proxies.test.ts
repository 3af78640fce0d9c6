import { expect, onTestFinished, test } from 'vitest';
import { createCertificate } from '../../test/support/http/create-certificate.ts';
import { fixedCredentials, forever, httpOptions } from '../../test/support/http/http-options.ts';
import { startProxy } from '../../test/support/http/start-proxy.ts';
import { json, startRawServer, startServer, startTlsServer, status } from '../../test/support/http/start-server.ts';
import { NO_PROXIES, type Proxies } from '../model/proxies.ts';
import { seconds } from '../model/time.ts';
import { createHttpClient } from './create-http-client.ts';
import { createTokenEndpoint } from './credentials/token-endpoint.ts';
import type { VendorError } from './errors.ts';
import type { HttpClient, TransportOptions } from './http-client.ts';

/** A host that nobody has: only a proxy can take a request for it anywhere. */
const PLAIN = new URL('http://acme.invalid/api/');
const SECURE = new URL('https://acme.invalid/api/');

function through(url: URL, except = ''): Proxies {
  return { http: { variable: 'HTTP_PROXY', url }, https: { variable: 'HTTPS_PROXY', url }, except };
}

function clientFor(baseUrl: URL, proxies: Proxies, options: Partial<TransportOptions> = {}): HttpClient {
  const http = { ...httpOptions(), ...options, proxies };
  const client = createHttpClient({ ...http, baseUrl, credentials: fixedCredentials() });
  onTestFinished(() => client.close());
  return client;
}

async function failAt(...args: Parameters<typeof clientFor>): Promise<VendorError> {
  return clientFor(...args)
    .request({ operation: 'list_jobs', path: 'jobs', query: { key: 's3cret' }, signal: forever() })
    .then(
      () => expect.unreachable(),
      (error: VendorError) => error,
    );
}

test('sends plain requests through the proxy, with its user name and password', async () => {
  const server = await startServer(json([1]));
  const proxy = await startProxy({ target: server.url });
  const url = new URL(proxy.url);
  [url.username, url.password] = ['user', 'p%40ss'];

  const { body } = await clientFor(PLAIN, through(url)).request({ operation: 'list', path: 'jobs', signal: forever() });

  expect(body).toEqual([1]);
  expect(proxy.asked).toEqual(['GET http://acme.invalid/api/jobs']);
  expect(proxy.credentials).toEqual([`Basic ${Buffer.from('user:p@ss').toString('base64')}`]);
  expect(server.seen).toMatchObject([{ headers: { authorization: 'Bearer s3cret-token', host: 'acme.invalid' } }]);
});

test('asks the proxy for a tunnel where the vendor speaks TLS, and trusts it as little as any other way', async () => {
  const server = await startTlsServer(createCertificate(), json([]));
  const proxy = await startProxy({ target: server.url });

  const error = await failAt(SECURE, through(proxy.url));

  expect(proxy.asked[0]).toBe('CONNECT acme.invalid:443');
  expect(error).toMatchObject({ reason: 'network', message: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT') });
  expect(server.seen).toEqual([]);
});

test('asks for tokens through the proxy as well', async () => {
  const server = await startServer(json({ access_token: 't1' }));
  const proxy = await startProxy({ target: server.url });
  const askToken = createTokenEndpoint({ ...httpOptions(), proxies: through(proxy.url) });

  const { value } = await askToken({
    url: new URL('http://login.invalid/token'),
    form: {},
    field: 'access_token',
    fallbackLife: seconds(60),
    signal: forever(),
    failed: () => {},
  });

  expect(value).toBe('t1');
  expect(proxy.asked).toEqual(['POST http://login.invalid/token']);
});

test.each(['127.0.0.1', '*', 'acme.example, 127.0.0.1'])('asks directly what NO_PROXY names: %s', async (except) => {
  const server = await startServer(json([1]));
  const proxy = await startProxy({ target: server.url });

  await clientFor(server.url, through(proxy.url, except)).request({ operation: 'list', path: '', signal: forever() });

  expect(proxy.asked).toEqual([]);
});

test('asks this machine through the proxy too, unless NO_PROXY names it', async () => {
  const server = await startServer(json([1]));
  const proxy = await startProxy({ target: server.url });

  await clientFor(server.url, through(proxy.url)).request({ operation: 'list', path: '', signal: forever() });

  expect(proxy.asked).toEqual([`GET ${server.url.origin}/`]);
});

test('refuses too large an answer that comes through a proxy', async () => {
  const server = await startServer(status(200, {}, '1'.repeat(5000)));
  const proxy = await startProxy({ target: server.url });

  const error = await failAt(PLAIN, through(proxy.url), { maxBodyBytes: 1000 });

  expect(error).toMatchObject({ reason: 'schema', message: expect.stringContaining('more than 1000 bytes') });
});

test.each([
  ['a plain request', PLAIN, 'HTTP_PROXY'],
  ['a tunnel', SECURE, 'HTTPS_PROXY'],
])('explains a 407 to %s, and does not insist', async (_what, baseUrl, variable) => {
  const proxy = await startProxy({ target: PLAIN, refusal: 407 });
  const url = new URL(proxy.url);
  [url.username, url.password] = ['user', 's3cret'];

  const error = await failAt(baseUrl, through(url));

  expect(error).toMatchObject({ reason: 'network', status: 407 });
  expect(error.message).toBe(
    `GET ${baseUrl.href}jobs was not sent: the proxy ${proxy.url.host} of ${variable} answered 407: it wants user ` +
      `name and password, or others: give them as ${variable}=http://user:password@host:port (operation list_jobs)`,
  );
  expect(proxy.asked).toHaveLength(1);
});

test('says that a proxy does not let a host through', async () => {
  const proxy = await startProxy({ target: PLAIN, refusal: 403 });

  expect(await failAt(SECURE, through(proxy.url))).toMatchObject({
    reason: 'network',
    status: 403,
    message: expect.stringContaining('answered 403: it does not let the request through; have it allow this host'),
  });
});

test('tells a proxy that says nothing from a vendor that is slow', async () => {
  const proxy = await startProxy({ target: PLAIN, refusal: null });
  const sleep = async (): Promise<void> => controller.abort(new DOMException('', 'TimeoutError'));
  const controller = new AbortController();
  const http = httpOptions({ requestTimeout: seconds(3) });
  const clock = { ...http.clock, sleep };

  const error = await clientFor(SECURE, through(proxy.url), { ...http, clock })
    .request({ operation: 'list', path: 'jobs', signal: controller.signal })
    .catch((failure: unknown) => failure);

  expect(error).toMatchObject({
    reason: 'network',
    message: expect.stringContaining(`HTTPS_PROXY is set: the way goes through ${proxy.url.host}`),
  });
});

test('says that a proxy is set where it cannot be reached, and nothing secret of it', async () => {
  const { port, close } = await startRawServer(() => {});
  await close();

  const error = await failAt(PLAIN, through(new URL(`http://user:s3cret@127.0.0.1:${port}`)));

  expect(error.message).toBe(
    `GET http://acme.invalid/api/jobs failed with ECONNREFUSED: nothing listens there; check host, port and firewall; ` +
      `HTTP_PROXY is set: the way goes through 127.0.0.1:${port}, so check that proxy and NO_PROXY as well ` +
      `(operation list_jobs)`,
  );
});

test('says that a proxy is set but not used where a host cannot be reached without', async () => {
  const { port, close } = await startRawServer(() => {});
  await close();

  const error = await failAt(
    new URL(`http://127.0.0.1:${port}`),
    through(new URL('http://proxy.invalid:3128'), '127.0.0.1'),
  );

  expect(error.message).toContain('check host, port and firewall; HTTPS_PROXY is set, but is not for this host');
});

test('says nothing of proxies where there are none', async () => {
  const { port, close } = await startRawServer(() => {});
  await close();

  expect((await failAt(new URL(`http://127.0.0.1:${port}`), NO_PROXIES)).message).not.toContain('PROXY');
});

test.each([
  ['a request has had its time', seconds(0.2), forever],
  ["a poll's time is over", seconds(5), () => AbortSignal.timeout(200)],
])('names the proxy where %s without an answer', async (_when, requestTimeout, createSignal) => {
  const proxy = await startProxy({ target: PLAIN, refusal: null });

  const error = await clientFor(PLAIN, through(proxy.url), { requestTimeout })
    .request({ operation: 'list', path: 'jobs', signal: createSignal() })
    .catch((failure: unknown) => failure);

  expect(error).toMatchObject({
    reason: 'timeout',
    message: expect.stringContaining(`HTTP_PROXY is set: the way goes through ${proxy.url.host}`),
  });
});

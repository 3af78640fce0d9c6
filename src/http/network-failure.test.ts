import { expect, onTestFinished, test } from 'vitest';
import { createCertificate } from '../../test/support/http/create-certificate.ts';
import { createManualClock, fixedCredentials, forever, httpOptions } from '../../test/support/http/http-options.ts';
import { json, startRawServer, startServer, startTlsServer } from '../../test/support/http/start-server.ts';
import { NO_PROXIES } from '../model/proxies.ts';
import { seconds } from '../model/time.ts';
import { createHttpClient } from './create-http-client.ts';
import type { VendorError } from './errors.ts';
import type { TransportOptions } from './http-client.ts';
import { networkFailure } from './network-failure.ts';

async function failAt(baseUrl: URL, options: Partial<TransportOptions> = {}, signal = forever()): Promise<VendorError> {
  const client = createHttpClient({ ...httpOptions(), ...options, baseUrl, credentials: fixedCredentials() });
  onTestFinished(() => client.close());
  return client.request({ operation: 'list_jobs', path: 'jobs', query: { key: 's3cret' }, signal }).then(
    () => expect.unreachable(),
    (error: VendorError) => error,
  );
}

test('says that nothing listens', async () => {
  const { port, close } = await startRawServer(() => {});
  await close();

  const error = await failAt(new URL(`http://127.0.0.1:${port}`));

  expect(error).toMatchObject({ reason: 'network', status: null });
  expect(error.message).toBe(
    `GET http://127.0.0.1:${port}/jobs failed with ECONNREFUSED: nothing listens there; check host, port and ` +
      `firewall (operation list_jobs)`,
  );
});

test('says that a certificate comes from an unknown authority, and sends no credentials there', async () => {
  const server = await startTlsServer(createCertificate(), json([]));

  const error = await failAt(server.url);

  expect(error.reason).toBe('network');
  expect(error.message).toContain('failed with DEPTH_ZERO_SELF_SIGNED_CERT: its certificate comes from an authority');
  expect(error.message).toContain('NODE_EXTRA_CA_CERTS');
  expect(server.seen).toEqual([]);
});

/** A poll whose time ends when the first retry would wait. */
function endsDuringRetry(): { readonly options: Pick<TransportOptions, 'clock'>; readonly signal: AbortSignal } {
  const controller = new AbortController();
  const sleep = async (): Promise<void> => controller.abort(new DOMException('', 'TimeoutError'));
  return { options: { clock: { ...createManualClock(), sleep } }, signal: controller.signal };
}

test('tells an address that swallows everything from a vendor that is slow', async () => {
  const { port } = await startRawServer(() => {});
  const { options, signal } = endsDuringRetry();

  const error = await failAt(new URL(`https://127.0.0.1:${port}`), { ...options, requestTimeout: seconds(3) }, signal);

  expect(error).toMatchObject({ reason: 'network', status: null });
  expect(error.message).toContain(
    'got no connection within 1 s: there is no way to the host; check network, firewall and proxy',
  );
});

test('still says what is wrong with the certificate where the time ends during a retry', async () => {
  const server = await startTlsServer(createCertificate(), json([]));
  const { options, signal } = endsDuringRetry();

  const error = await failAt(server.url, options, signal);

  expect(error.reason).toBe('network');
  expect(error.message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
  expect(error.message).toContain("the poll's time was over during retries");
});

test('says that there is no TLS', async () => {
  const server = await startServer(json([]));

  const error = await failAt(new URL(`https://${server.url.host}`));

  expect(error.reason).toBe('network');
  expect(error.message).toContain('TLS could not be agreed on; check scheme and port');
});

test('says that what came back is not HTTP', async () => {
  const { port } = await startRawServer((socket) => socket.end('220 smtp.example ready s3cret\r\n'));

  const error = await failAt(new URL(`http://127.0.0.1:${port}`));

  expect(error.reason).toBe('network');
  expect(error.message).toContain('what came back is not HTTP; check the port');
});

test('says that the connection was cut', async () => {
  const { port } = await startRawServer((socket) => socket.once('data', () => socket.destroy()));

  const error = await failAt(new URL(`http://127.0.0.1:${port}`));

  expect(error.reason).toBe('network');
  expect(error.message).toMatch(/failed with (UND_ERR_SOCKET|ECONNRESET): the connection was cut/);
});

test.each([
  ['ENOTFOUND', 'there is no such host; check the URL and DNS'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['E_WHATEVER', 'no complete answer came'],
])('finds %s in the causes of an error', (code, advice) => {
  const context = {
    method: 'GET',
    url: new URL('https://acme.example/jobs?key=s3cret'),
    operation: 'list_jobs',
  } as const;
  const error = new Error('s3cret', { cause: Object.assign(new Error('s3cret'), { code }) });

  const failure = networkFailure(context, error, { connectTimeout: seconds(10), proxies: NO_PROXIES });

  expect(failure.message).toBe(`GET https://acme.example/jobs failed with ${code}: ${advice} (operation list_jobs)`);
});

import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { createCertificate } from '../../test/support/http/create-certificate.ts';
import { everythingShown } from '../../test/support/http/everything-shown.ts';
import { forever, httpOptions } from '../../test/support/http/http-options.ts';
import { hang, startServer, startTlsServer, status, type TestAnswer } from '../../test/support/http/start-server.ts';
import { ConfigError } from '../config/config.ts';
import { Secret } from '../config/secret.ts';
import { seconds } from '../model/time.ts';
import { createHttpClient } from './create-http-client.ts';
import { createClientCredentials } from './credentials/client-credentials.ts';
import { createFirebaseRefreshToken } from './credentials/firebase-refresh-token.ts';
import { createGoogleServiceAccount } from './credentials/google-service-account.ts';
import { createSnowplowKeyPair } from './credentials/snowplow-key-pair.ts';
import { createStaticCredentials } from './credentials/static-credentials.ts';
import type { Credentials } from './http-client.ts';

/** Everything secret here holds this: keys and tokens, queries, what is sent and what is answered. */
const MARK = 'hush-hush';
const SECRET = new Secret(() => MARK);
const HTTP = httpOptions({ maxBodyBytes: 1000 });
/** For servers that never answer; a busy machine must not make others late. */
const IMPATIENT = { ...HTTP, requestTimeout: seconds(0.2) };
const GIVEN = createStaticCredentials({ scheme: 'Bearer', secret: SECRET, http: HTTP });

/** The error of a request whose every part is marked. */
async function failWith(
  baseUrl: URL,
  credentials: Credentials,
  overrides: { readonly path?: string; readonly signal?: AbortSignal } = {},
  http = HTTP,
): Promise<unknown> {
  const client = createHttpClient({ ...http, baseUrl, credentials });
  onTestFinished(() => client.close());
  return client
    .request({
      operation: 'list_jobs',
      method: 'POST',
      path: 'jobs',
      query: { key: MARK },
      json: { key: MARK },
      signal: forever(),
      ...overrides,
    })
    .then(
      () => expect.unreachable('it must fail'),
      (error: unknown) => error,
    );
}

function expectSecrecy(error: unknown): void {
  expect(error).toMatchObject({ name: 'VendorError' });
  expect((error as Error).message).not.toContain('\n');
  expect(everythingShown(error)).not.toContain(MARK);
}

test('sees a secret where there is one', () => {
  const cause = Object.assign(new Error('harmless'), { data: MARK });

  expect(everythingShown(new Error('harmless', { cause }))).toContain(MARK);
});

test.each([300, 302, 400, 401, 403, 404, 407, 429, 500, 503])('shows nothing secret of status %i', async (code) => {
  const server = await startServer(
    status(code, { location: `/other?key=${MARK}`, 'retry-after': '60', 'set-cookie': MARK }, MARK),
  );

  expectSecrecy(await failWith(server.url, GIVEN));
});

test.each<[string, TestAnswer]>([
  ['a login page', status(200, { 'content-type': 'text/html' }, `<html>${MARK}`)],
  ['broken JSON', status(200, { 'content-type': 'application/json' }, `{"a": ${MARK}`)],
  ['an odd content type', status(200, { 'content-type': `"${MARK}` }, MARK)],
  ['an odd packing', status(200, { 'content-encoding': MARK }, MARK)],
  ['a broken packing', status(200, { 'content-encoding': 'gzip' }, MARK)],
  ['too large a body', status(200, {}, MARK.repeat(200))],
  [
    'too large a packed body',
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(MARK.repeat(200))),
  ],
  ['no answer', hang],
  ['no HTTP', (response) => response.socket?.end(`${MARK}\r\n\r\n`)],
  ['a cut connection', (response) => response.socket?.destroy()],
])('shows nothing secret of %s', async (_, answer) => {
  const server = await startServer(answer);

  expectSecrecy(await failWith(server.url, GIVEN, {}, answer === hang ? IMPATIENT : HTTP));
});

test('shows nothing secret of a certificate that is not trusted', async () => {
  const server = await startTlsServer(createCertificate(), status(200));

  expectSecrecy(await failWith(server.url, GIVEN));
});

test('shows nothing secret of an abort and of a path that climbs', async () => {
  const base = new URL('http://127.0.0.1:9');

  expectSecrecy(await failWith(base, GIVEN, { signal: AbortSignal.abort(new Error(MARK)) }));
  expectSecrecy(await failWith(base, GIVEN, { path: `../${MARK}` }));
});

test('shows nothing secret of a secret that no header can carry', async () => {
  const broken = createStaticCredentials({
    scheme: 'Bearer',
    secret: new Secret(() => `${MARK}\n${MARK}`),
    http: HTTP,
  });

  const error = await failWith(new URL('http://127.0.0.1:9'), broken);

  expect(error).toMatchObject({ reason: 'auth' });
  expectSecrecy(error);
});

test('says which secret cannot be read, and nothing of other errors', async () => {
  const base = new URL('http://127.0.0.1:9');
  const problem = { place: 'datajobs.yml:3:5', message: 'token_file cannot be read' };
  const gone = new Secret(() => {
    throw new ConfigError([problem]);
  });
  const buggy = new Secret(() => {
    throw new Error(MARK);
  });

  const goneError = await failWith(base, createStaticCredentials({ scheme: 'Bearer', secret: gone, http: HTTP }));
  const buggyError = await failWith(base, createStaticCredentials({ scheme: 'Bearer', secret: buggy, http: HTTP }));

  expect(goneError).toMatchObject({
    reason: 'auth',
    message:
      'POST http://127.0.0.1:9/jobs was not sent, as its credentials cannot be read: datajobs.yml:3:5: token_file ' +
      'cannot be read (operation list_jobs)',
  });
  expectSecrecy(buggyError);
});

test.each([
  ['a refusal', status(400, {}, MARK)],
  ['a fault', status(500, {}, MARK)],
  ['no token', status(200, {}, `{"refresh_token":"${MARK}"}`)],
  ['no JSON', status(200, {}, MARK)],
  ['no answer', hang],
])('shows nothing secret of a token endpoint that gives %s', async (_, answer) => {
  const { url } = await startServer(answer);
  const http = answer === hang ? IMPATIENT : HTTP;
  const given = { tokenUrl: url, http };
  const flows = [
    createClientCredentials({ ...given, audience: null, clientId: 'me', clientSecret: SECRET }),
    createSnowplowKeyPair({ ...given, apiKeyId: 'id', apiKey: SECRET }),
    createFirebaseRefreshToken({ ...given, apiKey: SECRET, refreshToken: SECRET }),
    createGoogleServiceAccount({ http, audience: 'a', serviceAccount: SECRET }),
  ];

  const errors = await Promise.all(flows.map((credentials) => failWith(url, credentials)));

  for (const error of errors) expectSecrecy(error);
});

import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify, UnsecuredJWT } from 'jose';
import { expect, test } from 'vitest';
import { forever, httpOptions, START, type TestHttp } from '../../../test/support/http/http-options.ts';
import { json, startServer, status } from '../../../test/support/http/start-server.ts';
import { Secret } from '../../config/secret.ts';
import type { Credentials } from '../http-client.ts';
import { createClientCredentials } from './client-credentials.ts';
import { createFirebaseRefreshToken } from './firebase-refresh-token.ts';
import { createGoogleServiceAccount } from './google-service-account.ts';
import { createPasswordGrant } from './password-grant.ts';
import { createSnowplowKeyPair } from './snowplow-key-pair.ts';
import { createStaticCredentials } from './static-credentials.ts';

function secret(text: string): Secret {
  return new Secret(() => text);
}

function clientCredentials(tokenUrl: URL, http: TestHttp = httpOptions()): Credentials {
  return createClientCredentials({
    tokenUrl,
    audience: 'https://app.example/api',
    clientId: 'me',
    clientSecret: secret('s3cret'),
    http,
  });
}

test('gives a key with its scheme', async () => {
  const http = httpOptions();

  const token = createStaticCredentials({ scheme: 'Token', secret: secret('k3y'), http });
  const raw = createStaticCredentials({ scheme: 'Basic', secret: secret('pok_k3y'), encoding: 'raw', http });
  const base64 = createStaticCredentials({ scheme: 'Basic', secret: secret('pok_k3y'), encoding: 'base64', http });

  expect(await token.headers(forever())).toEqual({ authorization: 'Token k3y' });
  expect(await raw.headers(forever())).toEqual({ authorization: 'Basic pok_k3y' });
  expect(await base64.headers(forever())).toEqual({ authorization: `Basic ${btoa('pok_k3y:')}` });
  expect(token.renew()).toBe(false);
});

test('reads a given token anew for every request and reports its end when it changes', async () => {
  const http = httpOptions();
  const tokens = [START + 60, START + 60, START + 120].map((exp) => new UnsecuredJWT({ exp }).encode());
  let reads = 0;
  const credentials = createStaticCredentials({ scheme: 'Bearer', secret: new Secret(() => tokens[reads++]!), http });

  const headers = [];
  for (const _ of tokens) headers.push(await credentials.headers(forever()));

  expect(headers).toEqual(tokens.map((token) => ({ authorization: `Bearer ${token}` })));
  expect(http.told).toEqual([`expires ${START + 60}`, `expires ${START + 120}`]);
});

test("exchanges Snowplow's key pair for a token that ends when its JWT says", async () => {
  const accessToken = new UnsecuredJWT({ iat: START, exp: START + 86_400 }).encode();
  const server = await startServer(json({ accessToken }));
  const http = httpOptions();
  const tokenUrl = new URL('/api/credentials/v3/token', server.url);

  const credentials = createSnowplowKeyPair({ tokenUrl, apiKeyId: 'id', apiKey: secret('k3y'), http });

  expect(await credentials.headers(forever())).toEqual({ authorization: `Bearer ${accessToken}` });
  expect(server.seen).toMatchObject([
    {
      method: 'GET',
      url: '/api/credentials/v3/token',
      headers: { 'x-api-key-id': 'id', 'x-api-key': 'k3y' },
      body: '',
    },
  ]);
  expect(http.told).toEqual(['token 200', `expires ${START + 86_400}`]);
});

test('asks for a token by password', async () => {
  const server = await startServer(json({ access_token: 't', expires_in: 600 }));
  const http = httpOptions();

  const credentials = createPasswordGrant({
    tokenUrl: new URL('/oauth/token', server.url),
    audience: 'https://snowplowanalytics.com/api/',
    clientId: 'me',
    clientSecret: secret('s&cret'),
    username: 'user@example.com',
    password: secret('p=ss'),
    http,
  });

  expect(await credentials.headers(forever())).toEqual({ authorization: 'Bearer t' });
  expect(server.seen).toMatchObject([
    { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  ]);
  expect(Object.fromEntries(new URLSearchParams(server.seen[0]!.body))).toEqual({
    grant_type: 'password',
    username: 'user@example.com',
    password: 'p=ss',
    client_id: 'me',
    client_secret: 's&cret',
    audience: 'https://snowplowanalytics.com/api/',
  });
  expect(http.told).toEqual(['token 200', `expires ${START + 600}`]);
});

test('asks for a token as a client', async () => {
  const server = await startServer(json({ access_token: 't', expires_in: 600 }));

  await clientCredentials(new URL('/oauth/token', server.url)).headers(forever());

  expect(Object.fromEntries(new URLSearchParams(server.seen[0]!.body))).toEqual({
    grant_type: 'client_credentials',
    client_id: 'me',
    client_secret: 's3cret',
    audience: 'https://app.example/api',
  });
});

test.each([400, 401, 403])('takes status %i of a token endpoint for a refusal', async (code) => {
  const server = await startServer(status(code));

  await expect(clientCredentials(server.url).headers(forever())).rejects.toMatchObject({
    name: 'VendorError',
    reason: 'auth',
    status: code,
  });
});

test('tries a token endpoint again when it has a passing fault', async () => {
  const server = await startServer(status(503), json({ access_token: 't' }));
  const http = httpOptions();

  await clientCredentials(server.url, http).headers(forever());

  expect(http.told).toEqual(['token 503', 'retried', 'token 200', `expires ${START + 3600}`]);
});

test.each([
  ['without token', json({ token_type: 'Bearer' })],
  ['with an empty token', json({ access_token: '' })],
  ['that is no object', json(['t'])],
  ['that is a login page', status(200, { 'content-type': 'text/html' }, '<html>')],
])('refuses an answer %s', async (_, answer) => {
  const server = await startServer(answer);

  await expect(clientCredentials(server.url).headers(forever())).rejects.toMatchObject({ reason: 'schema' });
});

test("uses Firebase's ID token and remembers a rotated refresh token", async () => {
  const server = await startServer(
    json({ id_token: 'i1', refresh_token: 'r2', expires_in: '3600' }),
    json({ id_token: 'i2', refresh_token: 'r3', expires_in: '3600' }),
    status(400),
    json({ id_token: 'i4', expires_in: '3600' }),
  );
  const credentials = createFirebaseRefreshToken({
    tokenUrl: new URL('/v1/token', server.url),
    apiKey: secret('k3y'),
    refreshToken: secret('r1'),
    http: httpOptions(),
  });

  const first = await credentials.headers(forever());
  credentials.renew();
  await credentials.headers(forever());
  credentials.renew();
  await expect(credentials.headers(forever())).rejects.toMatchObject({ reason: 'auth' });
  await credentials.headers(forever());

  expect(first).toEqual({ authorization: 'Bearer i1' });
  expect(server.seen.map(({ url, body }) => [url, body])).toEqual(
    ['r1', 'r2', 'r3', 'r1'].map((token) => ['/v1/token?key=k3y', `grant_type=refresh_token&refresh_token=${token}`]),
  );
});

test('prefers a newly given refresh token to the rotated one', async () => {
  const server = await startServer(json({ id_token: 'i', refresh_token: 'rotated', expires_in: '3600' }));
  let given = 'r1';
  const credentials = createFirebaseRefreshToken({
    tokenUrl: server.url,
    apiKey: secret('k3y'),
    refreshToken: new Secret(() => given),
    http: httpOptions(),
  });

  await credentials.headers(forever());
  given = 'r2';
  credentials.renew();
  await credentials.headers(forever());

  expect(server.seen.map(({ body }) => new URLSearchParams(body).get('refresh_token'))).toEqual(['r1', 'r2']);
});

test('signs its own token as a Google service account', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = {
    client_email: 'exporter@acme.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    private_key_id: 'abc',
  };
  const audience = 'https://tailer-api.example';
  const http = httpOptions();
  const credentials = createGoogleServiceAccount({ serviceAccount: secret(JSON.stringify(file)), audience, http });

  const { authorization } = await credentials.headers(forever());

  const { payload, protectedHeader } = await jwtVerify(authorization!.replace('Bearer ', ''), publicKey, {
    currentDate: new Date(START * 1000),
  });
  expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'abc' });
  expect(payload).toEqual({
    iss: file.client_email,
    sub: file.client_email,
    email: file.client_email,
    aud: audience,
    iat: START,
    exp: START + 3600,
  });
  expect(http.told).toEqual([`expires ${START + 3600}`]);
});

test.each([
  ['no JSON', 's3cret', 'it is not JSON with client_email and private_key'],
  ['JSON of something else', '{"a":"s3cret"}', 'it is not JSON with client_email and private_key'],
  ['a broken key', '{"client_email":"e","private_key":"s3cret"}', 'its private_key is not an RSA key in PKCS #8'],
])('says what is wrong with a service account file: %s', async (_, text, why) => {
  const serviceAccount = secret(text);
  const credentials = createGoogleServiceAccount({ serviceAccount, audience: 'a', http: httpOptions() });

  await expect(credentials.headers(forever())).rejects.toMatchObject({
    name: 'VendorError',
    reason: 'auth',
    message: `the Google service account file cannot be used: ${why}; take the file as Google made it`,
  });
});

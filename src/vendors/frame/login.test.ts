import { expect, it } from 'vitest';
import { z } from 'zod';
import { fixedCredentials, forever, httpOptions } from '../../../test/support/http/http-options.ts';
import { Secret } from '../../config/secret.ts';
import { bearerToken, clientCredentials, loginWith, oneOf, passwordGrant } from './login.ts';

const TOKENS = { tokenUrl: 'https://id.acme.example/token', audience: 'https://acme.example' };
const target = { apiUrl: new URL('https://acme.example/api/'), http: httpOptions() };

/** A way that logs in with its own keys, for all to see. */
const wayOf = (...keys: readonly string[]) =>
  loginWith(Object.fromEntries(keys.map((key) => [key, z.string()])), (auth) => fixedCredentials(JSON.stringify(auth)));

it('is by the way whose keys are configured, though it shares some with another', async () => {
  const login = oneOf([wayOf('user', 'password'), wayOf('user', 'key'), wayOf('token')]);
  const log = async (auth: object) =>
    (await login.createCredentials(login.settings.parse(auth), target).headers(forever()))['authorization'];

  expect(await log({ user: 'u', key: 'k' })).toBe('{"user":"u","key":"k"}');
  expect(await log({ token: 't' })).toBe('{"token":"t"}');
});

it.each([{}, { token: 't', key: 'k' }, { user: 'u' }])('is refused where no way fits: %j', (auth) => {
  const login = oneOf([wayOf('user', 'key'), wayOf('token')], 'expected user and key, or token');

  expect(login.settings.safeParse(auth).error?.issues[0]).toBeDefined();
});

it('says what is expected where that was given', () => {
  const login = oneOf([wayOf('user', 'key'), wayOf('token')], 'expected user and key, or token');

  expect(login.settings.safeParse({}).error?.issues).toMatchObject([{ message: 'expected user and key, or token' }]);
});

it('fills in where tokens come from', () => {
  const client = { client_id: 'c', client_secret: new Secret(() => 's') };
  const user = { ...client, username: 'u', password: new Secret(() => 'p') };
  const source = { token_url: new URL(TOKENS.tokenUrl), audience: TOKENS.audience };

  expect(clientCredentials(TOKENS).settings.parse(client)).toEqual({ ...client, ...source });
  expect(passwordGrant(TOKENS).settings.parse(user)).toEqual({ ...user, ...source });
});

it('sends a given token as it is', async () => {
  const credentials = bearerToken.createCredentials({ token: new Secret(() => 'token-1') }, target);

  await expect(credentials.headers(forever())).resolves.toEqual({ authorization: 'Bearer token-1' });
});

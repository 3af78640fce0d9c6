/** Ways to log in that many vendors have. A vendor with a way of its own makes it with `loginWith`. */
import { z } from 'zod';
import { clientSecret, httpUrl, password, secret, serviceAccount } from '../../config/settings.ts';
import { createClientCredentials } from '../../http/credentials/client-credentials.ts';
import { createFirebaseRefreshToken } from '../../http/credentials/firebase-refresh-token.ts';
import { createGoogleServiceAccount } from '../../http/credentials/google-service-account.ts';
import { createPasswordGrant } from '../../http/credentials/password-grant.ts';
import { createStaticCredentials } from '../../http/credentials/static-credentials.ts';
import type { Credentials, TransportOptions } from '../../http/http-client.ts';

/** The API that is logged in to. */
interface LoginTarget {
  readonly apiUrl: URL;
  readonly http: TransportOptions;
}

/** A way to log in, or a choice of several: the keys under `auth`, and the credentials that come of them. */
export interface Login<Auth extends object = object> {
  readonly settings: z.ZodType<Auth>;
  createCredentials(auth: Auth, target: LoginTarget): Credentials;
}

/** One way to log in, by its keys. */
interface LoginWay<Shape extends z.ZodRawShape = z.ZodRawShape> extends Login<z.output<z.ZodObject<Shape>>> {
  readonly settings: z.ZodObject<Shape>;
}

/** Makes a way to log in of its keys under `auth`. */
export function loginWith<Shape extends z.ZodRawShape>(
  keys: Shape,
  createCredentials: LoginWay<Shape>['createCredentials'],
): LoginWay<Shape> {
  return { settings: z.strictObject(keys), createCredentials };
}

/**
 * A choice of ways, of which the user configures one. No two of them may have the same keys, and each key must be
 * required or have a default: the way is known by its keys.
 * @param error says what is expected where none fits; without it, the problem is that of the way that fits best
 */
export function oneOf(ways: readonly LoginWay[], error?: string): Login {
  return {
    settings: z.union(
      ways.map((way) => way.settings),
      error === undefined ? {} : { error },
    ),
    createCredentials(auth, target) {
      const way = ways.find(({ settings }) => Object.keys(settings.shape).every((key) => key in auth));
      if (way === undefined) throw new TypeError('auth was not parsed by the settings of these ways to log in');
      return way.createCredentials({ ...auth }, target);
    },
  };
}

const name = z.string().min(1);

/** A Bearer token that is given as it is: `token`. */
export const bearerToken = loginWith({ token: secret }, ({ token }, { http }) =>
  createStaticCredentials({ scheme: 'Bearer', secret: token, http }),
);

/** The source of a vendor's tokens, unless another one is configured. */
interface TokenSource {
  readonly tokenUrl: string;
  readonly audience: string;
}

/** The OAuth 2.0 grant of a client: `client_id`, `client_secret`, and `token_url` and `audience` with defaults. */
export function clientCredentials({ tokenUrl, audience }: TokenSource) {
  const keys = {
    client_id: name,
    client_secret: clientSecret,
    token_url: httpUrl.prefault(tokenUrl),
    audience: name.default(audience),
  };
  return loginWith(keys, (auth, { http }) =>
    createClientCredentials({
      tokenUrl: auth.token_url,
      audience: auth.audience,
      clientId: auth.client_id,
      clientSecret: auth.client_secret,
      http,
    }),
  );
}

/** The OAuth 2.0 grant of a user: as `clientCredentials`, with `username` and `password`. */
export function passwordGrant({ tokenUrl, audience }: TokenSource) {
  const keys = {
    username: name,
    password,
    client_id: name,
    client_secret: clientSecret,
    token_url: httpUrl.prefault(tokenUrl),
    audience: name.default(audience),
  };
  return loginWith(keys, (auth, { http }) =>
    createPasswordGrant({
      tokenUrl: auth.token_url,
      audience: auth.audience,
      clientId: auth.client_id,
      clientSecret: auth.client_secret,
      username: auth.username,
      password: auth.password,
      http,
    }),
  );
}

/** A Google service account that signs its own tokens for the API's origin: `google_service_account`, a key file's text. */
export const googleServiceAccount = loginWith({ google_service_account: serviceAccount }, (auth, { apiUrl, http }) =>
  createGoogleServiceAccount({ serviceAccount: auth.google_service_account, audience: apiUrl.origin, http }),
);

/**
 * A Firebase user: `firebase_api_key`, `refresh_token`, and `token_url` with Google's own for default.
 * @see https://firebase.google.com/docs/reference/rest/auth#section-refresh-token (read 2026-11-22)
 */
export const firebaseRefreshToken = loginWith(
  {
    firebase_api_key: secret,
    refresh_token: secret,
    token_url: httpUrl.prefault('https://securetoken.googleapis.com/v1/token'),
  },
  (auth, { http }) =>
    createFirebaseRefreshToken({
      tokenUrl: auth.token_url,
      apiKey: auth.firebase_api_key,
      refreshToken: auth.refresh_token,
      http,
    }),
);

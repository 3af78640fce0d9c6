import { z } from 'zod';
import { httpUrl, secret, serviceAccount } from '../../config/settings.ts';
import { createFirebaseRefreshToken } from '../../http/credentials/firebase-refresh-token.ts';
import { createGoogleServiceAccount } from '../../http/credentials/google-service-account.ts';
import { createStaticCredentials } from '../../http/credentials/static-credentials.ts';
import type { Credentials, TransportOptions } from '../../http/http-client.ts';

/** @see https://firebase.google.com/docs/reference/rest/auth#section-refresh-token (read 2026-11-22) */
const DEFAULT_TOKEN_URL = 'https://securetoken.googleapis.com/v1/token';

/**
 * The three ways to log in: as a service account, as a user of Tailer, with a given token.
 * @see https://docs.tailer.ai/tailer-api/getting-started-1 (read 2026-11-22)
 */
export const Auth = z.union(
  [
    z.strictObject({ google_service_account: serviceAccount }),
    z.strictObject({
      firebase_api_key: secret,
      refresh_token: secret,
      token_url: httpUrl.prefault(DEFAULT_TOKEN_URL),
    }),
    z.strictObject({ token: secret }),
  ],
  { error: 'expected google_service_account, or firebase_api_key and refresh_token, or token' },
);
type Auth = z.output<typeof Auth>;

/** What proves to the API at `baseUrl` who asks. */
export function createCredentials(auth: Auth, baseUrl: URL, http: TransportOptions): Credentials {
  if ('token' in auth) return createStaticCredentials({ scheme: 'Bearer', secret: auth.token, http });
  if ('google_service_account' in auth)
    return createGoogleServiceAccount({
      serviceAccount: auth.google_service_account,
      audience: baseUrl.origin,
      http,
    });
  return createFirebaseRefreshToken({
    tokenUrl: auth.token_url,
    apiKey: auth.firebase_api_key,
    refreshToken: auth.refresh_token,
    http,
  });
}

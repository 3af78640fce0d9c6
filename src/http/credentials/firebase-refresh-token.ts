import type { Secret } from '../../config/secret.ts';
import { HOUR } from '../../model/time.ts';
import { VendorError } from '../errors.ts';
import type { Credentials, TransportOptions } from '../http-client.ts';
import { createTokenCache } from './token-cache.ts';
import { createTokenEndpoint } from './token-endpoint.ts';

interface FirebaseRefreshTokenOptions {
  /** Google's is `https://securetoken.googleapis.com/v1/token`. */
  readonly tokenUrl: URL;
  /** Goes into the query, as Google documents it; no error shows a query. */
  readonly apiKey: Secret;
  readonly refreshToken: Secret;
  readonly http: TransportOptions;
}

/**
 * Credentials of a Firebase user: the refresh token gives an ID token of one hour. Where Google replaces the refresh
 * token, the new one is kept in memory, until the configured one changes or the new one is refused.
 * @see https://firebase.google.com/docs/reference/rest/auth#section-refresh-token (read 2026-11-22)
 */
export function createFirebaseRefreshToken(options: FirebaseRefreshTokenOptions): Credentials {
  const { tokenUrl, apiKey, refreshToken, http } = options;
  const requestToken = createTokenEndpoint(http);
  let rotated: { readonly given: string; readonly token: string } | null = null;

  return createTokenCache({
    clock: http.clock,
    observer: http.observer,
    async fetchToken(fetchOptions) {
      const given = refreshToken.reveal();
      const present: string = rotated?.given === given ? rotated.token : given;
      const url = new URL(tokenUrl);
      url.searchParams.set('key', apiKey.reveal());
      try {
        const form = { grant_type: 'refresh_token', refresh_token: present };
        const answer = await requestToken({ url, form, field: 'id_token', fallbackLife: HOUR, ...fetchOptions });
        const next = answer.fields['refresh_token'];
        if (typeof next === 'string' && next !== '') rotated = { given, token: next };
        return answer;
      } catch (error) {
        if (error instanceof VendorError && error.reason === 'auth') rotated = null;
        throw error;
      }
    },
  });
}

import type { Secret } from '../../config/secret.ts';
import { HOUR } from '../../model/time.ts';
import type { Credentials, TransportOptions } from '../http-client.ts';
import { createEndpointCredentials } from './token-endpoint.ts';

interface PasswordGrantOptions {
  readonly tokenUrl: URL;
  /** The API that the token is for; null: left out. */
  readonly audience: string | null;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly username: string;
  readonly password: Secret;
  readonly http: TransportOptions;
}

/**
 * Credentials of a user name and password at an OAuth 2.0 token endpoint.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.3 (read 2026-11-22)
 */
export function createPasswordGrant(options: PasswordGrantOptions): Credentials {
  const { tokenUrl, audience, clientId, clientSecret, username, password, http } = options;
  return createEndpointCredentials(http, () => ({
    url: tokenUrl,
    form: {
      grant_type: 'password',
      username,
      password: password.reveal(),
      client_id: clientId,
      client_secret: clientSecret.reveal(),
      ...(audience !== null && { audience }),
    },
    field: 'access_token',
    fallbackLife: HOUR,
  }));
}

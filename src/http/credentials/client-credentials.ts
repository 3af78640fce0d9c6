import type { Secret } from '../../config/secret.ts';
import { HOUR } from '../../model/time.ts';
import type { Credentials, TransportOptions } from '../http-client.ts';
import { createEndpointCredentials } from './token-endpoint.ts';

interface ClientCredentialsOptions {
  readonly tokenUrl: URL;
  /** The API that the token is for, as Auth0 wants it; null: left out. */
  readonly audience: string | null;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly http: TransportOptions;
}

/**
 * Credentials of a client at an OAuth 2.0 token endpoint.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4 (read 2026-11-22)
 */
export function createClientCredentials(options: ClientCredentialsOptions): Credentials {
  const { tokenUrl, audience, clientId, clientSecret, http } = options;
  return createEndpointCredentials(http, () => ({
    url: tokenUrl,
    form: {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret.reveal(),
      ...(audience !== null && { audience }),
    },
    field: 'access_token',
    fallbackLife: HOUR,
  }));
}

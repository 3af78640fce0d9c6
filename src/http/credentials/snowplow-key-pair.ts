import type { Secret } from '../../config/secret.ts';
import { DAY } from '../../model/time.ts';
import type { Credentials, TransportOptions } from '../http-client.ts';
import { createEndpointCredentials } from './token-endpoint.ts';

interface SnowplowKeyPairOptions {
  /** `{base}/credentials/v3/token`, base with organization. */
  readonly tokenUrl: URL;
  readonly apiKeyId: string;
  readonly apiKey: Secret;
  readonly http: TransportOptions;
}

/**
 * Credentials of a Snowplow Console API key: a GET with id and key in headers gives a JWT of 24 hours.
 * @see https://docs.snowplow.io/docs/account-management/ (read 2026-11-22)
 */
export function createSnowplowKeyPair({ tokenUrl, apiKeyId, apiKey, http }: SnowplowKeyPairOptions): Credentials {
  return createEndpointCredentials(http, () => ({
    url: tokenUrl,
    headers: { 'x-api-key-id': apiKeyId, 'x-api-key': apiKey.reveal() },
    field: 'accessToken',
    fallbackLife: DAY,
  }));
}

import { z } from 'zod';
import { clientSecret, httpUrl, password, secret } from '../../config/settings.ts';
import { createPasswordGrant } from '../../http/credentials/password-grant.ts';
import { createSnowplowKeyPair } from '../../http/credentials/snowplow-key-pair.ts';
import { createStaticCredentials } from '../../http/credentials/static-credentials.ts';
import type { Credentials, TransportOptions } from '../../http/http-client.ts';

const name = z.string().min(1);

/**
 * The three ways in: an API key of the Console, the older password grant, or a token that somebody else keeps fresh.
 *
 * Token URL and audience are those of the vendor's former instructions.
 * @see seed document of the jobs API (read 2026-11-22)
 */
export const SnowplowAuth = z.union([
  z.strictObject({ api_key_id: name, api_key: secret }),
  z.strictObject({
    username: name,
    password,
    client_id: name,
    client_secret: clientSecret,
    token_url: httpUrl.prefault('https://id.snowplowanalytics.com/oauth/token'),
    audience: name.default('https://snowplowanalytics.com/api/'),
  }),
  z.strictObject({ token: secret }),
]);
type SnowplowAuth = z.output<typeof SnowplowAuth>;

/** Credentials for the organization whose API lies at `baseUrl` (with a slash at its end). */
export function createCredentials(auth: SnowplowAuth, baseUrl: URL, http: TransportOptions): Credentials {
  if ('token' in auth) return createStaticCredentials({ scheme: 'Bearer', secret: auth.token, http });
  if ('api_key' in auth) {
    const tokenUrl = new URL('credentials/v3/token', baseUrl);
    return createSnowplowKeyPair({ tokenUrl, apiKeyId: auth.api_key_id, apiKey: auth.api_key, http });
  }
  return createPasswordGrant({
    tokenUrl: auth.token_url,
    audience: auth.audience,
    clientId: auth.client_id,
    clientSecret: auth.client_secret,
    username: auth.username,
    password: auth.password,
    http,
  });
}

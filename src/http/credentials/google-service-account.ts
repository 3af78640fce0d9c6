import { importPKCS8, SignJWT } from 'jose';
import type { Secret } from '../../config/secret.ts';
import { HOUR } from '../../model/time.ts';
import { VendorError } from '../errors.ts';
import type { Credentials, TransportOptions } from '../http-client.ts';
import { createTokenCache } from './token-cache.ts';

interface GoogleServiceAccountOptions {
  /** The text of the key file that Google gave: JSON with `client_email` and `private_key`. */
  readonly serviceAccount: Secret;
  /** The API that the token is for; Tailer wants its API's origin. */
  readonly audience: string;
  readonly http: Pick<TransportOptions, 'clock' | 'observer'>;
}

/**
 * Credentials of a Google service account that signs its own tokens, of one hour each; nothing is exchanged.
 * @see https://docs.tailer.ai/tailer-api/getting-started-1 (read 2026-11-22)
 */
export function createGoogleServiceAccount({
  serviceAccount,
  audience,
  http,
}: GoogleServiceAccountOptions): Credentials {
  const { clock, observer } = http;
  return createTokenCache({
    clock,
    observer,
    async fetchToken() {
      const { email, privateKey, keyId } = parseKeyFile(serviceAccount.reveal());
      const now = Math.floor(clock.now());
      const value = await new SignJWT({ email })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(keyId !== null && { kid: keyId }) })
        .setIssuer(email)
        .setSubject(email)
        .setAudience(audience)
        .setIssuedAt(now)
        .setExpirationTime(now + HOUR)
        .sign(await importPrivateKey(privateKey));
      return { value, life: HOUR };
    },
  });
}

interface KeyFile {
  readonly email: string;
  readonly privateKey: string;
  readonly keyId: string | null;
}

function parseKeyFile(text: string): KeyFile {
  const file = parseObject(text);
  const { client_email: email, private_key: privateKey, private_key_id: keyId } = file;
  if (typeof email !== 'string' || typeof privateKey !== 'string')
    throw unusable('it is not JSON with client_email and private_key');
  return { email, privateKey, keyId: typeof keyId === 'string' ? keyId : null };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

async function importPrivateKey(privateKey: string): ReturnType<typeof importPKCS8> {
  try {
    return await importPKCS8(privateKey, 'RS256');
  } catch {
    throw unusable('its private_key is not an RSA key in PKCS #8');
  }
}

/** The error of a key file that cannot be used. It has no cause: a parser's message may quote the key. */
function unusable(reason: string): VendorError {
  return new VendorError(`the Google service account file cannot be used: ${reason}; take the file as Google made it`, {
    reason: 'auth',
  });
}

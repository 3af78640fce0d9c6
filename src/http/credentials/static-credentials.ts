import type { Secret } from '../../config/secret.ts';
import type { UnixSeconds } from '../../model/time.ts';
import type { Credentials, RequestObserver } from '../http-client.ts';
import { jwtExpiry } from './token-life.ts';

interface StaticCredentialsOptions {
  /** The word before the secret. */
  readonly scheme: 'Bearer' | 'Token' | 'Basic';
  /** A key or a given token; one in a file is read again for every request, so a new token needs no restart. */
  readonly secret: Secret;
  /** `raw` (the default): the secret as it is. `base64`: base64 of `SECRET:`, a user name without password. */
  readonly encoding?: 'raw' | 'base64';
  readonly http: { readonly observer: Pick<RequestObserver, 'credentialsExpire'> };
}

/**
 * Credentials that are given and not fetched: `Authorization: <scheme> <secret>`. The end of a JWT is reported, so
 * that a token which nobody replaces can be alerted on.
 */
export function createStaticCredentials(options: StaticCredentialsOptions): Credentials {
  const { scheme, secret, encoding = 'raw', http } = options;
  let reported: UnixSeconds | null | undefined;

  return {
    async headers() {
      const value = secret.reveal();
      const expiry = jwtExpiry(value);
      if (expiry !== reported) http.observer.credentialsExpire(expiry);
      reported = expiry;
      const shown = encoding === 'base64' ? Buffer.from(`${value}:`).toString('base64') : value;
      return { authorization: `${scheme} ${shown}` };
    },
    renew: () => false,
    refresh: () => false,
  };
}

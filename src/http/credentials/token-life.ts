import { decodeJwt } from 'jose';
import { between, type Seconds, seconds, type UnixSeconds, unixSeconds } from '../../model/time.ts';

/** A token, and how long it lives from the moment it was asked for. */
export interface Token {
  readonly value: string;
  readonly life: Seconds;
}

/**
 * Reads the end of a JWT from its `exp`; null for a JWT without one and for anything else. The signature is not
 * checked.
 */
export function jwtExpiry(token: string): UnixSeconds | null {
  return readClaims(token)?.exp ?? null;
}

/**
 * Returns the life of a new token: the answer's `expires_in`, else the JWT's own `exp` − `iat` (`exp` − now without
 * `iat`), else `fallback`. A length rather than an instant, so that a wrong clock does no harm.
 *
 * @param expiresIn `expires_in` as it came: a number of seconds, the same as text, null or missing
 */
export function tokenLife(token: string, expiresIn: unknown, fallback: Seconds, now: UnixSeconds): Seconds {
  const given = typeof expiresIn === 'string' || typeof expiresIn === 'number' ? Number(expiresIn) : 0;
  if (given > 0 && Number.isFinite(given)) return seconds(given);
  const claims = readClaims(token);
  const own = claims === null ? seconds(0) : between(claims.iat ?? now, claims.exp);
  return own > 0 ? own : fallback;
}

function readClaims(token: string): { exp: UnixSeconds; iat: UnixSeconds | null } | null {
  try {
    const { exp, iat } = decodeJwt(token);
    if (typeof exp !== 'number') return null;
    return { exp: unixSeconds(exp), iat: typeof iat === 'number' ? unixSeconds(iat) : null };
  } catch {
    return null;
  }
}

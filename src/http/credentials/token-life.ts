import { decodeJwt } from 'jose';
import { between, type Seconds, seconds, type UnixSeconds, unixSeconds } from '../../model/time.ts';

/** A token, and how long it lives from the moment it was asked for. */
export interface Token {
  readonly value: string;
  readonly life: Seconds;
}

/** When a JWT ends by its `exp`; null for a JWT without one and for anything that is no JWT. Its signature is not looked at. */
export function jwtExpiry(token: string): UnixSeconds | null {
  return readClaims(token)?.exp ?? null;
}

/**
 * How long a new token lives: what the answer's `expires_in` says, else the JWT's own `exp` − `iat` (`exp` − now
 * without `iat`), else `fallback`. Lengths rather than instants, so that a clock that is off does no harm.
 *
 * @param expiresIn `expires_in` as it came: a number of seconds, the same as text, null or missing
 */
export function tokenLife(token: string, expiresIn: unknown, fallback: Seconds, now: UnixSeconds): Seconds {
  const said = typeof expiresIn === 'string' || typeof expiresIn === 'number' ? Number(expiresIn) : 0;
  if (said > 0 && Number.isFinite(said)) return seconds(said);
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

import { UnsecuredJWT } from 'jose';
import { expect, test } from 'vitest';
import { START } from '../../../test/support/http/http-options.ts';
import { HOUR, seconds } from '../../model/time.ts';
import { jwtExpiry, tokenLife } from './token-life.ts';

function jwt(claims: Record<string, unknown>): string {
  return new UnsecuredJWT(claims).encode();
}

test.each([
  ['expires_in as a number', 'opaque', 300, 300],
  ['expires_in as text, as Firebase has it', 'opaque', '3600', 3600],
  ['expires_in before the JWT', jwt({ iat: START, exp: START + 100 }), 300, 300],
  ['the JWT by its own issue', jwt({ iat: START - 50, exp: START + 50 }), null, 100],
  ['the JWT by our clock', jwt({ exp: START + 70 }), undefined, 70],
  ['the fallback for an opaque token', 'opaque', null, 3600],
  ['the fallback for a JWT without end', jwt({ iat: START }), undefined, 3600],
  ['the fallback for a JWT that has ended by our clock', jwt({ exp: START - 1 }), undefined, 3600],
  ['the fallback for an expires_in that is none', 'opaque', 'soon', 3600],
  ['the fallback for an expires_in of nothing', 'opaque', 0, 3600],
])('takes the life from %s', (_, token, expiresIn, expected) => {
  expect(tokenLife(token, expiresIn, HOUR, START)).toBe(seconds(expected));
});

test('reads the end of a JWT and of nothing else', () => {
  expect(jwtExpiry(jwt({ exp: START }))).toBe(START);
  expect(jwtExpiry(jwt({}))).toBeNull();
  expect(jwtExpiry('pok_123')).toBeNull();
});

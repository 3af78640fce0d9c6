import { expect, test } from 'vitest';
import { parseHttpDate, parseRetryAfter } from './retry-after.ts';
import { START } from '../../test/support/http/http-options.ts';

test.each([
  ['120', 120],
  [' 0 ', null],
  ['86400', 3600],
  ['Sun, 22 Nov 2026 08:01:30 GMT', 90],
  ['Sun, 22 Nov 2026 07:00:00 GMT', null],
  ['Mon, 23 Nov 2026 08:00:00 GMT', 3600],
  ['-5', null],
  ['1.5', null],
  ['soon', null],
  ['', null],
  [null, null],
])('reads Retry-After %j as %j seconds', (text, expected) => {
  expect(parseRetryAfter(text, START)).toBe(expected);
});

test('reads an HTTP date and nothing else', () => {
  expect(parseHttpDate('Sun, 22 Nov 2026 08:00:00 GMT')).toBe(START);
  expect(parseHttpDate('120')).toBeNull();
  expect(parseHttpDate('yesterday')).toBeNull();
  expect(parseHttpDate(null)).toBeNull();
});

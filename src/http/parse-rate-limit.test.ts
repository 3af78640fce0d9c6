import { array, assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { START } from '../../test/support/http/http-options.ts';
import { parseRateLimit } from './parse-rate-limit.ts';
import type { ResponseHeaders } from './response-headers.ts';

/** `[limit, remaining, seconds from now until the reset]` */
function read(headers: ResponseHeaders): readonly (number | null)[] | null {
  const found = parseRateLimit(headers, START);
  return found && [found.limit, found.remaining, found.resetAt && found.resetAt - START];
}

test.each<[string, string, readonly (number | null)[] | null]>([
  ['"default";r=50;t=30', '"default";q=100;w=60', [100, 50, 30]],
  [' "default" ; r=50 ; t=30 ', '"default" ; q=100', [100, 50, 30]],
  ['default;r=0;t=30', 'default;q=100', [100, 0, 30]],
  ['"default";r=50', '', [null, 50, null]],
  ['"default";r=50;t=30', '"another";q=100;w=60', [null, 50, 30]],
  ['"burst";r=90;t=5,"daily";r=7;t=36000', '"burst";q=100;w=60,"daily";q=1000;w=86400', [1000, 7, 36000]],
  ['"burst";r=0;t=5,"daily";r=0;t=36000, "x";r=0', '', [null, 0, 36000]],
  ['"a, b; c";r=3;t=4', '"a, b; c";q=9;pk=:cHsdsRa894==:', [9, 3, 4]],
  ['"size";r=0;t=60,"calls";r=5;t=60', '"size";q=65535;qu="content-bytes";w=10,"calls";q=10', [10, 5, 60]],
  ['limit=100, remaining=50, reset=30', '100;w=60', [100, 50, 30]],
  ['"default";t=30', '"default";q=100;w=60', null],
  ['"default";r=-1;t=30', '', null],
  ['"default";r=many;t=30', '', null],
  ['"default;r=1', '', null],
  [`"default";r=1;note="${'x'.repeat(2000)}"`, '', null],
  [';;,,=', '', null],
  ['', '"default";q=100;w=60', null],
])('reads RateLimit %j with RateLimit-Policy %j as %j', (field, policy, expected) => {
  expect(read({ ratelimit: field, 'ratelimit-policy': policy })).toEqual(expected);
});

test('reads a list that is spread over several headers', () => {
  expect(read({ ratelimit: ['"burst";r=90;t=5', '"daily";r=7;t=99'] })).toEqual([null, 7, 99]);
});

describe.each(['ratelimit', 'x-ratelimit', 'x-rate-limit'])('of three headers %s-*', (prefix) => {
  test.each<[string, string, string, readonly (number | null)[] | null]>([
    ['100', '50', '30', [100, 50, 30]],
    ['100, 100;w=60', '0', '0', [100, 0, 0]],
    ['5000', '4999', '1795334460', [5000, 4999, 60]],
    ['5000', '4999', '1795334460.5', [5000, 4999, 60.5]],
    ['5000', '4999', '1795334460000', [5000, 4999, 60]],
    ['5000', '4999', '1795330000', [5000, 4999, -4400]],
    ['10', '1', 'Sun, 22 Nov 2026 08:01:30 GMT', [10, 1, 90]],
    ['10', '1', '2026-11-22T08:01:30Z', [10, 1, 90]],
    ['10', '0.5', '999999999', [10, 0.5, 999_999_999]],
    ['unlimited', '7', 'soon', [null, 7, null]],
    ['-1', '7', '-30', [null, 7, null]],
    ['10', '-1', '30', null],
    ['10', '', '30', null],
    ['10', '9'.repeat(400), '30', null],
  ])('reads limit %j, remaining %j, reset %j as %j', (limit, remaining, reset, expected) => {
    const headers = { [`${prefix}-limit`]: limit, [`${prefix}-remaining`]: remaining, [`${prefix}-reset`]: reset };

    expect(read(headers)).toEqual(expected);
  });

  test('reads what is left alone', () => {
    expect(read({ [`${prefix}-remaining`]: ['3', '4'] })).toEqual([null, 3, null]);
  });
});

test('takes the standard before what it grew from', () => {
  const headers = { ratelimit: '"a";r=1', 'ratelimit-remaining': '2', 'x-ratelimit-remaining': '3' };

  expect(read(headers)).toEqual([null, 1, null]);
  expect(read({ ...headers, ratelimit: 'broken' })).toEqual([null, 2, null]);
});

test('takes a limit of nothing for no limit', () => {
  expect(read({ 'x-ratelimit-limit': '0', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '3600' })).toBeNull();
});

test('finds nothing in an answer that says nothing, or that a cache gave', () => {
  expect(read({ date: 'Sun, 22 Nov 2026 08:00:00 GMT' })).toBeNull();
  expect(read({ ratelimit: '"a";r=1', age: '12' })).toBeNull();
  expect(read({ ratelimit: '"a";r=1', age: '0' })).toEqual([null, 1, null]);
});

test('never throws, and never gives what is no number', () => {
  const text = array(constantFrom('"', '\\', ',', ';', '=', 'r', 't', 'q', '0', '7', ' ', 'remaining'), {
    maxLength: 40,
  }).map((parts) => parts.join(''));
  assert(
    property(text, text, string(), (field, policy, reset) => {
      const headers = { ratelimit: field, 'ratelimit-policy': policy, 'ratelimit-reset': reset };
      const found = parseRateLimit({ ...headers, 'ratelimit-remaining': '1' }, START);

      expect(found).not.toBeNull();
      for (const value of [found?.limit ?? 0, found?.remaining, found?.resetAt ?? 0])
        expect(value).toSatisfy(Number.isFinite);
    }),
  );
});

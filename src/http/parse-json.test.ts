import { assert, json, property } from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from './parse-json.ts';

test.each([
  ['NaN', null],
  ['[1,NaN,Infinity,-Infinity,2]', [1, null, null, null, 2]],
  ['{"rate": NaN, "id": 7}', { rate: null, id: 7 }],
  ['{"rate":1e999,"low":-1e999,"id":7}', { rate: null, low: null, id: 7 }],
  [String.raw`{"name":"NaN, \"Infinity\", -Infinity","rate":NaN}`, { name: 'NaN, "Infinity", -Infinity', rate: null }],
  [String.raw`{"path":"c:\\","rate":NaN}`, { path: 'c:\\', rate: null }],
])('reads what is no finite number as null, and all beside it: %s', (text, value) => {
  expect(parseJson(text)).toEqual(value);
});

test.each([
  ['9007199254740991', 9_007_199_254_740_991],
  ['9007199254740992', '9007199254740992'],
  ['[9007199254740993,-9007199254740993]', ['9007199254740993', '-9007199254740993']],
  ['{"id":12345678901234567890123,"n":1}', { id: '12345678901234567890123', n: 1 }],
  ['{"id": 1732262400000000 }', { id: 1_732_262_400_000_000 }],
  [
    '{"id":"12345678901234567890","next":12345678901234567891}',
    { id: '12345678901234567890', next: '12345678901234567891' },
  ],
  [
    '[0.12345678901234567890,1e20,12345678901234567890.5,9007199254740993]',
    [0.123_456_789_012_345_68, 1e20, 12_345_678_901_234_567_000, '9007199254740993'],
  ],
])('keeps every digit of an integer that no number can hold: %s', (text, value) => {
  expect(parseJson(text)).toEqual(value);
});

test('does not take two ids for one', () => {
  const [first, second] = parseJson('[{"id":9007199254740992},{"id":9007199254740993}]') as { id: unknown }[];

  expect(first?.id).not.toBe(second?.id);
});

test.each([
  '<html>NaN</html>',
  '{"a":NaN',
  '{"a":nan}',
  '[+Infinity]',
  '[1NaN]',
  '[xNaN]',
  '[01234567890123456789]',
  '[1-2, NaN]',
  'Infinity and beyond',
  '',
])('refuses what is no JSON in any other way: %s', (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});

test.each([
  ['lists', '['.repeat(200_000) + ']'.repeat(200_000)],
  ['objects', `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`],
  ['lists with elements', `${'[1,'.repeat(200_000)}1${']'.repeat(200_000)}`],
  ['lists of numbers that are none', `${'[NaN,'.repeat(200_000)}NaN${']'.repeat(200_000)}`],
])('refuses 200,000 levels of %s', (_what, text) => {
  expect(() => parseJson(text)).toThrow(RangeError);
});

test('reads all other JSON as JSON.parse does', () => {
  assert(
    property(json({ maxDepth: 6 }), (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

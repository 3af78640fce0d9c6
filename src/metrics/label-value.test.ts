import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toLabelValue } from './label-value.ts';

describe('a label value', () => {
  it.each(['', 'nightly', 'é'.repeat(200), '💡'.repeat(100), 'cut …off', 'a…0123456789'])(
    'is a text %j as it is',
    (text) => {
      expect(toLabelValue(text)).toBe(text);
    },
  );

  it('is cut to 200 characters, the last of them a hash of the whole', () => {
    const value = toLabelValue('a'.repeat(200_000));

    expect(value).toMatch(/^a{187}…[\da-f]{12}$/);
    expect(value).toHaveLength(200);
  });

  it('differs for two long texts that begin alike', () => {
    const values = ['x', 'y', 'yy'].map((end) => toLabelValue('a'.repeat(1000) + end));

    expect(new Set(values).size).toBe(3);
  });

  it('does not cut a character in half', () => {
    const value = toLabelValue(`a${'💡'.repeat(150)}`);

    expect(value).toMatch(/^a(?:💡){93}…[\da-f]{12}$/u);
  });

  it('differs for two texts whose encodings would be the same', () => {
    const values = ['\uD800', '\uDBFF', '\uFFFD', 'a\uDC00', 'a\uFFFD'].map(toLabelValue);

    expect(values.every((value) => value.isWellFormed())).toBe(true);
    expect(new Set(values).size).toBe(5);
  });

  it('differs for a text that is what another one was cut to', () => {
    const long = 'a'.repeat(1000);

    const values = [long, toLabelValue(long), toLabelValue(toLabelValue(long))].map(toLabelValue);

    expect(new Set(values).size).toBe(3);
  });

  it('is short and well-formed for any text, and the same only for the same text', () => {
    const part = constantFrom('\uD800', '\uDC00', 'a', '💡', '…', '0123456789ab');
    const text = array(part, { maxLength: 260 }).map((parts) => parts.join(''));
    assert(
      property(text, text, (one, other) => {
        const [value, otherValue] = [toLabelValue(one), toLabelValue(other)];
        expect(value.length).toBeLessThanOrEqual(200);
        expect(value.isWellFormed()).toBe(true);
        expect(value === otherValue).toBe(one === other);
      }),
    );
  });
});

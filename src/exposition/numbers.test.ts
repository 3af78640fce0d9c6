import { describe, expect, it } from 'vitest';
import { formatBound, formatNumber } from './numbers.ts';

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [0.1, '0.1'],
    [1e-7, '1e-7'],
    [1_795_000_000.25, '1795000000.25'],
    [2 ** 53, '9007199254740992'],
    [1.5e300, '1.5e+300'],
    [NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
  ])('writes %d as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe('formatBound', () => {
  // The right column is what Prometheus 3.5 stores for either spelling (asked on 2026-11-22).
  it.each([
    [0, '0', '0.0'],
    [0.00005, '5e-05', '5e-05'],
    [0.05, '0.05', '0.05'],
    [10, '10', '10.0'],
    [86_400, '86400', '86400.0'],
    [604_800, '604800', '604800.0'],
    [1_000_000, '1e+06', '1e+06'],
    [2_592_000, '2.592e+06', '2.592e+06'],
    [12_345_678, '1.2345678e+07', '1.2345678e+07'],
    [-2.5, '-2.5', '-2.5'],
    [Infinity, '+Inf', '+Inf'],
  ])('writes %d as %s in text and %s in OpenMetrics', (bound, text, canonical) => {
    const written = [formatBound(bound, false), formatBound(bound, true)];

    expect(written).toEqual([text, canonical]);
  });
});

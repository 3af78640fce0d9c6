import { expect, it } from 'vitest';
import { formatValue } from './format-value.ts';

const NOW = Date.UTC(2026, 10, 22, 12) / 1000;

it.each([
  [0, 'short', '0'],
  [12, 'short', '12'],
  [0.25, 'short', '0.250'],
  [36_912, 'short', '36.9 K'],
  [2_360_000, 'short', '2.36 Mil'],
  [0, 's', '0 s'],
  [0.012, 's', '12 ms'],
  [93_600, 's', '1.08 days'],
  [0.618, 'percentunit', '61.8%'],
  [1, 'percentunit', '100%'],
  [400 * 1024 ** 2, 'bytes', '400 MiB'],
  [2100, 'rowsps', '2.10K rows/s'],
  [(NOW - 200) * 1000, 'dateTimeFromNow', '3 minutes ago'],
  [(NOW + 3600) * 1000, 'dateTimeFromNow', 'in an hour'],
  [NOW * 1000, 'dateTimeAsIso', '2026-11-22 12:00:00'],
])('shows %d in %s as %s', (value, unit, text) => {
  expect(formatValue(value, unit, NOW)).toBe(text);
});

import { describe, expect, it } from 'vitest';
import { formatAge, formatDuration } from './format-time.ts';

describe('a length of time', () => {
  it.each([
    [0, '0 s'],
    [0.44, '0.4 s'],
    [59.6, '1 min'],
    [200, '3 min 20 s'],
    [3600, '1 h'],
    [3601, '1 h'],
    [187_200, '2 d 4 h'],
  ])('of %d s is %s', (length, text) => {
    expect(formatDuration(length)).toBe(text);
  });
});

describe('an age', () => {
  it.each([
    [0, 'just now'],
    [20, '20 s ago'],
    [7199, '1 h ago'],
    [-300, 'in 5 min'],
    [864_000, '10 d ago'],
  ])('of %d s is %s', (age, text) => {
    expect(formatAge(age)).toBe(text);
  });
});

import { expect, it } from 'vitest';
import { fillVariables, stepOf, toSeconds } from './variables.ts';

it('fills in what was chosen, all values for the rest, and the spans of time', () => {
  const query =
    'max(a{vendor=~"$vendor", job_name=~"$job"} offset $__range) / rate(b[$__rate_interval]) + c[$__interval]';

  const filled = fillVariables(query, { chosen: { job: 'nightly' }, rangeSeconds: 1800, stepSeconds: 60 });

  expect(filled).toBe('max(a{vendor=~".*", job_name=~"nightly"} offset 1800s) / rate(b[75s]) + c[60s]');
});

it('leaves the groups of a replacement alone', () => {
  const query = 'label_replace(a, "le", "$1", "le", "(.+)")';

  expect(fillVariables(query, { chosen: {}, rangeSeconds: 60, stepSeconds: 15 })).toBe(query);
});

it('has no more points than pixels, and none closer than the panel allows', () => {
  expect([stepOf(86_400, 700, '1m'), stepOf(1800, 700, '1m'), stepOf(1800, 700, undefined)]).toEqual([300, 60, 15]);
});

it('refuses what is no duration', () => {
  expect(() => toSeconds('soon')).toThrow('not a duration');
});

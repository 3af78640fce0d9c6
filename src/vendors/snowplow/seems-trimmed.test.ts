import { expect, it } from 'vitest';
import { liveRun } from '../../../test/support/builders.ts';
import type { Run } from '../../model/run.ts';
import { after, HOUR, seconds, unixSeconds } from '../../model/time.ts';
import { EVENT_LIMIT, EVENTS_PER_RUN, LARGE_ANSWER, seemsTrimmed, SHORTEST_SLICE } from './seems-trimmed.ts';

const FROM = unixSeconds(Date.UTC(2026, 10, 22) / 1000);
const WINDOW = { from: FROM, to: after(FROM, seconds(24 * HOUR)) };

/** So many runs, spread evenly from `fraction` of the window to its end. */
function runsFrom(fraction: number, count: number, window = WINDOW): readonly Run[] {
  return Array.from({ length: count }, (_, index) => {
    const share = fraction + ((1 - fraction) * index) / count;
    return liveRun({ id: `run-${index}`, startedAt: unixSeconds(FROM + share * (window.to - FROM)) });
  });
}

it('suspects nothing of an answer that begins where its window does', () => {
  expect(seemsTrimmed(runsFrom(0, 200), 200, WINDOW)).toBe(false);
});

it('suspects nothing of an empty or a small answer, wherever it begins', () => {
  expect(seemsTrimmed([], 0, WINDOW)).toBe(false);
  expect(seemsTrimmed(runsFrom(0.9, LARGE_ANSWER - 1), LARGE_ANSWER - 1, WINDOW)).toBe(false);
});

it('suspects an answer whose runs may have had 10,000 events', () => {
  const count = EVENT_LIMIT / EVENTS_PER_RUN;

  expect(seemsTrimmed(runsFrom(0, count), count, WINDOW)).toBe(true);
  expect(seemsTrimmed(runsFrom(0, count - 1), count - 1, WINDOW)).toBe(false);
});

it('suspects a large answer in which nothing starts in the first quarter of the window', () => {
  expect(seemsTrimmed(runsFrom(0.3, LARGE_ANSWER), LARGE_ANSWER, WINDOW)).toBe(true);
  expect(seemsTrimmed(runsFrom(0.2, LARGE_ANSWER), LARGE_ANSWER, WINDOW)).toBe(false);
});

it('suspects nothing of a late beginning in a window that cannot be divided, as jobs may all start at one hour', () => {
  const shortest = { from: FROM, to: after(FROM, SHORTEST_SLICE) };
  const twice = { from: FROM, to: after(FROM, seconds(2 * SHORTEST_SLICE)) };

  expect(seemsTrimmed(runsFrom(0.5, LARGE_ANSWER, shortest), LARGE_ANSWER, shortest)).toBe(false);
  expect(seemsTrimmed(runsFrom(0.5, LARGE_ANSWER, twice), LARGE_ANSWER, twice)).toBe(true);
});

it('suspects nothing of runs that all still wait', () => {
  const waiting = Array.from({ length: LARGE_ANSWER }, (_, index) =>
    liveRun({ id: `run-${index}`, state: 'pending', startedAt: null }),
  );

  expect(seemsTrimmed(waiting, waiting.length, WINDOW)).toBe(false);
});

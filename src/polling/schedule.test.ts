import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, type Seconds, seconds } from '../model/time.ts';
import { nextPollIn } from './schedule.ts';

/** Waits after so many failures in a row. */
function waits(interval: Seconds, failures: number, retryAfter: Seconds | null = null): readonly number[] {
  return Array.from({ length: failures }, (_, index) =>
    nextPollIn(interval, seconds(1), { count: index + 1, retryAfter }),
  );
}

describe('nextPollIn', () => {
  it('keeps the interval from the start of one poll to the start of the next', () => {
    expect([0, 20, 60, 500].map((elapsed) => nextPollIn(MINUTE, seconds(elapsed), null))).toEqual([60, 40, 6, 6]);
  });

  it('doubles after each failure, up to five intervals', () => {
    expect(waits(seconds(30), 5)).toEqual([30, 60, 120, 150, 150]);
  });

  it('doubles after each failure, up to five minutes', () => {
    expect(waits(seconds(120), 4)).toEqual([120, 240, 300, 300]);
  });

  it('comes back within five minutes however long the interval is', () => {
    expect(waits(HOUR, 2)).toEqual([300, 300]);
  });

  it('waits as long as the vendor asks for, an hour at most', () => {
    expect([seconds(10), seconds(900), seconds(7200)].map((after) => waits(MINUTE, 1, after)[0])).toEqual([
      60, 900, 3600,
    ]);
  });
});

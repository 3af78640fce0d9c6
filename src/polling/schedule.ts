import { HOUR, MINUTE, type Seconds, seconds } from '../model/time.ts';

/** Longest wait after a fault that the vendor can ask for. @see spec rule 17 */
const LONGEST_RETRY_AFTER = HOUR;
const LONGEST_BACK_OFF = seconds(5 * MINUTE);

export interface Fault {
  /** Polls in a row that have failed, this one included. */
  readonly count: number;
  /** What the vendor asked for; null: nothing. */
  readonly retryAfter: Seconds | null;
}

/**
 * How long to wait after a poll: so that polls begin an interval apart. After faults it doubles, up to
 * min(5 x interval, 5 min), or as long as the vendor's Retry-After (up to 1 h) asks for.
 *
 * @param elapsed how long the poll took
 * @see spec rule 17
 */
export function nextPollIn(interval: Seconds, elapsed: Seconds, fault: Fault | null): Seconds {
  if (fault === null) return seconds(Math.max(interval - elapsed, interval / 10));
  const longest = Math.min(5 * interval, LONGEST_BACK_OFF);
  const backOff = Math.min(Math.min(interval, longest) * 2 ** (fault.count - 1), longest);
  return seconds(Math.max(backOff, Math.min(fault.retryAfter ?? 0, LONGEST_RETRY_AFTER)));
}

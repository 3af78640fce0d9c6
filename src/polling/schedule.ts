import { HOUR, MINUTE, type Seconds, seconds } from '../model/time.ts';

/** Longest wait after a failure that the vendor can ask for. @see spec rule 17 */
const LONGEST_RETRY_AFTER = HOUR;
const LONGEST_BACK_OFF = seconds(5 * MINUTE);

/** Polls in a row that have failed. */
export interface FailedPolls {
  readonly count: number;
  /** The wait that the vendor asked for; null: none. */
  readonly retryAfter: Seconds | null;
}

/**
 * The wait after a poll, so that polls begin an interval apart. After failures it doubles, up to
 * min(5 x interval, 5 min), or as long as the vendor's Retry-After (up to 1 h) asks for.
 *
 * @param elapsed how long the poll took
 * @see spec rule 17
 */
export function nextPollIn(interval: Seconds, elapsed: Seconds, failed: FailedPolls | null): Seconds {
  if (failed === null) return seconds(Math.max(interval - elapsed, interval / 10));
  const longest = Math.min(5 * interval, LONGEST_BACK_OFF);
  const backOff = Math.min(Math.min(interval, longest) * 2 ** (failed.count - 1), longest);
  return seconds(Math.max(backOff, Math.min(failed.retryAfter ?? 0, LONGEST_RETRY_AFTER)));
}

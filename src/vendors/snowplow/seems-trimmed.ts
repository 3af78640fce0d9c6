import { after, MINUTE, seconds } from '../../model/time.ts';
import type { Run } from '../../model/run.ts';
import type { Window } from '../vendor.ts';

/**
 * Snowplow keeps events (changes of state of runs and their steps), and trims an answer to the latest this many.
 * @see https://docs.snowplow.io/docs/modeling-your-data/running-data-models-via-console/retrieving-job-execution-data-via-the-api/ (read 2026-11-22)
 */
export const EVENT_LIMIT = 10_000;

/** Events of a run that waits, begins and ends, with 11 steps that begin and end: more than most runs have. */
export const EVENTS_PER_RUN = 25;

/** So many runs reach the limit with four times as many events each, and should be spread over their window. */
export const LARGE_ANSWER = EVENT_LIMIT / (4 * EVENTS_PER_RUN);

/** Shortest slice of a trimmed one. @see spec section 2, rule 5 */
export const SHORTEST_SLICE = seconds(15 * MINUTE);

/**
 * True if events, and with them runs, may be missing from an answer. The vendor does not say, and events cannot be
 * counted from here, so it is a suspicion that costs two smaller requests when wrong:
 *
 * - so many runs that their events would reach the limit, or
 * - a large answer in which nothing starts in the first quarter of the window, where the trim takes from. Jobs that all
 *   start at one hour look the same, so this only counts while the window can be divided.
 *
 * @param listed how many records the answer held, broken ones included
 */
export function seemsTrimmed(runs: readonly Run[], listed: number, window: Window): boolean {
  if (listed * EVENTS_PER_RUN >= EVENT_LIMIT) return true;
  const width = seconds(window.to - window.from);
  if (listed < LARGE_ANSWER || width < 2 * SHORTEST_SLICE) return false;
  const starts = runs.map(({ startedAt }) => startedAt).filter((startedAt) => startedAt !== null);
  const quarter = after(window.from, seconds(width / 4));
  return starts.length > 0 && starts.every((startedAt) => startedAt > quarter);
}

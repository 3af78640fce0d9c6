import { after, seconds } from '../../model/time.ts';
import type { Run } from '../../model/run.ts';
import type { Window } from '../vendor.ts';

/**
 * Snowplow keeps events (changes of state of runs and their steps), and trims an answer to the latest this many.
 * @see https://docs.snowplow.io/docs/modeling-your-data/running-data-models-via-console/retrieving-job-execution-data-via-the-api/ (read 2026-11-22)
 */
export const EVENT_LIMIT = 10_000;

/** Events of a run with 18 steps that wait, run and end: more than most runs have, so that suspicion comes early. */
export const EVENTS_PER_RUN = 40;

/** So many runs are enough to expect them all over the window. */
export const LARGE_ANSWER = 50;

/**
 * Whether events, and with them runs, may be missing from an answer. The vendor does not say, and events cannot be
 * counted from here, so it is a suspicion that costs two smaller requests when wrong:
 *
 * - so many runs that their events would reach the limit, or
 * - a large answer in which nothing starts in the first quarter of the window, where the trim takes from.
 */
export function seemsTrimmed(runs: readonly Run[], listed: number, window: Window): boolean {
  if (listed * EVENTS_PER_RUN >= EVENT_LIMIT) return true;
  if (listed < LARGE_ANSWER) return false;
  const starts = runs.map(({ startedAt }) => startedAt).filter((startedAt) => startedAt !== null);
  const quarter = after(window.from, seconds((window.to - window.from) / 4));
  return starts.length > 0 && starts.every((startedAt) => startedAt > quarter);
}

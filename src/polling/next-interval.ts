/** The time until a target is polled again, by the rhythm of its jobs. Pure. @see docs/performance.md for what it saves */
import type { TargetConfig } from '../config/config.ts';
import type { JobRecord } from '../ledger/records.ts';
import type { ReadonlyTargetState } from '../ledger/target-state.ts';
import { between, type Seconds, seconds, type UnixSeconds } from '../model/time.ts';
import { expectationOf } from '../targets/target-policy.ts';

/**
 * Time from one good poll to the next: `poll_interval` while a run is live, a detail is pending, or a job is due;
 * else until one is due, at most `idle_poll_interval`. Runs of a quiet time are shown later and still count: every
 * window begins before the last one ended.
 *
 * @param now when the poll began
 */
export function nextInterval(
  state: ReadonlyTargetState,
  config: Pick<TargetConfig, 'pollInterval' | 'idlePollInterval' | 'expect'>,
  now: UnixSeconds,
): Seconds {
  const { pollInterval, idlePollInterval, expect } = config;
  if (idlePollInterval <= pollInterval || isBusy(state)) return pollInterval;
  let wait: number = idlePollInterval;
  for (const job of state.jobs.values()) {
    if (job.standing === 'excluded' || job.standing === 'expired') continue;
    const every = expectationOf(expect, job)?.every ?? null;
    wait = Math.min(wait, timeUntilDue(job, every, now) ?? wait);
  }
  return seconds(Math.max(wait, pollInterval));
}

function isBusy(state: ReadonlyTargetState): boolean {
  if (state.pendingDetails.size > 0) return true;
  return state.live.values().some(({ life }) => life.phase === 'live');
}

/**
 * Time until the next run of a job may begin: as long after its newest one as the shortest time between the newest
 * ones, or as `expect` says, whichever is sooner. 0 while it is late; null where nothing is known of its rhythm, or
 * where it is as late again, so that a job that was given up does not keep its target awake.
 */
export function timeUntilDue(job: JobRecord, every: Seconds | null, now: UnixSeconds): Seconds | null {
  const begins = job.recent.flatMap(({ startedAt }) => startedAt ?? []).sort((a, b) => b - a);
  const [newest] = begins;
  if (newest === undefined) return null;
  let rhythm: number = every ?? Number.POSITIVE_INFINITY;
  for (const [index, begin] of begins.slice(1).entries()) {
    const gap = between(begin, begins[index] ?? begin);
    if (gap > 0) rhythm = Math.min(rhythm, gap);
  }
  const since = between(newest, now);
  return since < 2 * rhythm && rhythm !== Number.POSITIVE_INFINITY ? seconds(Math.max(0, rhythm - since)) : null;
}

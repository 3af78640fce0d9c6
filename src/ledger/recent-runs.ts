import { isDeepStrictEqual } from 'node:util';
import { FAILURES } from '../model/run.ts';
import { latest, type UnixSeconds } from '../model/time.ts';
import { type JobRecord, RECENT_RUNS, type RecentRun } from './records.ts';

/** Sorts newest first: by end, then start, then id. @see spec rule 8 */
function newestFirst(a: RecentRun, b: RecentRun): number {
  if (a.endedAt !== b.endedAt) return b.endedAt - a.endedAt;
  const starts = (b.startedAt ?? 0) - (a.startedAt ?? 0);
  if (starts !== 0) return starts;
  return a.id < b.id ? 1 : -1;
}

/**
 * The job with a finished run in its place among the newest.
 * @returns the very same record where that changes nothing, so that a quiet poll writes nothing
 */
export function withRecentRun(job: JobRecord, run: RecentRun): JobRecord {
  const index = job.recent.findIndex(({ id }) => id === run.id);
  const known = job.recent[index];
  // Written before there were warnings, a run has none.
  if (known !== undefined && isDeepStrictEqual({ warning: null, ...known }, run)) return job;
  const others = index === -1 ? job.recent : job.recent.toSpliced(index, 1);
  const place = others.findIndex((other) => newestFirst(run, other) < 0);
  const all = others.toSpliced(place === -1 ? others.length : place, 0, run);
  const dropped = all[RECENT_RUNS];
  if (dropped === undefined) return { ...job, recent: all };
  const olderSuccessAt = latest(job.olderSuccessAt, dropped.result === 'success' ? dropped.endedAt : null);
  const olderFailureAt = latest(job.olderFailureAt, FAILURES.includes(dropped.result) ? dropped.endedAt : null);
  if (dropped.id === run.id && olderSuccessAt === job.olderSuccessAt && olderFailureAt === job.olderFailureAt)
    return job;
  return { ...job, recent: all.slice(0, RECENT_RUNS), olderSuccessAt, olderFailureAt };
}

/** End of the newest run with one of the results; null if none is known. */
export function newestEnd(job: JobRecord, kind: 'success' | 'failure'): UnixSeconds | null {
  const wanted = kind === 'success' ? ['success'] : FAILURES;
  const recent = job.recent.find(({ result }) => (wanted as readonly string[]).includes(result));
  return latest(recent?.endedAt ?? null, kind === 'success' ? job.olderSuccessAt : job.olderFailureAt);
}

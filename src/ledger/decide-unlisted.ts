import { isFinished, type Run } from '../model/run.ts';
import { before as earlierBy, between, HOUR, type UnixSeconds } from '../model/time.ts';
import type { RunRecord } from './records.ts';

/** A run that tells its age and has had the same age for so long has ended, whatever its state is called. */
const CLEARLY_PAST = HOUR;

/**
 * A run in an unlisted state that tells its age, as live or as finished: it has finished if its age did not grow since
 * an earlier poll, or would have had to stop growing long ago.
 * @see spec rule 9
 */
export function decideUnlisted(run: Run, before: RunRecord | undefined, now: UnixSeconds): Run {
  if (isFinished(run) || run.agedTo === null) return run;
  const isLongAgo = run.agedTo < earlierBy(now, CLEARLY_PAST);
  const isAsBefore = before?.agedTo === run.agedTo && before.vendorState === run.vendorState;
  // Parts of one poll may list a run twice: only an earlier poll tells whether it moved.
  const isUnmoved = isAsBefore && (before.changedAt < now || (before.phase === 'finished' && before.state === null));
  if (!isLongAgo && !isUnmoved) return run;
  const { state: _, agedTo: endedAt, progress: __, health: ___, ...fields } = run;
  const duration = run.startedAt === null ? null : between(run.startedAt, endedAt);
  return { ...fields, result: 'unknown', endedAt, isEndDerived: true, duration, acknowledged: false, warning: null };
}

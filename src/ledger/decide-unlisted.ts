import { isFinished, type Run } from '../model/run.ts';
import { before, between, HOUR, type UnixSeconds } from '../model/time.ts';
import type { RunRecord } from './records.ts';

/** A run whose duration has stood still for so long has ended, whatever its state is called. */
const CLEARLY_PAST = HOUR;

/**
 * Decides whether a run in an unlisted state that has a duration is live: it has finished if its age did not grow since
 * an earlier poll, or would have had to stop growing long ago.
 * @see spec rule 9
 */
export function decideUnlisted(run: Run, known: RunRecord | undefined, now: UnixSeconds): Run {
  if (isFinished(run) || run.agedTo === null) return run;
  const isLongAgo = run.agedTo < before(now, CLEARLY_PAST);
  const isAsBefore = known?.agedTo === run.agedTo && known.vendorState === run.vendorState;
  // Parts of one poll may list a run twice: only an earlier poll tells whether it moved.
  const isUnmoved = isAsBefore && (known.changedAt < now || known.life.phase === 'finished');
  if (!isLongAgo && !isUnmoved) return run;
  const { state: _, agedTo: endedAt, progress: __, health: ___, ...fields } = run;
  const duration = run.startedAt === null ? null : between(run.startedAt, endedAt);
  return { ...fields, result: 'unknown', endedAt, isEndDerived: true, duration, acknowledged: false, warning: null };
}

/** The end of a run, as far as can be told: vendors name ends late, in the future, or not at all. Pure. */
import { type FinishedRun, isFinished, type Run } from '../model/run.ts';
import { after, DAY, earlier, later, latest, MINUTE, seconds, type UnixSeconds } from '../model/time.ts';
import { type FinishedBefore, isInMemory, type RunRecord } from './records.ts';

/** Largest difference of two clocks that are right. */
export const CLOCK_TOLERANCE = seconds(5 * MINUTE);
/** Longest time after start + duration at which a record that is written bounds the end: later, a person wrote it. */
const LONGEST_WAIT = DAY;

/** The times of an answer, as far as ends depend on them. */
export interface AnswerTime {
  /** The vendor's clock; null: not said. */
  readonly vendorTime: UnixSeconds | null;
  /** The time by the machine's clock. */
  readonly now: UnixSeconds;
  /** When live runs were last seen live, by the vendor's clock and run id; runs that this process has not seen are not there. */
  readonly seenLive: ReadonlyMap<string, UnixSeconds>;
}

/** The latest time that the vendor names of a run; null where it names none. A run did not end before it. */
export function latestTime(run: Run): UnixSeconds | null {
  const ended = isFinished(run) ? latest(run.endedAt, writtenAt(run)) : null;
  // A vendor may tell of the last update by a person, which may lie before the start.
  return ended ?? latest(run.updatedAt, run.startedAt) ?? run.createdAt;
}

/** The last writing of a run whose end is start + duration, where that bounds its end from below; null: it does not. */
function writtenAt({ endedAt, isEndDerived, updatedAt }: FinishedRun): UnixSeconds | null {
  if (!isEndDerived || endedAt === null || updatedAt === null) return null;
  return updatedAt <= after(endedAt, LONGEST_WAIT) ? updatedAt : null;
}

/** The time at which a run was first seen finished: by the vendor's clock, unless ours is behind it. */
function seenFinishedAt(time: AnswerTime): UnixSeconds {
  return time.vendorTime === null ? time.now : earlier(time.now, time.vendorTime);
}

/**
 * The end of a run that was not known to have finished, as far as can be told. "When it was first seen finished" only
 * serves for a run that was live at the poll before: any other may have ended long ago. Nothing ends in the future.
 * @see spec rule 8
 */
export function endOf(run: FinishedRun, known: RunRecord | undefined, time: AnswerTime): UnixSeconds {
  const seenAt = seenFinishedAt(time);
  const liveAt = known !== undefined && wasLive(known, run) ? (time.seenLive.get(known.id) ?? known.changedAt) : null;
  if (run.endedAt === null) return liveAt === null ? earlier(latestTime(run) ?? seenAt, seenAt) : seenAt;
  if (run.endedAt > after(seenAt, CLOCK_TOLERANCE)) return seenAt;
  if (!run.isEndDerived) return run.endedAt;
  return later(run.endedAt, earlier(latest(writtenAt(run), liveAt) ?? run.endedAt, seenAt));
}

/** True if a run was live when it was read before. One in an unlisted state, whose age has not grown since, may have ended. */
function wasLive(known: RunRecord, { endedAt }: FinishedRun): boolean {
  const { phase } = known.life;
  if (phase !== 'live' && phase !== 'hidden') return false;
  return known.agedTo === null || endedAt === null || endedAt > known.agedTo;
}

/** The vendor's end of a run, where it is not believed because it lies in the future. */
export function claimedEnd(run: FinishedRun, time: AnswerTime): UnixSeconds | null {
  const isAhead = run.endedAt !== null && run.endedAt > after(seenFinishedAt(time), CLOCK_TOLERANCE);
  return isAhead ? run.endedAt : null;
}

/** The end of a run that is known to have finished, after another look at it. */
export function revisedEnd(known: FinishedBefore, run: FinishedRun, time: AnswerTime): UnixSeconds {
  if (isInMemory(known)) return endOf(run, known, time);
  const { ending } = known.life;
  if (run.endedAt === null || run.endedAt === ending.claimedEnd) return ending.endedAt;
  if (claimedEnd(run, time) !== null) return ending.endedAt;
  return run.isEndDerived ? later(ending.endedAt, run.endedAt) : run.endedAt;
}

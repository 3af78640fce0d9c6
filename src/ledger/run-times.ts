/** When a run ended, as far as can be told: vendors name ends late, in the future, or not at all. Pure. */
import { type FinishedRun, isFinished, type Run } from '../model/run.ts';
import { after, DAY, earlier, later, latest, MINUTE, seconds, type UnixSeconds } from '../model/time.ts';
import type { RunRecord } from './records.ts';

/** How far two clocks that are right may differ. */
export const CLOCK_TOLERANCE = seconds(5 * MINUTE);
/** How long after start + duration a record may be written and still bound the end: later, a person wrote it. */
const LONGEST_WAIT = DAY;

/** What an answer says of time, as far as ends depend on it. */
export interface AnswerTime {
  /** The vendor's clock; null: not said. */
  readonly vendorTime: UnixSeconds | null;
  /** The own clock. */
  readonly now: UnixSeconds;
  /** When live runs were last seen live, by the vendor's clock and run id; what was not seen by this process is not there. */
  readonly seenLive: ReadonlyMap<string, UnixSeconds>;
}

/** The latest time that the vendor names of a run; null where it names none. A run did not end before it. */
export function latestTime(run: Run): UnixSeconds | null {
  const ended = isFinished(run) ? latest(run.endedAt, writtenAt(run)) : null;
  // A vendor may tell of the last update by a person, which may lie before the start.
  return ended ?? latest(run.updatedAt, run.startedAt) ?? run.createdAt;
}

/** When a run whose end is start + duration was last written, where that bounds its end from below; null: it does not. */
function writtenAt({ endedAt, isEndDerived, updatedAt }: FinishedRun): UnixSeconds | null {
  if (!isEndDerived || endedAt === null || updatedAt === null) return null;
  return updatedAt <= after(endedAt, LONGEST_WAIT) ? updatedAt : null;
}

/** When a run was first seen finished: by the vendor's clock, unless ours is behind it. */
function seenFinishedAt(time: AnswerTime): UnixSeconds {
  return time.vendorTime === null ? time.now : earlier(time.now, time.vendorTime);
}

/**
 * When a run that was not known to have finished ended, as far as can be told. "When it was first seen finished" only
 * serves for a run that was live at the poll before: any other may have ended long ago. Nothing ends in the future.
 * @see spec rule 8
 */
export function endOf(run: FinishedRun, before: RunRecord | undefined, time: AnswerTime): UnixSeconds {
  const seenAt = seenFinishedAt(time);
  const liveAt =
    before !== undefined && wasLive(before, run) ? (time.seenLive.get(before.id) ?? before.changedAt) : null;
  if (run.endedAt === null) return liveAt === null ? earlier(latestTime(run) ?? seenAt, seenAt) : seenAt;
  if (run.endedAt > after(seenAt, CLOCK_TOLERANCE)) return seenAt;
  if (!run.isEndDerived) return run.endedAt;
  return later(run.endedAt, earlier(latest(writtenAt(run), liveAt) ?? run.endedAt, seenAt));
}

/** Whether a run was live when it was read before. One in an unlisted state, whose age has not grown since, may have ended. */
function wasLive(before: RunRecord, { endedAt }: FinishedRun): boolean {
  if (before.state === null || before.goneAt !== null) return false;
  return before.agedTo === null || endedAt === null || endedAt > before.agedTo;
}

/** The vendor's end of a run, where it is not believed because it lies in the future. */
export function claimedEnd(run: FinishedRun, time: AnswerTime): UnixSeconds | null {
  const isAhead = run.endedAt !== null && run.endedAt > after(seenFinishedAt(time), CLOCK_TOLERANCE);
  return isAhead ? run.endedAt : null;
}

/** The end of a run that is known to have finished, after another look at it. */
export function revisedEnd(before: RunRecord, run: FinishedRun, time: AnswerTime): UnixSeconds | null {
  if (before.state !== null) return endOf(run, before, time);
  if (run.endedAt === null || run.endedAt === before.claimedEnd) return before.endedAt;
  if (claimedEnd(run, time) !== null) return before.endedAt;
  return run.isEndDerived && before.endedAt !== null ? later(before.endedAt, run.endedAt) : run.endedAt;
}

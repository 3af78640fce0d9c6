/** Live runs of a job as its gauges show them. */
import { type RunRecord, stateOf } from '../ledger/records.ts';
import type { State } from '../model/run.ts';
import type { UnixSeconds } from '../model/time.ts';

/** The state that a live run is shown in; null once it left the gauges. */
export function shownState(run: RunRecord): State | null {
  return run.life.phase === 'hidden' ? null : stateOf(run);
}

/** Since when a run is in its state, as far as the vendor says: creation while pending, else start; null: not known. */
export function beginningOf(run: RunRecord): UnixSeconds | null {
  return stateOf(run) === 'pending' ? (run.createdAt ?? run.startedAt) : (run.startedAt ?? run.createdAt);
}

/** The run that is longest in its state; null where it is known of none. */
export function oldestOf(runs: readonly RunRecord[]): RunRecord | null {
  return runs.reduce<RunRecord | null>((oldest, run) => {
    const begun = beginningOf(run);
    if (begun === null) return oldest;
    return oldest === null || begun < (beginningOf(oldest) ?? Infinity) ? run : oldest;
  }, null);
}

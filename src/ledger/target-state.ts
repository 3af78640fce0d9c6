import {
  type Change,
  type JobRecord,
  type OwedRecord,
  owedKey,
  type RunRecord,
  type ScopeRecord,
  seriesKey,
  type TotalRecord,
} from './records.ts';

/**
 * What is held in memory of one target: everything but the runs that finished, whose number has no bound.
 * Only `applyChange` changes it, and only with what has been committed.
 */
export interface TargetState {
  readonly scopes: Map<string, ScopeRecord>;
  readonly jobs: Map<string, JobRecord>;
  /** Live runs, finished ones that were seen live again, and those that vanished; by run id. */
  readonly live: Map<string, RunRecord>;
  /** By `owedKey`. */
  readonly owed: Map<string, OwedRecord>;
  readonly noted: Set<string>;
  /** By owner, then `seriesKey`. */
  readonly totals: Map<string, Map<string, TotalRecord>>;
}

/** The same for readers that must not change it. */
export interface ReadonlyTargetState {
  readonly scopes: ReadonlyMap<string, ScopeRecord>;
  readonly jobs: ReadonlyMap<string, JobRecord>;
  readonly live: ReadonlyMap<string, RunRecord>;
  readonly owed: ReadonlyMap<string, OwedRecord>;
  readonly noted: ReadonlySet<string>;
  readonly totals: ReadonlyMap<string, ReadonlyMap<string, TotalRecord>>;
}

/** The state of a target that was never polled. */
export function emptyState(): TargetState {
  return { scopes: new Map(), jobs: new Map(), live: new Map(), owed: new Map(), noted: new Set(), totals: new Map() };
}

/** Whether a run is held in memory: it is live, live again, or vanished a moment ago. */
function isHeld(run: RunRecord): boolean {
  return run.phase !== 'lost' && run.state !== null;
}

/** Brings the state up to date with a committed change. */
export function applyChange(state: TargetState, change: Change): void {
  for (const scope of change.scopes) state.scopes.set(scope.key, scope);
  for (const job of change.jobs) state.jobs.set(job.key, job);
  for (const run of change.runs) {
    if (isHeld(run)) state.live.set(run.id, run);
    else state.live.delete(run.id);
  }
  for (const owed of change.owed) state.owed.set(owedKey(owed), owed);
  for (const key of change.settled) state.owed.delete(key);
  for (const key of change.noted) state.noted.add(key);
  for (const total of change.totals) {
    const series = state.totals.get(total.owner) ?? new Map<string, TotalRecord>();
    series.set(seriesKey(total.metric, total.labels), total);
    state.totals.set(total.owner, series);
  }
}

/** Totals that changed, with all others of their owners beside them, as a ledger takes them. */
export function withOthersOfOwners(
  totals: ReadonlyTargetState['totals'],
  changed: readonly TotalRecord[],
): readonly TotalRecord[] {
  const owners = new Map<string, Map<string, TotalRecord>>();
  for (const total of changed) {
    const series = owners.get(total.owner) ?? new Map(totals.get(total.owner));
    owners.set(total.owner, series.set(seriesKey(total.metric, total.labels), total));
  }
  return [...owners.values()].flatMap((series) => [...series.values()]);
}

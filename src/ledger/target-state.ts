import {
  type Change,
  type JobRecord,
  type PendingDetail,
  detailKey,
  type RunInMemory,
  isInMemory,
  type ScopeRecord,
  seriesKey,
  type TotalRecord,
} from './records.ts';

/**
 * The memory of one target: everything but the runs that finished, whose number has no bound.
 * Only `applyChange` changes it, and only with what has been committed.
 */
export interface TargetState {
  readonly scopes: Map<string, ScopeRecord>;
  readonly jobs: Map<string, JobRecord>;
  /** Runs that are live, hidden or gone, reopened ones included; by run id. */
  readonly live: Map<string, RunInMemory>;
  /** By `detailKey`. */
  readonly pendingDetails: Map<string, PendingDetail>;
  readonly reported: Set<string>;
  /** By owner, then `seriesKey`. */
  readonly totals: Map<string, Map<string, TotalRecord>>;
}

/** The same for readers that must not change it. */
export interface ReadonlyTargetState {
  readonly scopes: ReadonlyMap<string, ScopeRecord>;
  readonly jobs: ReadonlyMap<string, JobRecord>;
  readonly live: ReadonlyMap<string, RunInMemory>;
  readonly pendingDetails: ReadonlyMap<string, PendingDetail>;
  readonly reported: ReadonlySet<string>;
  readonly totals: ReadonlyMap<string, ReadonlyMap<string, TotalRecord>>;
}

/** The state of a target that was never polled. */
export function emptyState(): TargetState {
  return {
    scopes: new Map(),
    jobs: new Map(),
    live: new Map(),
    pendingDetails: new Map(),
    reported: new Set(),
    totals: new Map(),
  };
}

/** Brings the state up to date with a committed change. */
export function applyChange(state: TargetState, change: Change): void {
  for (const scope of change.scopes) state.scopes.set(scope.key, scope);
  for (const job of change.jobs) state.jobs.set(job.key, job);
  for (const run of change.runs) {
    if (isInMemory(run)) state.live.set(run.id, run);
    else state.live.delete(run.id);
  }
  for (const detail of change.pendingDetails) state.pendingDetails.set(detailKey(detail), detail);
  for (const key of change.settledDetails) state.pendingDetails.delete(key);
  for (const key of change.reported) state.reported.add(key);
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

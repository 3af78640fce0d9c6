import type { Fact } from './facts.ts';
import {
  type Change,
  type JobRecord,
  NO_CHANGE,
  OTHER,
  type PendingDetail,
  detailKey,
  type RunRecord,
  type ScopeRecord,
} from './records.ts';
import type { ReadonlyTargetState } from './target-state.ts';

/** Records to commit, and the news in them. */
export interface Reconciled {
  readonly change: Change;
  readonly facts: readonly Fact[];
}

/** Collects records and facts over a state that stays as it is. A record that was put is got from then on. */
export interface Draft {
  run(id: string): RunRecord | undefined;
  putRun(run: RunRecord): void;
  job(key: string): JobRecord | undefined;
  putJob(job: JobRecord): void;
  /** All jobs as they stand, those put included. */
  jobs(): Iterable<JobRecord>;
  pendingDetail(key: string): PendingDetail | undefined;
  putDetail(detail: PendingDetail): void;
  settleDetail(key: string): void;
  putScope(scope: ScopeRecord): void;
  /** Remembers that something is reported; false if it was reported before. */
  reportOnce(key: string): boolean;
  addFact(fact: Fact): void;
  /** The owner of the totals that a job adds to; null for an excluded one. */
  owner(jobKey: string): string | null;
  result(): Reconciled;
}

/**
 * @param known finished runs that the ledger has beside the state, by id
 */
export function createDraft(state: ReadonlyTargetState, known: ReadonlyMap<string, RunRecord> = new Map()): Draft {
  const runs = new Map<string, RunRecord>();
  const jobs = new Map<string, JobRecord>();
  const details = new Map<string, PendingDetail>();
  const scopes = new Map<string, ScopeRecord>();
  const settled = new Set<string>();
  const reported = new Set<string>();
  const facts: Fact[] = [];

  const job = (key: string): JobRecord | undefined => jobs.get(key) ?? state.jobs.get(key);
  return {
    run: (id) => runs.get(id) ?? state.live.get(id) ?? known.get(id),
    putRun: (run) => void runs.set(run.id, run),
    job,
    putJob: (record) => void jobs.set(record.key, record),
    jobs: function* () {
      for (const record of state.jobs.values()) if (!jobs.has(record.key)) yield record;
      yield* jobs.values();
    },
    pendingDetail: (key) => (settled.has(key) ? undefined : (details.get(key) ?? state.pendingDetails.get(key))),
    putDetail: (record) => {
      settled.delete(detailKey(record));
      details.set(detailKey(record), record);
    },
    settleDetail: (key) => {
      details.delete(key);
      if (state.pendingDetails.has(key)) settled.add(key);
    },
    putScope: (scope) => void scopes.set(scope.key, scope),
    reportOnce: (key) => {
      if (state.reported.has(key) || reported.has(key)) return false;
      reported.add(key);
      return true;
    },
    addFact: (fact) => void facts.push(fact),
    owner: (key) => {
      const standing = job(key)?.standing;
      if (standing === undefined || standing === 'excluded') return null;
      return standing === 'overflow' ? OTHER : key;
    },
    result: () => ({
      change: {
        ...NO_CHANGE,
        scopes: [...scopes.values()],
        jobs: [...jobs.values()],
        runs: [...runs.values()],
        pendingDetails: [...details.values()],
        settledDetails: [...settled],
        reported: [...reported],
      },
      facts,
    }),
  };
}

/** The key under which a rejected record is reported once. */
export function rejectionKey(reason: string, key: string): string {
  return `rejected ${reason} ${key}`;
}

/** Reports once that a record was not taken. */
export function reject(draft: Draft, reason: string, key: string): void {
  if (draft.reportOnce(rejectionKey(reason, key))) draft.addFact({ kind: 'rejected', label: reason, amount: 1 });
}

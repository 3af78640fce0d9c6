import type { Fact } from './facts.ts';
import {
  type Change,
  type JobRecord,
  NO_CHANGE,
  OTHER,
  type OwedRecord,
  owedKey,
  type RunRecord,
  type ScopeRecord,
} from './records.ts';
import type { ReadonlyTargetState } from './target-state.ts';

/** What a pure step of the work found: records to commit, and the news in them. */
export interface Reconciled {
  readonly change: Change;
  readonly facts: readonly Fact[];
}

/** Collects records and facts over a state that stays as it is; what was put is what is then got. */
export interface Draft {
  run(id: string): RunRecord | undefined;
  putRun(run: RunRecord): void;
  job(key: string): JobRecord | undefined;
  putJob(job: JobRecord): void;
  /** All jobs as they stand, those put included. */
  jobs(): Iterable<JobRecord>;
  owed(key: string): OwedRecord | undefined;
  putOwed(owed: OwedRecord): void;
  settle(key: string): void;
  putScope(scope: ScopeRecord): void;
  /** Says that something is told for the first time; false if it was told before. */
  note(key: string): boolean;
  tell(fact: Fact): void;
  /** Whose totals a job adds to; null for an excluded one. */
  owner(jobKey: string): string | null;
  result(): Reconciled;
}

/**
 * @param known finished runs that the ledger has beside the state, by id
 */
export function createDraft(state: ReadonlyTargetState, known: ReadonlyMap<string, RunRecord> = new Map()): Draft {
  const runs = new Map<string, RunRecord>();
  const jobs = new Map<string, JobRecord>();
  const owed = new Map<string, OwedRecord>();
  const scopes = new Map<string, ScopeRecord>();
  const settled = new Set<string>();
  const noted = new Set<string>();
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
    owed: (key) => (settled.has(key) ? undefined : (owed.get(key) ?? state.owed.get(key))),
    putOwed: (record) => {
      settled.delete(owedKey(record));
      owed.set(owedKey(record), record);
    },
    settle: (key) => {
      owed.delete(key);
      if (state.owed.has(key)) settled.add(key);
    },
    putScope: (scope) => void scopes.set(scope.key, scope),
    note: (key) => {
      if (state.noted.has(key) || noted.has(key)) return false;
      noted.add(key);
      return true;
    },
    tell: (fact) => void facts.push(fact),
    owner: (key) => {
      const standing = job(key)?.standing;
      if (standing === undefined || standing === 'excluded') return null;
      return standing === 'folded' ? OTHER : key;
    },
    result: () => ({
      change: {
        ...NO_CHANGE,
        scopes: [...scopes.values()],
        jobs: [...jobs.values()],
        runs: [...runs.values()],
        owed: [...owed.values()],
        settled: [...settled],
        noted: [...noted],
      },
      facts,
    }),
  };
}

/** What is noted once a record was told as not taken. */
export function rejectionNote(reason: string, key: string): string {
  return `rejected ${reason} ${key}`;
}

/** Tells once that a record was not taken. */
export function reject(draft: Draft, reason: string, key: string): void {
  if (draft.note(rejectionNote(reason, key))) draft.tell({ kind: 'rejected', label: reason, amount: 1 });
}

/** One target in the embedded ledger: how it is read and what a change writes. */
import { setImmediate } from 'node:timers/promises';
import { type UnixSeconds, unixSeconds } from '../../model/time.ts';
import { LedgerError } from '../ledger.ts';
import {
  type Change,
  detailKey,
  isInMemory,
  type JobRecord,
  newScope,
  type PendingDetail,
  type RunRecord,
  type ScopeRecord,
  seriesKey,
  stateOf,
} from '../records.ts';
import type { StoredTarget } from '../storage.ts';
import { emptyState, type TargetState } from '../target-state.ts';
import { createRecentRecords } from './recent-records.ts';
import { type RunRow, toExtra, toRunRecord, toTotalRecords, toTotalsDocument } from './rows.ts';
import { runHash } from './run-hash.ts';
import type { Statements } from './statements.ts';

/** Time for which it is remembered that something was reported once; far longer than any vendor goes on listing a record. */
const REPORTED_RETENTION_SECONDS = 90 * 86_400;

/** Runs looked up between two turns of the event loop. */
const KNOWN_AT_ONCE = 1000;

/** Numbers that stand for the keys of jobs and scopes in rows. */
interface Numbers {
  readonly jobs: Map<string, number>;
  readonly scopes: Map<string, number>;
}

export interface StoredTargetOptions {
  readonly statements: Statements;
  /** The number of the target's row. */
  readonly target: number;
  /** The time of the start, from which the age of what was reported once is measured. */
  readonly now: UnixSeconds;
  readonly lost: AbortSignal;
  /** Gives the shared string of a word. */
  readonly intern: (word: string) => string;
  /**
   * Runs `work` in one transaction. It returns by how many runs the ledger has grown.
   * @throws LedgerError where nothing was written
   */
  readonly transact: (work: () => number) => void;
}

/** Loads a target, and keeps what writing it takes. */
export function createStoredTarget(options: StoredTargetOptions): StoredTarget {
  const { statements, target, now, lost, intern, transact } = options;
  const numbers: Numbers = { jobs: new Map(), scopes: new Map() };
  const recent = createRecentRecords();
  const scopeNumber = (key: string): number => numbers.scopes.get(key) ?? -1;

  return {
    loaded: load(options, numbers),
    lost,
    known: async (ids) => {
      const found = new Map<string, RunRecord>();
      const others: string[] = [];
      for (const id of ids) {
        const record = recent.get(id);
        if (record === undefined) others.push(id);
        else found.set(id, record);
      }
      for (let start = 0; start < others.length; start += KNOWN_AT_ONCE) {
        // A list of many thousands must not keep a scrape waiting.
        if (start > 0) await setImmediate();
        const some = JSON.stringify(others.slice(start, start + KNOWN_AT_ONCE));
        for (const row of rows<RunRow>(statements.known.all(some, target))) {
          const record = toRunRecord(row, intern);
          found.set(row.id, record);
          recent.put(record);
        }
      }
      return found;
    },
    expected: async (scope, from, to) => {
      const found = statements.expected.all(target, scopeNumber(scope), from, to, from, from);
      return rows<{ id: string }>(found).map(({ id }) => id);
    },
    latestPrunable: async ({ scope, before }) => {
      const found = statements.latestPrunable.get(target, scopeNumber(scope), before, before);
      const { latest } = found as { latest: number | null };
      return latest === null ? null : unixSeconds(latest);
    },
    write: async (change) => {
      lost.throwIfAborted();
      const added: Numbers = { jobs: new Map(), scopes: new Map() };
      transact(() => {
        writeDocuments(statements, target, change, added, now);
        const grown = writeRuns(statements, target, change, [added, numbers]);
        return grown - prune(statements, target, change, scopeNumber);
      });
      // Only now: numbers that were rolled back may be given to others.
      for (const [key, number] of added.scopes) numbers.scopes.set(key, number);
      for (const [key, number] of added.jobs) numbers.jobs.set(key, number);
      for (const run of change.runs) recent.put(run);
      if (change.pruned !== null) recent.clear();
    },
    release: async () => recent.clear(),
  };
}

/** Everything of a target but its finished runs; takes in the numbers of its jobs and scopes. */
function load({ statements, target, now, intern }: StoredTargetOptions, numbers: Numbers): TargetState {
  const state = emptyState();
  for (const row of rows<{ number: number; key: string; document: string }>(statements.scopes.all(target))) {
    numbers.scopes.set(row.key, row.number);
    state.scopes.set(row.key, { ...newScope(row.key), ...(JSON.parse(row.document) as Partial<ScopeRecord>) });
  }
  for (const row of rows<{ number: number; key: string; document: string }>(statements.jobs.all(target))) {
    numbers.jobs.set(row.key, row.number);
    state.jobs.set(row.key, { historyUntil: null, ...(JSON.parse(row.document) as Omit<JobRecord, 'historyUntil'>) });
  }
  for (const row of rows<RunRow>(statements.inMemory.all(target))) {
    const run = toRunRecord(row, intern);
    if (isInMemory(run)) state.live.set(run.id, run);
  }
  for (const row of rows<{ document: string }>(statements.details.all(target))) {
    const detail = JSON.parse(row.document) as PendingDetail;
    state.pendingDetails.set(detailKey(detail), detail);
  }
  statements.forgetReported.run(target, now - REPORTED_RETENTION_SECONDS);
  for (const row of rows<{ key: string }>(statements.reported.all(target))) state.reported.add(row.key);
  for (const { owner, document } of rows<{ owner: string; document: string }>(statements.totals.all(target))) {
    const totals = toTotalRecords(owner, document);
    state.totals.set(owner, new Map(totals.map((total) => [seriesKey(total.metric, total.labels), total])));
  }
  return state;
}

/** node:sqlite gives rows as records of values; their shape is that of the statement's columns. */
function rows<Row>(found: unknown[]): Row[] {
  return found as Row[];
}

/** Writes all of a change but its runs. @param added takes in the numbers of scopes and jobs */
function writeDocuments(
  statements: Statements,
  target: number,
  change: Change,
  added: Numbers,
  now: UnixSeconds,
): void {
  for (const scope of change.scopes) {
    const { number } = statements.putScope.get(target, scope.key, JSON.stringify(scope)) as { number: number };
    added.scopes.set(scope.key, number);
  }
  for (const job of change.jobs) {
    const { number } = statements.putJob.get(target, job.key, JSON.stringify(job)) as { number: number };
    added.jobs.set(job.key, number);
  }
  for (const [owner, totals] of Map.groupBy(change.totals, (total) => total.owner)) {
    statements.putTotals.run(target, owner, toTotalsDocument(totals));
  }
  for (const detail of change.pendingDetails)
    statements.putDetail.run(target, detailKey(detail), JSON.stringify(detail));
  for (const key of change.settledDetails) statements.settleDetail.run(target, key);
  for (const key of change.reported) statements.report.run(target, key, now);
}

/**
 * Writes the runs of a change.
 * @param numbers where the numbers of their jobs and scopes are looked for
 * @returns how many of them the ledger did not have
 * @throws LedgerError when a run would be counted a second time
 */
function writeRuns(statements: Statements, target: number, change: Change, numbers: readonly Numbers[]): number {
  const numberOf = (kind: keyof Numbers, key: string): number | undefined =>
    numbers.map((known) => known[kind].get(key)).find((number) => number !== undefined);
  const counted = new Set(change.counted);
  if (counted.size < change.counted.length) throw countedTwice(change.counted);
  let grown = 0;
  for (const run of change.runs) {
    const job = numberOf('jobs', run.job);
    const scope = numberOf('scopes', run.scope);
    if (job === undefined || scope === undefined) throw new Error(`run ${run.id} has no job or scope`);
    grown += putRun(statements, { target, job, scope }, run, counted.delete(run.id));
  }
  if (counted.size > 0) throw new Error(`run ${[...counted][0]} is to be counted and not recorded`);
  return grown;
}

/** Remembers which runs a full sync listed, and forgets old ones. @returns how many were forgotten */
function prune(statements: Statements, target: number, change: Change, scopeNumber: (key: string) => number): number {
  if (change.synced !== null) {
    const { at, ids } = change.synced;
    statements.sync.run(at, at, JSON.stringify(ids), target);
  }
  if (change.pruned === null) return 0;
  const { scope, before } = change.pruned;
  return Number(statements.prune.run(target, scopeNumber(scope), before, before).changes);
}

/**
 * Adds a run or replaces it. It is looked for first: no constraint keeps a run from being there twice, but this
 * transaction is the only writer.
 * @param isCounted whether the change adds it to the totals
 * @returns 1 for a run that the ledger did not have, else 0
 * @throws LedgerError when it would be counted a second time
 */
function putRun(
  statements: Statements,
  of: { readonly target: number; readonly job: number; readonly scope: number },
  run: RunRecord,
  isCounted: boolean,
): number {
  const { id, vendorState, createdAt, startedAt, recordedAt, changedAt } = run;
  const { phase, ending } = run.life;
  const columns = [
    of.job,
    of.scope,
    phase,
    ending?.disposition ?? null,
    stateOf(run),
    ending?.result ?? null,
    vendorState,
    createdAt,
    startedAt,
    ending?.endedAt ?? null,
  ] as const;
  const extra = toExtra(run);
  const hash = runHash(id);
  const found = statements.findRun.get(of.target, hash, id) as
    { number: number; disposition: string | null } | undefined;
  if (isCounted && found?.disposition === 'counted') throw countedTwice([id]);
  if (found === undefined) {
    statements.insertRun.run(of.target, id, hash, ...columns, recordedAt, changedAt, changedAt, extra);
    return 1;
  }
  statements.updateRun.run(...columns, changedAt, changedAt, extra, found.number);
  return 0;
}

/** The refusal of a second count. Reconciling knows what was counted, so this is the last guard of a total. */
function countedTwice(ids: readonly string[]): LedgerError {
  const id = ids.find((candidate, index) => ids.indexOf(candidate) < index) ?? ids[0];
  return new LedgerError(`run ${id} is counted already: what would count it again is not written; please report this`);
}

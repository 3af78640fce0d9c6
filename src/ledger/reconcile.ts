/**
 * The heart of exact counting: what an answer holds that is news. Pure; the same answer again is no news.
 * @see spec section 2
 */
import { type FinishedRun, isFinished, type LiveRun, type Run } from '../model/run.ts';
import { between, earlier, type Seconds, type UnixSeconds } from '../model/time.ts';
import type { SliceResult } from '../vendors/vendor.ts';
import { oweDetails, settleDuration } from './details.ts';
import { createDraft, type Draft, type Reconciled, reject } from './draft.ts';
import type { TargetPolicy } from './policy.ts';
import { withRecentRun } from './recent-runs.ts';
import type { Disposition, RunRecord, ScopeRecord } from './records.ts';
import { reconcileRoster, runOrder } from './roster.ts';
import type { ReadonlyTargetState } from './target-state.ts';

export interface Answer {
  readonly scope: ScopeRecord;
  /** The scope as it stands once this answer is committed: watermark, baseline, sweep. */
  readonly scopeAfter: ScopeRecord;
  readonly result: Pick<SliceResult, 'runs' | 'rejected' | 'vendorTime'>;
  /** Finished runs of the answer that the ledger knows, by id. */
  readonly known: ReadonlyMap<string, RunRecord>;
  /** When the sweep that this answer is part of began; null: an ordinary poll. */
  readonly sweep: UnixSeconds | null;
  /** Where a wide round would have begun: what lies before it, only a sweep finds. null: nowhere. */
  readonly wideFrom: UnixSeconds | null;
  /** Time in which nothing polled; runs that ended in it were caught up. */
  readonly away: { readonly from: UnixSeconds; readonly to: UnixSeconds } | null;
  /** Time that no poll can reach any more, told with this answer. */
  readonly gap: Seconds;
  /** The own clock. */
  readonly now: UnixSeconds;
}

/** What an answer changes: records to commit and the news in them. */
export function reconcile(state: ReadonlyTargetState, answer: Answer, policy: TargetPolicy): Reconciled {
  const draft = createDraft(state, answer.known);
  const runs = inOrder(answer.result.runs);
  reconcileRoster(draft, runs, policy, answer.now);
  for (const run of runs) {
    noteUnknownState(draft, run);
    if (isFinished(run)) reconcileFinished(draft, run, answer, policy);
    else reconcileLive(draft, run, answer);
  }
  for (const { reason, key } of answer.result.rejected) reject(draft, reason, key);
  if (answer.gap > 0) draft.tell({ kind: 'gap', amount: answer.gap });
  if (answer.scopeAfter !== answer.scope) draft.putScope(answer.scopeAfter);
  const { change, facts } = draft.result();
  if (answer.sweep === null) return { change, facts };
  const ids = runs.filter(isFinished).map(({ id }) => id);
  return { change: { ...change, swept: { at: answer.sweep, ids } }, facts };
}

/** Each run once, oldest first; of one that is listed twice, the finished one, else the later listed. */
function inOrder(runs: readonly Run[]): readonly Run[] {
  const byId = new Map<string, Run>();
  for (const run of runs) {
    const before = byId.get(run.id);
    if (before === undefined || isFinished(run) || !isFinished(before)) byId.set(run.id, run);
  }
  return [...byId.values()].sort((a, b) => (runOrder(a) ?? 0) - (runOrder(b) ?? 0) || (a.id < b.id ? -1 : 1));
}

function noteUnknownState(draft: Draft, run: Run): void {
  if (run.stateKnown || !draft.note(`state ${run.vendorState} ${run.id}`)) return;
  draft.tell({ kind: 'unknown_state', label: run.vendorState, amount: 1 });
}

function newRecord(run: Run, answer: Answer): RunRecord {
  return {
    id: run.id,
    job: run.job.key,
    scope: answer.scope.key,
    phase: 'live',
    disposition: null,
    state: null,
    result: null,
    vendorState: run.vendorState,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    endedAt: null,
    recordedAt: answer.now,
    changedAt: answer.now,
    goneAt: null,
    rows: null,
    // A run that waits has no rows yet: all that come are news.
    rowsPredate: answer.scope.baselineAt === null && (isFinished(run) || run.state !== 'pending'),
    steps: [],
    hidden: false,
    missing: false,
  };
}

function reconcileLive(draft: Draft, run: LiveRun, answer: Answer): void {
  const before = draft.run(run.id);
  if (before?.phase === 'finished' && before.state === null) {
    const owner = draft.owner(before.job);
    if (owner !== null) draft.tell({ kind: 'reopened', owner });
  }
  const record = before ?? newRecord(run, answer);
  const isNews = record.state !== run.state || record.vendorState !== run.vendorState;
  const isMoved = record.startedAt !== run.startedAt || record.createdAt !== run.createdAt;
  if (!isNews && !isMoved && record.goneAt === null && record.phase !== 'lost') return;
  draft.putRun({
    ...record,
    phase: record.phase === 'lost' ? 'live' : record.phase,
    state: run.state,
    vendorState: run.vendorState,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    changedAt: isNews ? answer.now : record.changedAt,
    hidden: isNews ? false : record.hidden,
    goneAt: null,
  });
}

function reconcileFinished(draft: Draft, run: FinishedRun, answer: Answer, policy: TargetPolicy): void {
  const before = draft.run(run.id);
  if (before?.phase === 'finished') {
    reviseFinished(draft, before, run, answer, policy);
    return;
  }
  if (before === undefined && isBeforeFloor(run, answer.scope)) {
    reject(draft, 'before_floor', run.id);
    return;
  }
  const disposition = dispose(draft, before, run, answer);
  const record: RunRecord = {
    ...(before ?? newRecord(run, answer)),
    phase: 'finished',
    disposition,
    state: null,
    result: run.result,
    vendorState: run.vendorState,
    createdAt: run.createdAt ?? before?.createdAt ?? null,
    startedAt: run.startedAt ?? before?.startedAt ?? null,
    endedAt: run.endedAt ?? seenFinishedAt(answer),
    changedAt: answer.now,
    goneAt: null,
    rowsPredate: disposition === 'counted' && (before?.rowsPredate ?? false),
    hidden: false,
  };
  draft.putRun(record);
  if (disposition === 'counted') tellFinished(draft, record, run, answer, before === undefined);
  oweDetails(draft, record, run, policy, answer.now);
  remember(draft, record, run);
}

/**
 * Whether a run that the ledger does not know may be one that it has forgotten. Where the vendor gives no end, by when
 * it began: it would otherwise be counted again.
 * @see spec rule 10
 */
function isBeforeFloor(run: FinishedRun, { floor }: ScopeRecord): boolean {
  const ended = run.endedAt ?? runOrder(run);
  return floor !== null && ended !== null && ended <= floor;
}

/** When a run without an end was first seen finished: by the vendor's clock, unless ours is behind it. */
function seenFinishedAt(answer: Answer): UnixSeconds {
  return answer.result.vendorTime === null ? answer.now : earlier(answer.now, answer.result.vendorTime);
}

function dispose(draft: Draft, before: RunRecord | undefined, run: Run, answer: Answer): Disposition {
  if (draft.job(before?.job ?? run.job.key)?.standing === 'excluded') return 'excluded';
  return before === undefined && answer.scope.baselineAt === null ? 'history' : 'counted';
}

function tellFinished(draft: Draft, record: RunRecord, run: FinishedRun, answer: Answer, isSurprise: boolean): void {
  const owner = draft.owner(record.job);
  const endedAt = record.endedAt ?? answer.now;
  if (owner !== null) {
    const { createdAt, startedAt } = record;
    const queue =
      createdAt !== null && startedAt !== null && startedAt >= createdAt ? between(createdAt, startedAt) : null;
    const { result, duration, exitCode } = run;
    draft.tell({ kind: 'finished', owner, run: run.id, result, endedAt, duration, queue, exitCode });
  }
  const { away, wideFrom, sweep } = answer;
  const order = runOrder(run);
  const isLate = isSurprise && sweep !== null && wideFrom !== null && order !== null && order < wideFrom;
  if (isLate) draft.tell({ kind: 'late', amount: 1 });
  else if (away !== null && endedAt > away.from && endedAt <= away.to) draft.tell({ kind: 'caught_up', amount: 1 });
}

function reviseFinished(draft: Draft, before: RunRecord, run: FinishedRun, answer: Answer, policy: TargetPolicy): void {
  const isNewsHere = before.disposition === 'history' && isNewsToScope(before, run, answer);
  const endedAt = run.endedAt ?? before.endedAt;
  const isRevised =
    before.result !== run.result ||
    before.vendorState !== run.vendorState ||
    before.endedAt !== endedAt ||
    before.state !== null ||
    before.missing ||
    isNewsHere;
  let record = before;
  if (isRevised) {
    record = {
      ...before,
      disposition: isNewsHere ? 'counted' : before.disposition,
      scope: isNewsHere ? answer.scope.key : before.scope,
      state: null,
      result: run.result,
      vendorState: run.vendorState,
      endedAt,
      changedAt: answer.now,
      goneAt: null,
      missing: false,
    };
    draft.putRun(record);
  }
  const owner = draft.owner(record.job);
  if (isNewsHere) {
    tellFinished(draft, record, run, answer, true);
    oweDetails(draft, record, run, policy, answer.now);
  } else if (
    before.result !== null &&
    before.result !== run.result &&
    before.disposition === 'counted' &&
    owner !== null
  ) {
    draft.tell({ kind: 'corrected', owner, from: before.result, to: run.result });
  }
  settleDuration(draft, record, run.duration);
  remember(draft, record, run);
}

/**
 * Whether a run that another scope took for history at its own baseline is news to this one, which was being
 * watched before that (a workspace added beside one of its pipelines).
 */
function isNewsToScope(before: RunRecord, run: FinishedRun, answer: Answer): boolean {
  const { key, baselineAt, floor } = answer.scope;
  if (before.scope === key || baselineAt === null || before.recordedAt <= baselineAt) return false;
  return run.endedAt !== null && run.endedAt >= baselineAt && (floor === null || run.endedAt > floor);
}

/** Keeps a finished run among the newest of its job, where it is one of them. */
function remember(draft: Draft, record: RunRecord, run: FinishedRun): void {
  const job = draft.job(record.job);
  if (job === undefined || record.endedAt === null) return;
  const { id, startedAt, endedAt, rows } = record;
  const { result, duration, exitCode, acknowledged } = run;
  const known = job.recent.find((recent) => recent.id === id);
  const after = withRecentRun(job, {
    id,
    result,
    startedAt,
    endedAt,
    duration,
    exitCode,
    rows: known?.rows ?? rows,
    acknowledged,
  });
  if (after !== job) draft.putJob(after);
}

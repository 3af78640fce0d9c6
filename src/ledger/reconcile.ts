/**
 * The heart of exact counting: what an answer holds that is news. Pure; the same answer again is no news.
 * @see spec section 2
 */
import { type FinishedRun, isFinished, type LiveRun, type Run } from '../model/run.ts';
import { before as earlierBy, between, latest, type Seconds, type UnixSeconds } from '../model/time.ts';
import type { SliceResult } from '../vendors/vendor.ts';
import { decideUnlisted } from './decide-unlisted.ts';
import { oweDetails, settleDuration } from './details.ts';
import { createDraft, type Draft, type Reconciled, reject } from './draft.ts';
import type { TargetPolicy } from './policy.ts';
import { withRecentRun } from './recent-runs.ts';
import type { Disposition, JobRecord, RunRecord, ScopeRecord } from './records.ts';
import { reconcileRoster, runOrder } from './roster.ts';
import { type AnswerTime, claimedEnd, CLOCK_TOLERANCE, endOf, latestTime, revisedEnd } from './run-times.ts';
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
  readonly seenLive: AnswerTime['seenLive'];
  /** Time that no poll can reach any more, told with this answer. */
  readonly gap: Seconds;
  /** The own clock. */
  readonly now: UnixSeconds;
}

function timeOf({ result: { vendorTime }, now, seenLive }: Answer): AnswerTime {
  return { vendorTime, now, seenLive };
}

/** What an answer changes: records to commit and the news in them. */
export function reconcile(state: ReadonlyTargetState, answer: Answer, policy: TargetPolicy): Reconciled {
  const draft = createDraft(state, answer.known);
  const runs = underKnownIds(draft, inOrder(answer.result.runs)).map((run) =>
    decideUnlisted(run, draft.run(run.id), answer.now),
  );
  reconcileRoster(draft, runs, policy, answer.now, visibleSince(answer.scope));
  for (const run of runs) {
    noteUnknownState(draft, run);
    tellUnreadable(draft, run);
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

/** The runs under the ids by which the ledger knows them, where those are the ones that they had before. */
function underKnownIds(draft: Draft, runs: readonly Run[]): readonly Run[] {
  const taken = new Set(runs.map(({ id }) => id));
  return runs.map((run) => {
    const { id, formerId } = run;
    if (formerId === undefined || taken.has(formerId)) return run;
    if (draft.run(id) !== undefined || draft.run(formerId) === undefined) return run;
    // Only one run can have been the one that is known.
    taken.add(formerId);
    return { ...run, id: formerId };
  });
}

/**
 * By when runs ended that the last wide round of a scope would have listed, had their job been visible: what a job
 * brings along that shows up later. null before the baseline, of which everything is history anyway.
 */
function visibleSince({ seenUntil }: ScopeRecord): UnixSeconds | null {
  return seenUntil === null ? null : earlierBy(seenUntil, CLOCK_TOLERANCE);
}

/** Tells what of a run could not be read, when it is new and when it has finished. */
function tellUnreadable(draft: Draft, run: Run): void {
  if (run.unreadable.length === 0) return;
  const before = draft.run(run.id);
  if (before !== undefined && (before.phase === 'finished' || !isFinished(run))) return;
  for (const { field } of run.unreadable) draft.tell({ kind: 'unreadable_field', label: field, amount: 1 });
}

function noteUnknownState(draft: Draft, run: Run): void {
  if (run.stateKnown || !draft.note(`state ${run.vendorState} ${run.id}`)) return;
  draft.tell({ kind: 'unknown_state', label: run.vendorState, amount: 1 });
}

function newRecord(draft: Draft, run: Run, answer: Answer): RunRecord {
  const begun = runOrder(run);
  const until = latest(answer.scope.historyUntil, draft.job(run.job.key)?.historyUntil ?? null);
  const isOlder = answer.scope.baselineAt === null || (begun !== null && until !== null && begun <= until);
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
    rowsPredate: isOlder && (isFinished(run) || run.state !== 'pending'),
    steps: [],
    hidden: false,
    missing: false,
    agedTo: null,
    claimedEnd: null,
  };
}

function reconcileLive(draft: Draft, run: LiveRun, answer: Answer): void {
  const before = draft.run(run.id);
  // A vendor that cannot tell how a run stands takes back nothing.
  if (before?.phase === 'finished' && run.state === 'unknown' && run.stateKnown) return;
  if (before?.phase === 'finished' && before.state === null) {
    const owner = draft.owner(before.job);
    if (owner !== null) draft.tell({ kind: 'reopened', owner });
  }
  const record = before ?? newRecord(draft, run, answer);
  const isNews = record.state !== run.state || record.vendorState !== run.vendorState;
  const isMoved =
    record.startedAt !== run.startedAt || record.createdAt !== run.createdAt || record.agedTo !== run.agedTo;
  if (!isNews && !isMoved && record.goneAt === null && record.phase !== 'lost') return;
  draft.putRun({
    ...record,
    phase: record.phase === 'lost' ? 'live' : record.phase,
    state: run.state,
    vendorState: run.vendorState,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    agedTo: run.agedTo,
    changedAt: isNews || record.agedTo !== run.agedTo ? answer.now : record.changedAt,
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
    ...(before ?? newRecord(draft, run, answer)),
    phase: 'finished',
    disposition,
    state: null,
    result: run.result,
    vendorState: run.vendorState,
    createdAt: run.createdAt ?? before?.createdAt ?? null,
    startedAt: run.startedAt ?? before?.startedAt ?? null,
    endedAt: endOf(run, before, timeOf(answer)),
    changedAt: answer.now,
    goneAt: null,
    claimedEnd: claimedEnd(run, timeOf(answer)),
    rowsPredate: disposition === 'counted' && (before?.rowsPredate ?? false),
    hidden: false,
  };
  draft.putRun(record);
  if (disposition === 'counted') tellFinished(draft, record, run, answer, before === undefined);
  if (disposition === 'history' && answer.scope.baselineAt !== null) draft.tell({ kind: 'history', amount: 1 });
  oweDetails(draft, record, run, policy, answer.now);
  remember(draft, record, run);
}

/**
 * Whether a run that the ledger does not know may be one that it has forgotten. It would otherwise be counted again.
 * @see spec rule 10
 */
function isBeforeFloor(run: FinishedRun, { floor }: ScopeRecord): boolean {
  const ended = latestTime(run);
  return floor !== null && ended !== null && ended <= floor;
}

/**
 * Whether a run lies before anybody could have counted it: before the baseline of its scope, or before its job became
 * visible.
 * @see spec rule 2
 */
function isHistory(run: Run, scope: ScopeRecord, job: JobRecord | undefined): boolean {
  const ended = latestTime(run);
  const until = latest(scope.historyUntil, job?.historyUntil ?? null);
  return ended !== null && until !== null && ended <= until;
}

function dispose(draft: Draft, before: RunRecord | undefined, run: Run, answer: Answer): Disposition {
  const job = draft.job(before?.job ?? run.job.key);
  if (job?.standing === 'excluded') return 'excluded';
  if (before !== undefined) return 'counted';
  return answer.scope.baselineAt === null || isHistory(run, answer.scope, job) ? 'history' : 'counted';
}

function tellFinished(draft: Draft, record: RunRecord, run: FinishedRun, answer: Answer, isSurprise: boolean): void {
  const owner = draft.owner(record.job);
  const endedAt = record.endedAt ?? answer.now;
  if (owner !== null) {
    const { createdAt, startedAt } = record;
    const queue =
      createdAt !== null && startedAt !== null && startedAt >= createdAt ? between(createdAt, startedAt) : null;
    const { result, duration, exitCode, warning } = run;
    draft.tell({ kind: 'finished', owner, run: run.id, result, endedAt, duration, queue, exitCode, warning });
  }
  const { away, wideFrom, sweep } = answer;
  const order = runOrder(run);
  const isLate = isSurprise && sweep !== null && wideFrom !== null && order !== null && order < wideFrom;
  if (isLate) draft.tell({ kind: 'late', amount: 1 });
  else if (away !== null && endedAt > away.from && endedAt <= away.to) draft.tell({ kind: 'caught_up', amount: 1 });
}

function reviseFinished(draft: Draft, before: RunRecord, run: FinishedRun, answer: Answer, policy: TargetPolicy): void {
  const isRepeat = run.mayBeRepeat === true && before.result === run.result;
  const isNewsHere =
    before.disposition === 'history' &&
    isNewsToScope(before, run, answer) &&
    !isHistory(run, answer.scope, draft.job(before.job));
  const endedAt = isRepeat ? before.endedAt : revisedEnd(before, run, timeOf(answer));
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
  if (!isRepeat) remember(draft, record, run);
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
  const { result, duration, exitCode, acknowledged, warning } = run;
  const known = job.recent.find((recent) => recent.id === id);
  const active = latest(job.lastActiveAt, endedAt);
  const after = withRecentRun(active === job.lastActiveAt ? job : { ...job, lastActiveAt: active }, {
    id,
    result,
    startedAt,
    endedAt,
    duration,
    exitCode,
    rows: known?.rows ?? rows,
    acknowledged,
    warning,
  });
  if (after !== job) draft.putJob(after);
}

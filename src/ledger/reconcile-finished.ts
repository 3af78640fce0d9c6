import type { FinishedRun } from '../model/run.ts';
import { between, latest } from '../model/time.ts';
import { addPendingDetails, settleDuration } from './details.ts';
import { type Draft, reject } from './draft.ts';
import { newFacts, type ReconcileContext } from './reconcile-context.ts';
import { withRecentRun } from './recent-runs.ts';
import {
  type Disposition,
  type FinishedBefore,
  hasFinished,
  type JobRecord,
  type RunRecord,
  type ScopeRecord,
} from './records.ts';
import { runOrder } from './roster.ts';
import { claimedEnd, endOf, latestTime, revisedEnd } from './run-times.ts';

/** Takes in a finished run: it counts if it never did. */
export function reconcileFinished(draft: Draft, run: FinishedRun, context: ReconcileContext): void {
  const known = draft.run(run.id);
  if (known === undefined && isBeforeFloor(run, context.scope)) reject(draft, 'before_floor', run.id);
  else if (known === undefined || !hasFinished(known)) finish(draft, known, run, context);
  else revise(draft, known, run, context);
}

/**
 * True if a run that the ledger does not know may be one that it has forgotten. It would otherwise be counted again.
 * @see spec rule 10
 */
function isBeforeFloor(run: FinishedRun, { floor }: ScopeRecord): boolean {
  const ended = latestTime(run);
  return floor !== null && ended !== null && ended <= floor;
}

function finish(draft: Draft, known: RunRecord | undefined, run: FinishedRun, context: ReconcileContext): void {
  const { scope, policy, time } = context;
  const disposition = dispose(draft, known, run, scope);
  const facts = known ?? newFacts(draft, run, context);
  const { result, vendorState } = run;
  const record: FinishedBefore = {
    ...facts,
    vendorState,
    createdAt: run.createdAt ?? facts.createdAt,
    startedAt: run.startedAt ?? facts.startedAt,
    changedAt: time.now,
    rowsPredate: disposition === 'counted' && (known?.rowsPredate ?? false),
    life: {
      phase: 'finished',
      ending: { disposition, result, endedAt: endOf(run, known, time), claimedEnd: claimedEnd(run, time) },
      isMissing: false,
    },
  };
  draft.putRun(record);
  if (disposition === 'counted') addFinished(draft, record, run, context, known === undefined);
  if (disposition === 'history' && scope.baselineAt !== null) draft.addFact({ kind: 'history', amount: 1 });
  addPendingDetails(draft, record, run, policy, time.now);
  keepAsRecent(draft, record, run);
}

function dispose(draft: Draft, known: RunRecord | undefined, run: FinishedRun, scope: ScopeRecord): Disposition {
  const job = draft.job(known?.job ?? run.job.key);
  if (job?.standing === 'excluded') return 'excluded';
  if (known !== undefined) return 'counted';
  return scope.baselineAt === null || isHistory(run, scope, job) ? 'history' : 'counted';
}

/**
 * True if a run lies before anybody could have counted it: before the baseline of its scope, or before its job became
 * visible.
 * @see spec rule 2
 */
function isHistory(run: FinishedRun, scope: ScopeRecord, job: JobRecord | undefined): boolean {
  const ended = latestTime(run);
  const until = latest(scope.historyUntil, job?.historyUntil ?? null);
  return ended !== null && until !== null && ended <= until;
}

/** @param isSurprise true for a run that nobody knew of before */
function addFinished(
  draft: Draft,
  record: FinishedBefore,
  run: FinishedRun,
  { outage, lateBefore }: ReconcileContext,
  isSurprise: boolean,
): void {
  const owner = draft.owner(record.job);
  const { endedAt } = record.life.ending;
  if (owner !== null) {
    const { createdAt, startedAt } = record;
    const isQueueKnown = createdAt !== null && startedAt !== null && startedAt >= createdAt;
    const queue = isQueueKnown ? between(createdAt, startedAt) : null;
    const { result, duration, exitCode, warning } = run;
    draft.addFact({ kind: 'finished', owner, run: run.id, result, endedAt, duration, queue, exitCode, warning });
  }
  const order = runOrder(run);
  const isLate = isSurprise && lateBefore !== null && order !== null && order < lateBefore;
  if (isLate) draft.addFact({ kind: 'late', amount: 1 });
  else if (outage !== null && endedAt > outage.from && endedAt <= outage.to)
    draft.addFact({ kind: 'caught_up', amount: 1 });
}

/** Takes in another look at a run that has finished once. */
function revise(draft: Draft, known: FinishedBefore, run: FinishedRun, context: ReconcileContext): void {
  const { scope, policy, time } = context;
  const { ending } = known.life;
  const isRepeat = run.mayBeRepeat === true && ending.result === run.result;
  const isNewsHere =
    ending.disposition === 'history' &&
    isNewsToScope(known, run, scope) &&
    !isHistory(run, scope, draft.job(known.job));
  const endedAt = isRepeat ? ending.endedAt : revisedEnd(known, run, time);
  const disposition = isNewsHere ? 'counted' : ending.disposition;
  const isUnchanged =
    ending.result === run.result &&
    known.vendorState === run.vendorState &&
    ending.endedAt === endedAt &&
    known.life.phase === 'finished' &&
    !known.life.isMissing &&
    !isNewsHere;
  const revised: FinishedBefore = {
    ...known,
    scope: isNewsHere ? scope.key : known.scope,
    vendorState: run.vendorState,
    changedAt: time.now,
    life: { phase: 'finished', ending: { ...ending, disposition, result: run.result, endedAt }, isMissing: false },
  };
  const record = isUnchanged ? known : revised;
  if (!isUnchanged) draft.putRun(revised);
  const owner = draft.owner(record.job);
  if (isNewsHere) {
    addFinished(draft, record, run, context, true);
    addPendingDetails(draft, record, run, policy, time.now);
  } else if (ending.result !== run.result && disposition === 'counted' && owner !== null) {
    draft.addFact({ kind: 'corrected', owner, from: ending.result, to: run.result });
  }
  settleDuration(draft, record, run.duration);
  if (!isRepeat) keepAsRecent(draft, record, run);
}

/**
 * True if a run that another scope took for history at its own baseline is news to this one, which was being watched
 * before that (a workspace added beside one of its pipelines).
 */
function isNewsToScope(known: RunRecord, run: FinishedRun, { key, baselineAt, floor }: ScopeRecord): boolean {
  if (known.scope === key || baselineAt === null || known.recordedAt <= baselineAt) return false;
  return run.endedAt !== null && run.endedAt >= baselineAt && (floor === null || run.endedAt > floor);
}

/** Keeps a finished run among the newest of its job, where it is one of them. */
function keepAsRecent(draft: Draft, record: FinishedBefore, run: FinishedRun): void {
  const job = draft.job(record.job);
  if (job === undefined) return;
  const { id, startedAt } = record;
  const { endedAt } = record.life.ending;
  const { result, duration, exitCode, acknowledged, warning } = run;
  const known = job.recent.find((recent) => recent.id === id);
  const rows = known?.rows ?? record.rows;
  const active = latest(job.lastActiveAt, endedAt);
  const renewed = withRecentRun(active === job.lastActiveAt ? job : { ...job, lastActiveAt: active }, {
    id,
    result,
    startedAt,
    endedAt,
    duration,
    exitCode,
    rows,
    acknowledged,
    warning,
  });
  if (renewed !== job) draft.putJob(renewed);
}

/** Pending details: steps, rows and durations of runs that were counted already. Pure. @see spec rules 6 and 7 */
import { type FinishedRun, ROW_OUTCOMES, type RowCounts, type Step } from '../model/run.ts';
import { after, HOUR, MINUTE, type Seconds, seconds, type UnixSeconds } from '../model/time.ts';
import type { RunDetails } from '../vendors/vendor.ts';
import { createDraft, type Draft, type Reconciled, reject } from './draft.ts';
import type { TargetPolicy } from './policy.ts';
import { withRecentRun } from './recent-runs.ts';
import { detailKey, type FinishedBefore, type PendingDetail, type RunRecord } from './records.ts';
import type { ReadonlyTargetState } from './target-state.ts';

/** Remembers the details that a run which has just finished is to be asked for. */
export function addPendingDetails(
  draft: Draft,
  record: FinishedBefore,
  run: FinishedRun,
  policy: TargetPolicy,
  now: UnixSeconds,
): void {
  const { finishedDetails, lateDurations } = policy.capabilities;
  const counts = record.life.ending.disposition === 'counted' && draft.owner(record.job) !== null;
  const details: PendingDetail['detail'][] = counts ? [...finishedDetails] : [];
  if (counts && lateDurations && run.duration === null && run.startedAt !== null && run.result !== 'skip') {
    details.push('duration');
  }
  for (const detail of details)
    draft.putDetail({ run: record.id, detail, counts, since: now, attempts: 0, dueAt: now });
}

/**
 * Makes the rows of the newest finished run of each job pending, for its `last_*` gauges alone: asked for once a scope
 * has its baseline, whose finished runs are all history.
 */
export function addHistoryDetails(state: ReadonlyTargetState, policy: TargetPolicy, now: UnixSeconds): Reconciled {
  const draft = createDraft(state);
  if (!policy.capabilities.finishedDetails.includes('rows')) return draft.result();
  for (const job of state.jobs.values()) {
    const newest = job.recent[0];
    if (job.standing !== 'shown' || newest === undefined || newest.rows !== null) continue;
    const detail = { run: newest.id, detail: 'rows', counts: false, since: now, attempts: 0, dueAt: now } as const;
    if (draft.pendingDetail(detailKey(detail)) === undefined) draft.putDetail(detail);
  }
  return draft.result();
}

/** Adds a duration that came after its run was counted; once, as long as it is pending. */
export function settleDuration(draft: Draft, record: FinishedBefore, duration: Seconds | null): void {
  const key = detailKey({ run: record.id, detail: 'duration' });
  if (duration === null || draft.pendingDetail(key) === undefined) return;
  draft.settleDetail(key);
  const owner = draft.owner(record.job);
  if (owner === null) return;
  const { id: run } = record;
  const { result, endedAt } = record.life.ending;
  draft.addFact({ kind: 'duration', owner, run, result, endedAt, duration });
}

/** Takes in the answer to a pending detail. `gone`: the vendor cannot tell any more. */
export function settleDetail(
  state: ReadonlyTargetState,
  pending: PendingDetail,
  record: RunRecord | undefined,
  answer: RunDetails | 'gone',
  now: UnixSeconds,
): Reconciled {
  const draft = createDraft(state);
  draft.settleDetail(detailKey(pending));
  if (answer !== 'gone') rejectSteps(draft, pending.run, answer);
  if (answer === 'gone' || record === undefined) {
    if (pending.counts) draft.addFact({ kind: 'detail_lost', label: pending.detail, amount: 1 });
    return draft.result();
  }
  const isFinal = !pending.counts || isFinalAnswer(answer, record);
  const isGivenUp = pending.attempts >= LOOKS_AT_UNFINISHED;
  if (answer.steps !== null) draft.putRun(addSteps(draft, record, answer.steps, pending.counts, isFinal || isGivenUp));
  if (answer.rows !== null) draft.putRun(addRows(draft, record, answer.rows, pending.counts));
  if (isFinal) return draft.result();
  if (isGivenUp) draft.addFact({ kind: 'detail_lost', label: pending.detail, amount: 1 });
  else draft.putDetail(postponed(pending, now));
  return draft.result();
}

/** Looks at a finished run for steps that are still live, or rows that still grow: for about an hour. */
const LOOKS_AT_UNFINISHED = 6;

/** True if steps have all ended, and rows are as at the look before: a vendor may write both late. */
function isFinalAnswer({ steps, rows }: RunDetails, record: RunRecord): boolean {
  if (steps?.some(({ result }) => result === null)) return false;
  const known: RowCounts = record.rows ?? {};
  return rows === null || ROW_OUTCOMES.every((outcome) => (rows[outcome] ?? 0) <= (known[outcome] ?? 0));
}

/** Takes in steps or rows of a live run; nothing once it is live no more. */
export function reconcileLiveDetails(state: ReadonlyTargetState, run: string, answer: RunDetails | 'gone'): Reconciled {
  const draft = createDraft(state);
  const record = state.live.get(run);
  if (answer === 'gone' || record === undefined) return draft.result();
  rejectSteps(draft, run, answer);
  let read: RunRecord = record;
  if (answer.steps !== null) read = addSteps(draft, read, answer.steps, true, false);
  if (answer.rows !== null) read = addRows(draft, read, answer.rows, true);
  if (read !== record) draft.putRun(read);
  return draft.result();
}

/** Reports the steps that could not be read, each once for its run. */
function rejectSteps(draft: Draft, run: string, { rejected = [] }: RunDetails): void {
  for (const { reason, key } of rejected) reject(draft, reason, `${run} ${key}`);
}

/** Adds the steps that have finished since the last look; remembers which those are, unless it was the last one. */
function addSteps(
  draft: Draft,
  record: RunRecord,
  steps: readonly Step[],
  counts: boolean,
  isLastLook: boolean,
): RunRecord {
  const owner = draft.owner(record.job);
  const added = new Set(record.steps);
  for (const { name: step, result, duration } of steps) {
    if (result === null || added.has(step)) continue;
    added.add(step);
    if (counts && owner !== null) draft.addFact({ kind: 'step', owner, step, result, duration });
  }
  if (isLastLook) return record.steps.length === 0 ? record : { ...record, steps: [] };
  return added.size === record.steps.length ? record : { ...record, steps: [...added] };
}

/** Adds the rows beyond the most that the run ever reported. @see spec rule 7 */
function addRows(draft: Draft, record: RunRecord, rows: RowCounts, counts: boolean): RunRecord {
  const owner = draft.owner(record.job);
  const isPredated = record.rows === null && record.rowsPredate;
  const most: Partial<Record<(typeof ROW_OUTCOMES)[number], number>> = { ...record.rows };
  let hasGrown = record.rows === null;
  for (const outcome of ROW_OUTCOMES) {
    const value = rows[outcome];
    if (value === undefined) continue;
    const amount = value - (most[outcome] ?? 0);
    if (amount > 0 || most[outcome] === undefined) {
      most[outcome] = Math.max(value, 0);
      hasGrown = true;
    }
    if (amount > 0 && counts && !isPredated && owner !== null) draft.addFact({ kind: 'rows', owner, outcome, amount });
  }
  const job = draft.job(record.job);
  const recent = job?.recent.find(({ id }) => id === record.id);
  if (job !== undefined && recent !== undefined) {
    const renewed = withRecentRun(job, { ...recent, rows });
    if (renewed !== job) draft.putJob(renewed);
  }
  return hasGrown ? { ...record, rows: most } : record;
}

/** Puts off a detail that could not be had: later each time, from a minute up to an hour. */
export function postponeDetail(state: ReadonlyTargetState, pending: PendingDetail, now: UnixSeconds): Reconciled {
  const draft = createDraft(state);
  draft.putDetail(postponed(pending, now));
  return draft.result();
}

function postponed(pending: PendingDetail, now: UnixSeconds): PendingDetail {
  const wait = seconds(Math.min(MINUTE * 2 ** pending.attempts, HOUR));
  return { ...pending, attempts: pending.attempts + 1, dueAt: after(now, wait) };
}

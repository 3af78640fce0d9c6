/** Owed details: what a run still has to tell after it was counted. @see spec rules 6 and 7 */
import { type FinishedRun, ROW_OUTCOMES, type RowCounts, type Step } from '../model/run.ts';
import { after, HOUR, MINUTE, type Seconds, seconds, type UnixSeconds } from '../model/time.ts';
import type { RunDetails } from '../vendors/vendor.ts';
import { createDraft, type Draft, type Reconciled, reject } from './draft.ts';
import type { TargetPolicy } from './policy.ts';
import { withRecentRun } from './recent-runs.ts';
import { type OwedRecord, owedKey, type RunRecord } from './records.ts';
import type { ReadonlyTargetState } from './target-state.ts';

/** Writes down what a run that has just finished will have to be asked for. */
export function oweDetails(
  draft: Draft,
  record: RunRecord,
  run: FinishedRun,
  policy: TargetPolicy,
  now: UnixSeconds,
): void {
  const { finishedDetails, lateDurations } = policy.capabilities;
  const counts = record.disposition === 'counted' && draft.owner(record.job) !== null;
  const details: OwedRecord['detail'][] = counts ? [...finishedDetails] : [];
  if (counts && lateDurations && run.duration === null && run.startedAt !== null && run.result !== 'skip') {
    details.push('duration');
  }
  for (const detail of details) draft.putOwed({ run: record.id, detail, counts, since: now, attempts: 0, dueAt: now });
}

/**
 * Owes the rows of the newest finished run of each job, for its `last_*` gauges alone: asked for once a scope has
 * its baseline, of which all finished runs are history.
 */
export function oweHistory(state: ReadonlyTargetState, policy: TargetPolicy, now: UnixSeconds): Reconciled {
  const draft = createDraft(state);
  if (!policy.capabilities.finishedDetails.includes('rows')) return draft.result();
  for (const job of state.jobs.values()) {
    const newest = job.recent[0];
    if (job.standing !== 'shown' || newest === undefined || newest.rows !== null) continue;
    const owed = { run: newest.id, detail: 'rows', counts: false, since: now, attempts: 0, dueAt: now } as const;
    if (draft.owed(owedKey(owed)) === undefined) draft.putOwed(owed);
  }
  return draft.result();
}

/** A duration that came after its run was counted; told once, as long as it is owed. */
export function settleDuration(draft: Draft, record: RunRecord, duration: Seconds | null): void {
  const key = owedKey({ run: record.id, detail: 'duration' });
  if (duration === null || draft.owed(key) === undefined) return;
  draft.settle(key);
  const owner = draft.owner(record.job);
  if (owner === null || record.result === null || record.endedAt === null) return;
  const { id: run, result, endedAt } = record;
  draft.tell({ kind: 'duration', owner, run, result, endedAt, duration });
}

/** What the answer to an owed detail changes. `gone`: the vendor cannot tell any more. */
export function settleOwed(
  state: ReadonlyTargetState,
  owed: OwedRecord,
  record: RunRecord | undefined,
  answer: RunDetails | 'gone',
  now: UnixSeconds,
): Reconciled {
  const draft = createDraft(state);
  draft.settle(owedKey(owed));
  if (answer !== 'gone') rejectSteps(draft, owed.run, answer);
  if (answer === 'gone' || record === undefined) {
    if (owed.counts) draft.tell({ kind: 'detail_lost', label: owed.detail, amount: 1 });
    return draft.result();
  }
  const isFinal = !owed.counts || isFinalAnswer(answer, record);
  const isGivenUp = owed.attempts >= LOOKS_AT_UNFINISHED;
  if (answer.steps !== null) draft.putRun(addSteps(draft, record, answer.steps, owed.counts, isFinal || isGivenUp));
  if (answer.rows !== null) draft.putRun(addRows(draft, record, answer.rows, owed.counts));
  if (isFinal) return draft.result();
  if (isGivenUp) draft.tell({ kind: 'detail_lost', label: owed.detail, amount: 1 });
  else draft.putOwed(postponed(owed, now));
  return draft.result();
}

/** How often a finished run is asked for steps that are still live, or rows that still grow: for about an hour. */
const LOOKS_AT_UNFINISHED = 6;

/** Whether steps have all ended, and rows are what they were at the look before: a vendor may write both late. */
function isFinalAnswer({ steps, rows }: RunDetails, record: RunRecord): boolean {
  if (steps?.some(({ result }) => result === null)) return false;
  const known: RowCounts = record.rows ?? {};
  return rows === null || ROW_OUTCOMES.every((outcome) => (rows[outcome] ?? 0) <= (known[outcome] ?? 0));
}

/** What steps or rows of a live run change; nothing once it is live no more. */
export function reconcileLiveDetails(state: ReadonlyTargetState, run: string, answer: RunDetails | 'gone'): Reconciled {
  const draft = createDraft(state);
  const record = state.live.get(run);
  if (answer === 'gone' || record === undefined) return draft.result();
  rejectSteps(draft, run, answer);
  let after = record;
  if (answer.steps !== null) after = addSteps(draft, after, answer.steps, true, false);
  if (answer.rows !== null) after = addRows(draft, after, answer.rows, true);
  if (after !== record) draft.putRun(after);
  return draft.result();
}

/** Tells the steps that could not be read, each once for its run. */
function rejectSteps(draft: Draft, run: string, { rejected = [] }: RunDetails): void {
  for (const { reason, key } of rejected) reject(draft, reason, `${run} ${key}`);
}

/** Tells the steps that have finished since the last look; remembers which those are, unless it was the last one. */
function addSteps(
  draft: Draft,
  record: RunRecord,
  steps: readonly Step[],
  counts: boolean,
  isLastLook: boolean,
): RunRecord {
  const owner = draft.owner(record.job);
  const told = new Set(record.steps);
  for (const { name: step, result, duration } of steps) {
    if (result === null || told.has(step)) continue;
    told.add(step);
    if (counts && owner !== null) draft.tell({ kind: 'step', owner, step, result, duration });
  }
  if (isLastLook) return record.steps.length === 0 ? record : { ...record, steps: [] };
  return told.size === record.steps.length ? record : { ...record, steps: [...told] };
}

/** Tells by how much the rows exceed the most that the run ever reported. @see spec rule 7 */
function addRows(draft: Draft, record: RunRecord, rows: RowCounts, counts: boolean): RunRecord {
  const owner = draft.owner(record.job);
  const predate = record.rows === null && record.rowsPredate;
  const most: Partial<Record<(typeof ROW_OUTCOMES)[number], number>> = { ...record.rows };
  let grew = record.rows === null;
  for (const outcome of ROW_OUTCOMES) {
    const value = rows[outcome];
    if (value === undefined) continue;
    const amount = value - (most[outcome] ?? 0);
    if (amount > 0 || most[outcome] === undefined) {
      most[outcome] = Math.max(value, 0);
      grew = true;
    }
    if (amount > 0 && counts && !predate && owner !== null) draft.tell({ kind: 'rows', owner, outcome, amount });
  }
  const after = grew ? { ...record, rows: most } : record;
  const job = draft.job(record.job);
  const recent = job?.recent.find(({ id }) => id === record.id);
  if (job !== undefined && recent !== undefined) {
    const told = withRecentRun(job, { ...recent, rows });
    if (told !== job) draft.putJob(told);
  }
  return after;
}

/** When to ask again for a detail that could not be had: later each time, from a minute up to an hour. */
export function postponeOwed(state: ReadonlyTargetState, owed: OwedRecord, now: UnixSeconds): Reconciled {
  const draft = createDraft(state);
  draft.putOwed(postponed(owed, now));
  return draft.result();
}

function postponed(owed: OwedRecord, now: UnixSeconds): OwedRecord {
  const wait = seconds(Math.min(MINUTE * 2 ** owed.attempts, HOUR));
  return { ...owed, attempts: owed.attempts + 1, dueAt: after(now, wait) };
}

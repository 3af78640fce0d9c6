/**
 * The heart of exact counting: finds the news in an answer. Pure; the same answer again is no news.
 * @see spec section 2
 */
import { isFinished, type Run } from '../model/run.ts';
import { before, type UnixSeconds } from '../model/time.ts';
import { decideUnlisted } from './decide-unlisted.ts';
import { createDraft, type Draft, type Reconciled, reject } from './draft.ts';
import type { TargetPolicy } from './policy.ts';
import type { ReconcileContext } from './reconcile-context.ts';
import { reconcileFinished } from './reconcile-finished.ts';
import { reconcileLive } from './reconcile-live.ts';
import { hasFinished, newScope, type RunRecord, type ScopeRecord } from './records.ts';
import { reconcileRoster, runOrder } from './roster.ts';
import { advanceScope, isFullSync, type Round, type SliceAnswer } from './round.ts';
import { type AnswerTime, CLOCK_TOLERANCE } from './run-times.ts';
import type { ReadonlyTargetState } from './target-state.ts';

/** All that is known of the runs of an answer beside the state. */
export interface KnownRuns {
  /** Finished runs of the answer that the ledger has, by id. */
  readonly known: ReadonlyMap<string, RunRecord>;
  /** As `AnswerTime.seenLive`. */
  readonly seenLive: AnswerTime['seenLive'];
}

/** Takes in the answer to one slice of a round: runs, rejected records, and how far the scope is read. */
export function reconcileSlice(
  state: ReadonlyTargetState,
  answer: SliceAnswer,
  { known, seenLive }: KnownRuns,
  policy: TargetPolicy,
): Reconciled {
  const { round, result, isFirst } = answer;
  const { now, outage } = round;
  const draft = createDraft(state, known);
  const scope = scopeOf(state, round.scope);
  const lateBefore = isFullSync(round) ? round.extendedFrom : null;
  const time = { vendorTime: result.vendorTime, now, seenLive };
  const runs = reconcileRuns(draft, result.runs, { scope, policy, time, outage, lateBefore });
  for (const { reason, key } of result.rejected) reject(draft, reason, key);
  if (isFirst && round.gap > 0) draft.addFact({ kind: 'gap', amount: round.gap });
  draft.putScope(advanceScope(scope, answer));
  const { change, facts } = draft.result();
  if (!isFullSync(round)) return { change, facts };
  const ids = runs.filter(isFinished).map(({ id }) => id);
  return { change: { ...change, synced: { at: now, ids } }, facts };
}

/** One run that was asked for by its id. */
export interface LookedUpRun {
  /** As it was known when it was asked for. */
  readonly record: RunRecord;
  readonly run: Run;
  /** As `Round.outage` of its scope. */
  readonly outage: Round['outage'];
  readonly now: UnixSeconds;
  readonly seenLive: AnswerTime['seenLive'];
}

/** Takes in a run that was asked for by its id. It moves no scope. */
export function reconcileLookUp(
  state: ReadonlyTargetState,
  { record, run, outage, now, seenLive }: LookedUpRun,
  policy: TargetPolicy,
): Reconciled {
  const draft = createDraft(state, new Map([[record.id, record]]));
  const scope = scopeOf(state, record.scope);
  reconcileRuns(draft, [run], { scope, policy, time: { vendorTime: null, now, seenLive }, outage, lateBefore: null });
  return draft.result();
}

function scopeOf(state: ReadonlyTargetState, key: string): ScopeRecord {
  return state.scopes.get(key) ?? newScope(key);
}

/** Compares each run with what is known of it. @returns the runs under the ids by which they are known */
function reconcileRuns(draft: Draft, listed: readonly Run[], context: ReconcileContext): readonly Run[] {
  const { scope, policy, time } = context;
  const runs = underKnownIds(draft, inOrder(listed)).map((run) => decideUnlisted(run, draft.run(run.id), time.now));
  reconcileRoster(draft, runs, policy, time.now, visibleSince(scope));
  for (const run of runs) {
    reportUnlistedState(draft, run);
    addUnreadable(draft, run);
    if (isFinished(run)) reconcileFinished(draft, run, context);
    else reconcileLive(draft, run, context);
  }
  return runs;
}

/** Each run once, oldest first; of one that is listed twice, the finished one, else the later listed. */
function inOrder(runs: readonly Run[]): readonly Run[] {
  const byId = new Map<string, Run>();
  for (const run of runs) {
    const listed = byId.get(run.id);
    if (listed === undefined || isFinished(run) || !isFinished(listed)) byId.set(run.id, run);
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
 * The time by which runs ended that the last extended lookback of a scope would have listed, had their job been
 * visible: a job that shows up later brings them along. null before the baseline, of which everything is history anyway.
 */
function visibleSince({ seenUntil }: ScopeRecord): UnixSeconds | null {
  return seenUntil === null ? null : before(seenUntil, CLOCK_TOLERANCE);
}

/** Adds the fields of a run that could not be read, when it is new and when it has finished. */
function addUnreadable(draft: Draft, run: Run): void {
  if (run.unreadable.length === 0) return;
  const known = draft.run(run.id);
  if (known !== undefined && (hasFinished(known) || !isFinished(run))) return;
  for (const { field } of run.unreadable) draft.addFact({ kind: 'unreadable_field', label: field, amount: 1 });
}

function reportUnlistedState(draft: Draft, run: Run): void {
  if (run.stateKnown || !draft.reportOnce(`state ${run.vendorState} ${run.id}`)) return;
  draft.addFact({ kind: 'unknown_state', label: run.vendorState, amount: 1 });
}

import { VendorError } from '../http/errors.ts';
import { oweHistory } from '../ledger/details.ts';
import { rejectionNote } from '../ledger/draft.ts';
import { markMissing, PRUNE_AFTER } from '../ledger/housekeeping.ts';
import { advanceScope, NO_ROUNDS, type Plan, planRound, roundsAfter } from '../ledger/progress.ts';
import { reconcile } from '../ledger/reconcile.ts';
import { newScope, NO_CHANGE, type RunRecord, type ScopeRecord, SWEEPS_KEPT } from '../ledger/records.ts';
import { isFinished, type LiveRun } from '../model/run.ts';
import { before, earlier, later, seconds, type UnixSeconds } from '../model/time.ts';
import { within } from '../model/time-limit.ts';
import type { Scope, Slice, SliceResult } from '../vendors/vendor.ts';
import type { PollContext } from './poll-context.ts';
import { createSliceQueue } from './slice-queue.ts';

/**
 * Reads one scope, slice by slice, oldest first; each is committed by itself, so what was read before a failure stays.
 *
 * @param listed takes in the ids of all runs that were listed
 * @returns what was read
 * @throws VendorError of the slice that failed; LedgerError when one could not be committed
 * @see spec rules 2 to 5
 */
export async function pollScope(
  context: PollContext,
  scope: Scope,
  listed: Set<string>,
  mayPlanAgain = true,
): Promise<Plan> {
  const { client, keeper, clock, signal } = context;
  const [now, monotonic] = [clock.now(), clock.monotonic()];
  const offset = clock.offset();
  const start = scopeRecord(context, scope);
  const { capabilities, pollInterval } = keeper.policy();
  const doubtedFrom = capabilities.windowed ? beginOfDoubted(context, scope) : null;
  const rounds = context.rounds.get(scope.key) ?? NO_ROUNDS;
  const plan = planRound(start, {
    capabilities,
    now,
    monotonic,
    isConfirmed: clock.isConfirmed(),
    pollInterval,
    rounds,
    doubtedFrom,
  });
  const { begun, read } = roundsAfter(rounds, plan, { now, monotonic });
  context.rounds.set(scope.key, begun);
  const isSweep = plan.sweep !== null;
  const queue = createSliceQueue(client.slices(scope, plan.window), (slice) => client.split(scope, slice));
  const planAgain = (): Promise<Plan> => {
    context.rounds.set(scope.key, rounds);
    return pollScope(context, scope, listed, false);
  };
  let truncated = false;
  let gap = plan.gap;
  const sought = new Set<string>();
  for (let slice = queue.next(); slice !== undefined; slice = queue.next()) {
    let result: SliceResult;
    try {
      const limit = within(keeper.config().pollTimeout, signal);
      const live = liveRunsOf(context, scope);
      const answer = await client.poll({ scope, slice, readAll: isSweep, live, signal: limit });
      result = { ...answer, vendorTime: clock.learn(answer.vendorTime) };
    } catch (error) {
      // A window that lies in the vendor's future, or too far back, is refused: perhaps for this machine's clock alone.
      if (error instanceof VendorError && error.reason === 'http_client' && mayPlanAgain) {
        clock.learn(error.date);
        if (clock.offset() !== offset) return planAgain();
      }
      // Of so long a time as a sweep's slices span, a vendor may hold more than it can tell in the time there is.
      if (isSweep && isTimeout(error) && !signal.aborted && queue.divideAll(slice)) continue;
      throw error;
    }
    // The round was planned by a wrong clock: nothing of this answer is used.
    if (clock.offset() !== offset && mayPlanAgain) return planAgain();
    for (const run of result.runs) {
      listed.add(run.id);
      if (run.formerId !== undefined) listed.add(run.formerId);
      if (typeof keeper.state.live.get(run.id)?.goneAt === 'number') context.doubted.add(run.id);
    }
    const missing = plan.isNarrow ? [] : await missingRuns(context, scope, slice, result);
    if (result.truncated || missing.length > 0) {
      for (const id of missing) sought.add(id);
      const mayDivide = missing.length > 0 || result.isDivisible !== false;
      if (mayDivide && queue.divide(slice)) continue;
      truncated = true;
    }
    await commitSlice(context, scope, plan, { slice, result, isLast: queue.isEmpty(), truncated, gap, now });
    gap = seconds(0);
  }
  await forgetMissing(
    context,
    [...sought].filter((id) => !listed.has(id)),
  );
  context.rounds.set(scope.key, read);
  if (start.baselineAt === null) await keeper.commit((state) => oweHistory(state, keeper.policy(), now));
  // Of a list that was cut, it is not known what it does not hold any more.
  if (isSweep && !truncated) await prune(context, scope, now);
  return plan;
}

/** Ids of the scope's live runs, those aside that the vendor said to be gone. */
function liveRunsOf({ keeper }: PollContext, { key }: Scope): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { id, scope, goneAt } of keeper.state.live.values()) if (scope === key && goneAt === null) ids.add(id);
  return ids;
}

/** When the oldest of the scope's doubted runs began; null: there is none. */
function beginOfDoubted({ keeper, doubted }: PollContext, { key }: Scope): UnixSeconds | null {
  let begin: UnixSeconds | null = null;
  for (const id of doubted) {
    const run = keeper.state.live.get(id);
    const begunAt = run?.scope === key ? (run.startedAt ?? run.createdAt) : null;
    if (begunAt !== null) begin = begin === null ? begunAt : earlier(begin, begunAt);
  }
  return begin;
}

function isTimeout(error: unknown): boolean {
  return error instanceof VendorError && error.reason === 'timeout';
}

function scopeRecord({ keeper }: PollContext, { key }: Scope): ScopeRecord {
  return keeper.state.scopes.get(key) ?? newScope(key);
}

interface SliceDone {
  readonly slice: Slice;
  readonly result: SliceResult;
  readonly isLast: boolean;
  readonly truncated: boolean;
  readonly gap: Plan['gap'];
  readonly now: UnixSeconds;
}

async function commitSlice(context: PollContext, scope: Scope, plan: Plan, done: SliceDone): Promise<void> {
  const { keeper, ledger, failures } = context;
  const { slice, result, isLast, truncated, gap, now } = done;
  const known = await ledger.known(
    keeper.config().id,
    result.runs.flatMap(({ id, formerId }) => (formerId === undefined ? [id] : [id, formerId])),
  );
  const fresh = result.rejected.filter(({ reason, key }) => !keeper.state.noted.has(rejectionNote(reason, key)));
  const read = { plan, sliceTo: slice.to, isLast, truncated, vendorTime: result.vendorTime, now };
  await keeper.commit((state) => {
    const record = scopeRecord(context, scope);
    const { sweep, wideFrom, away } = plan;
    const scopeAfter = advanceScope(record, read);
    const { seenLive } = keeper;
    const answer = { scope: record, scopeAfter, result, known, sweep, wideFrom, away, seenLive, gap, now };
    return reconcile(state, answer, keeper.policy());
  });
  keeper.listed(scope.key, result.runs);
  keeper.see(
    result.runs.filter((run): run is LiveRun => !isFinished(run)),
    earlier(now, result.vendorTime ?? now),
  );
  failures.rejected(scope.key, fresh);
  failures.unreadable(scope.key, result.runs);
}

/**
 * Finished runs that the ledger knows to lie in the slice and that the answer lacks: it was cut. As many as records of
 * it could not be read are not missed, for each of those may be one of them. A narrow round does not ask this: which
 * of a run's dates a list goes by may not be documented, and near the edge of its window one may lie beyond.
 * @see spec rule 5
 */
async function missingRuns(
  { keeper, ledger }: PollContext,
  scope: Scope,
  slice: Slice,
  result: SliceResult,
): Promise<readonly string[]> {
  if (!keeper.policy().capabilities.windowed || slice.part !== null) return [];
  const listed = new Set(result.runs.flatMap(({ id, formerId }) => (formerId === undefined ? [id] : [id, formerId])));
  const expected = await ledger.expected(keeper.config().id, scope.key, slice.from, slice.to);
  const missing = expected.filter((id) => !listed.has(id));
  return missing.length > result.rejected.length ? missing : [];
}

async function forgetMissing({ keeper, ledger }: PollContext, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const known: ReadonlyMap<string, RunRecord> = await ledger.known(keeper.config().id, ids);
  await keeper.commit((state) => markMissing(state, known.values()));
}

/** Forgets runs that no sweep lists any more, and sets the floor below which unknown runs do not count. @see spec rule 10 */
async function prune(context: PollContext, scope: Scope, now: UnixSeconds): Promise<void> {
  const { keeper, ledger } = context;
  const record = scopeRecord(context, scope);
  const [oldest] = record.sweeps;
  if (oldest === undefined || record.sweeps.length < SWEEPS_KEPT) return;
  const pruned = { scope: scope.key, before: earlier(oldest, before(now, PRUNE_AFTER)) };
  const latest = await ledger.latestPrunable(keeper.config().id, pruned);
  if (latest === null) return;
  await keeper.commit(() => {
    const floor = record.floor === null ? latest : later(record.floor, latest);
    return { change: { ...NO_CHANGE, scopes: [{ ...scopeRecord(context, scope), floor }], pruned }, facts: [] };
  });
}

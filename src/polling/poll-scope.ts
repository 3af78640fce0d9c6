import { VendorError } from '../http/errors.ts';
import { addHistoryDetails } from '../ledger/details.ts';
import { rejectionKey } from '../ledger/draft.ts';
import { markMissing, PRUNE_AFTER } from '../ledger/housekeeping.ts';
import { reconcileSlice } from '../ledger/reconcile.ts';
import { FULL_SYNCS_KEPT, newScope, NO_CHANGE, type ScopeRecord } from '../ledger/records.ts';
import { isFullSync, memoryAfter, NO_ROUNDS, planRound, type Round, type SliceAnswer } from '../ledger/round.ts';
import { isFinished, type LiveRun, type Run } from '../model/run.ts';
import { before, earlier, later, type UnixSeconds } from '../model/time.ts';
import type { Scope, Slice, SliceResult } from '../vendors/vendor.ts';
import type { PollContext } from './poll-context.ts';
import { readSlices } from './read-slices.ts';

/**
 * Reads one scope, slice by slice, oldest first; each is committed by itself, so what was read before a failure stays.
 *
 * @param listed takes in the ids of all runs that were listed
 * @returns the round that was read
 * @throws VendorError of the slice that failed; LedgerError when one could not be committed
 * @see spec rules 2 to 5
 */
export async function pollScope(context: PollContext, scope: Scope, listed: Set<string>): Promise<Round> {
  const round = planScope(context, scope);
  if ((await readRound(context, scope, round, listed, true)) === 'read') return round;
  const again = planScope(context, scope);
  await readRound(context, scope, again, listed, false);
  return again;
}

function planScope({ target, clock, rounds, unresolved }: PollContext, scope: Scope): Round {
  const { capabilities, pollInterval } = target.policy();
  return planRound(scopeRecord(target, scope), {
    capabilities,
    now: clock.now(),
    monotonic: clock.monotonic(),
    isConfirmed: clock.isConfirmed(),
    pollInterval,
    memory: rounds.get(scope.key) ?? NO_ROUNDS,
    unresolvedFrom: capabilities.windowed ? beginOfUnresolved(target, unresolved, scope) : null,
  });
}

/**
 * Reads a round, and commits it slice by slice.
 * @param mayPlanAgain true where nothing of a round is to be used that was planned by a wrong clock
 * @returns `wrong_clock` for such a round: it must be planned anew, by the vendor's clock
 */
async function readRound(
  context: PollContext,
  scope: Scope,
  round: Round,
  listed: Set<string>,
  mayPlanAgain: boolean,
): Promise<'read' | 'wrong_clock'> {
  const { client, target, clock, rounds, signal } = context;
  const memory = rounds.get(scope.key) ?? NO_ROUNDS;
  const { begun, read } = memoryAfter(memory, round);
  const offset = clock.offset();
  const isBaseline = round.kind === 'baseline';
  const sought = new Set<string>();
  let isFirst = true;
  let isTruncated = false;
  rounds.set(scope.key, begun);
  const planAgain = (): 'wrong_clock' => {
    rounds.set(scope.key, memory);
    return 'wrong_clock';
  };
  const slices = readSlices({
    client,
    scope,
    window: round.window,
    readAll: isFullSync(round),
    timeout: target.config().pollTimeout,
    signal,
    live: () => liveRunsOf(target, scope),
    findMissing: (slice, result) => findMissing(context, round, slice, result),
  });
  try {
    for await (const { slice, result, missing, outcome, isLast } of slices) {
      const vendorTime = clock.learn(result.vendorTime);
      if (clock.offset() !== offset && mayPlanAgain) return planAgain();
      noteListed(context, result.runs, listed);
      for (const id of missing) sought.add(id);
      if (outcome === 'divided') continue;
      isTruncated ||= outcome === 'cut';
      const dated = { ...result, vendorTime };
      await commitSlice(context, { round, slice, result: dated, isFirst, isLast, isTruncated });
      isFirst = false;
    }
  } catch (error) {
    // A window that lies in the vendor's future, or too far back, is refused: perhaps for this machine's clock alone.
    if (error instanceof VendorError && error.reason === 'http_client' && mayPlanAgain) {
      clock.learn(error.date);
      if (clock.offset() !== offset) return planAgain();
    }
    throw error;
  }
  await forgetMissing(
    context,
    [...sought].filter((id) => !listed.has(id)),
  );
  rounds.set(scope.key, read);
  if (isBaseline) await target.commit((state) => addHistoryDetails(state, target.policy(), round.now));
  // Of a list that was cut, it is not known what it does not hold any more.
  if (isFullSync(round) && !isTruncated) await prune(context, round);
  return 'read';
}

/** Takes in that runs were listed: one that the vendor had said to be gone is unresolved. */
function noteListed({ target, unresolved }: PollContext, runs: readonly Run[], listed: Set<string>): void {
  for (const { id, formerId } of runs) {
    listed.add(id);
    if (formerId !== undefined) listed.add(formerId);
    if (target.state.live.get(id)?.life.phase === 'gone') unresolved.add(id);
  }
}

/** Ids of the scope's live runs, without those that the vendor said to be gone. */
function liveRunsOf({ state }: PollContext['target'], { key }: Scope): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { id, scope, life } of state.live.values()) if (scope === key && life.phase !== 'gone') ids.add(id);
  return ids;
}

/** The start of the oldest of the scope's unresolved runs; null: there is none. */
function beginOfUnresolved(
  { state }: PollContext['target'],
  unresolved: ReadonlySet<string>,
  { key }: Scope,
): UnixSeconds | null {
  let begin: UnixSeconds | null = null;
  for (const id of unresolved) {
    const run = state.live.get(id);
    const begunAt = run?.scope === key ? (run.startedAt ?? run.createdAt) : null;
    if (begunAt !== null) begin = begin === null ? begunAt : earlier(begin, begunAt);
  }
  return begin;
}

function scopeRecord({ state }: PollContext['target'], { key }: Scope): ScopeRecord {
  return state.scopes.get(key) ?? newScope(key);
}

async function commitSlice({ target, failures }: PollContext, answer: SliceAnswer): Promise<void> {
  const { runs, rejected, vendorTime } = answer.result;
  const { scope, now } = answer.round;
  const known = await target.ledger.known(idsOf(runs));
  const fresh = rejected.filter(({ reason, key }) => !target.state.reported.has(rejectionKey(reason, key)));
  const { seenLive } = target;
  await target.commit((state) => reconcileSlice(state, answer, { known, seenLive }, target.policy()));
  target.listed(scope, runs);
  target.see(
    runs.filter((run): run is LiveRun => !isFinished(run)),
    earlier(now, vendorTime ?? now),
  );
  failures.rejected(scope, fresh);
  failures.unreadable(scope, runs);
}

/** The ids of runs, those that they had before included. */
function idsOf(runs: readonly Run[]): readonly string[] {
  return runs.flatMap(({ id, formerId }) => (formerId === undefined ? [id] : [id, formerId]));
}

/**
 * Finds finished runs that the ledger knows to lie in the slice and that the answer lacks: it was cut. As many as records
 * of it could not be read are not missed, for each of those may be one of them. A lookback does not ask this: which of a
 * run's dates a list goes by may not be documented, and near the edge of its window one may lie beyond.
 * @see spec rule 5
 */
async function findMissing(
  { target }: PollContext,
  { kind, scope }: Round,
  slice: Slice,
  result: SliceResult,
): Promise<readonly string[]> {
  if (kind === 'lookback' || !target.policy().capabilities.windowed || slice.part !== null) return [];
  const listed = new Set(idsOf(result.runs));
  const expected = await target.ledger.expected(scope, slice.from, slice.to);
  const missing = expected.filter((id) => !listed.has(id));
  return missing.length > result.rejected.length ? missing : [];
}

async function forgetMissing({ target }: PollContext, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const known = await target.ledger.known(ids);
  await target.commit((state) => markMissing(state, known.values()));
}

/** Forgets runs that no full sync lists any more, and sets the floor below which unknown runs do not count. @see spec rule 10 */
async function prune({ target }: PollContext, { scope: key, now }: Round): Promise<void> {
  const scope = scopeRecord(target, { key });
  const [oldest] = scope.fullSyncs;
  if (oldest === undefined || scope.fullSyncs.length < FULL_SYNCS_KEPT) return;
  const pruned = { scope: key, before: earlier(oldest, before(now, PRUNE_AFTER)) };
  const latest = await target.ledger.latestPrunable(pruned);
  if (latest === null) return;
  await target.commit(() => {
    const floor = scope.floor === null ? latest : later(scope.floor, latest);
    return { change: { ...NO_CHANGE, scopes: [{ ...scopeRecord(target, scope), floor }], pruned }, facts: [] };
  });
}

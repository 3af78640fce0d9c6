/** One poll of one target: every scope, then the live runs that no list held, then pending details. */
import type { VendorError } from '../http/errors.ts';
import { forgetCut, keepHouse } from '../ledger/housekeeping.ts';
import type { Round } from '../ledger/round.ts';
import type { Scope } from '../vendors/vendor.ts';
import { fetchLiveDetails, fetchPendingDetails } from './fetch-details.ts';
import { lookUpRuns } from './look-up-runs.ts';
import { isVendorWide, type PollContext, toVendorError } from './poll-context.ts';
import { pollScope } from './poll-scope.ts';

export interface PollOutcome {
  /** Keys of the scopes that were read to their end. */
  readonly read: ReadonlySet<string>;
  readonly scopesFailed: number;
  /** The first failure; null: all went well. */
  readonly error: VendorError | null;
}

/**
 * Polls a target once. Never throws: a failure of one scope is its own, unless it says that the vendor is out of
 * reach. @see spec rules 3 and 9
 */
export async function pollTarget(context: PollContext): Promise<PollOutcome> {
  const { client, target, clock, failures, roundRobin, unresolved } = context;
  const listed = new Set<string>();
  const failed = new Set<string>();
  const rounds = new Map<string, Round>();
  let error: VendorError | null = null;
  let isUnreachable = false;
  const keyOf = ({ key }: Scope): string => key;
  const unread = await roundRobin.scopes.each(client.scopes, keyOf, async (scope) => {
    const failure = await attempt(async () => {
      rounds.set(scope.key, await pollScope(context, scope, listed));
    });
    if (failure === null) {
      failures.ended(scopeOrigin(scope.key));
      return true;
    }
    error ??= failure;
    failed.add(scope.key);
    isUnreachable = isVendorWide(failure) || context.signal.aborted;
    logFailure(context, failure, scopeOrigin(scope.key), { scope: scope.key });
    return !isUnreachable;
  });
  for (const { key } of unread) failed.add(key);
  const read = new Set(client.scopes.map(({ key }) => key).filter((key) => !failed.has(key)));
  const missing = [...target.state.live.values()].filter(
    ({ id, scope, life }) => life.phase !== 'gone' && !listed.has(id) && !failed.has(scope),
  );
  for (const id of unresolved) if (!target.state.live.has(id)) unresolved.delete(id);
  // Runs that can never be looked up must be listed at last.
  if (isUnreachable) for (const { id } of missing) unresolved.add(id);
  const afterwards = [
    () => lookUpRuns(context, missing, rounds),
    () => fetchLiveDetails(context, ({ scope }) => !failed.has(scope)),
    () => fetchPendingDetails(context),
  ];
  for (const step of afterwards) {
    if (isUnreachable) break;
    const failure = await attempt(step);
    if (failure === null) continue;
    error ??= failure;
    isUnreachable = true;
    logFailure(context, failure, AFTERWARDS);
  }
  failures.pollEnded();
  if (!isUnreachable) failures.ended(WHOLE_VENDOR);
  // While nothing can be read, nothing is concluded from time going by.
  if (failed.size === client.scopes.length) return { read, scopesFailed: failed.size, error };
  const failure = await attempt(async () => {
    await target.commit((state) => keepHouse(state, target.policy(), clock.now()));
    await target.commit((state) => forgetCut(state, new Set(client.scopes.map(({ key }) => key))));
  });
  if (failure !== null) logFailure(context, failure, AFTERWARDS);
  else if (!isUnreachable) failures.ended(AFTERWARDS);
  return { read, scopesFailed: failed.size, error: error ?? failure };
}

/** The origin of failures of the whole vendor: polls that are cut short begin with another scope each time. */
const WHOLE_VENDOR = 'vendor';
/** The origin of failures that come after the scopes. */
const AFTERWARDS = 'afterwards';

function scopeOrigin(scope: string): string {
  return `scope ${scope}`;
}

/** Logs a failure, unless the poll was ended from here. */
function logFailure(
  { failures, signal }: PollContext,
  failure: VendorError,
  origin: string,
  fields: { readonly scope?: string } = {},
): void {
  if (signal.aborted) return;
  failures.failed(isVendorWide(failure) ? WHOLE_VENDOR : origin, 'poll failed', failure, fields);
}

async function attempt(work: () => Promise<void>): Promise<VendorError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return toVendorError(error);
  }
}

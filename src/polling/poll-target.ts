/** One poll of one target: every scope, then the live runs that no list held, then what is owed. */
import type { VendorError } from '../http/errors.ts';
import { forgetCut, keepHouse } from '../ledger/housekeeping.ts';
import type { Scope, Window } from '../vendors/vendor.ts';
import { fetchLiveDetails, fetchOwedDetails } from './fetch-details.ts';
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
  const { client, keeper, clock, turns } = context;
  const listed = new Set<string>();
  const failed = new Set<string>();
  const away = new Map<string, Window | null>();
  let error: VendorError | null = null;
  let isUnreachable = false;
  const keyOf = ({ key }: Scope): string => key;
  const unread = await turns.scopes.each(client.scopes, keyOf, async (scope) => {
    const failure = await attempt(async () => {
      away.set(scope.key, await pollScope(context, scope, listed));
    });
    if (failure === null) return true;
    error ??= failure;
    failed.add(scope.key);
    isUnreachable = isVendorWide(failure) || context.signal.aborted;
    logFailure(context, failure, { scope: scope.key });
    return !isUnreachable;
  });
  for (const { key } of unread) failed.add(key);
  const read = new Set(client.scopes.map(({ key }) => key).filter((key) => !failed.has(key)));
  const afterwards = [
    () => lookUpRuns(context, ({ id, scope }) => !listed.has(id) && !failed.has(scope), away),
    () => fetchLiveDetails(context, ({ scope }) => !failed.has(scope)),
    () => fetchOwedDetails(context),
  ];
  for (const step of afterwards) {
    if (isUnreachable) break;
    const failure = await attempt(step);
    if (failure === null) continue;
    error ??= failure;
    isUnreachable = true;
    logFailure(context, failure, {});
  }
  // While nothing can be read, nothing is concluded from time going by.
  if (failed.size === client.scopes.length) return { read, scopesFailed: failed.size, error };
  const failure = await attempt(async () => {
    await keeper.commit((state) => keepHouse(state, keeper.policy(), clock.now()));
    await keeper.commit((state) => forgetCut(state, new Set(client.scopes.map(({ key }) => key))));
  });
  return { read, scopesFailed: failed.size, error: error ?? failure };
}

/** Says what failed, unless it was ended from here. A bug of ours comes with where it happened. */
function logFailure({ logger, signal }: PollContext, failure: VendorError, place: { readonly scope?: string }): void {
  if (signal.aborted) return;
  const { reason, message } = failure;
  if (reason === 'internal') logger.error({ ...place, reason, error: failure.cause ?? failure }, 'poll failed');
  else logger.warn({ ...place, reason, error: message }, 'poll failed');
}

async function attempt(work: () => Promise<void>): Promise<VendorError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return toVendorError(error);
  }
}

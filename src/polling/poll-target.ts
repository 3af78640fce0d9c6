/** One poll of one target: every scope, then the live runs that no list held, then what is owed. */
import type { VendorError } from '../http/errors.ts';
import { forgetCut, keepHouse } from '../ledger/housekeeping.ts';
import type { Plan } from '../ledger/progress.ts';
import type { Scope } from '../vendors/vendor.ts';
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
  const { client, keeper, clock, failures, turns, doubted } = context;
  const listed = new Set<string>();
  const failed = new Set<string>();
  const plans = new Map<string, Plan>();
  let error: VendorError | null = null;
  let isUnreachable = false;
  const keyOf = ({ key }: Scope): string => key;
  const unread = await turns.scopes.each(client.scopes, keyOf, async (scope) => {
    const failure = await attempt(async () => {
      plans.set(scope.key, await pollScope(context, scope, listed));
    });
    if (failure === null) {
      failures.ended(scopePlace(scope.key));
      return true;
    }
    error ??= failure;
    failed.add(scope.key);
    isUnreachable = isVendorWide(failure) || context.signal.aborted;
    logFailure(context, failure, scopePlace(scope.key), { scope: scope.key });
    return !isUnreachable;
  });
  for (const { key } of unread) failed.add(key);
  const read = new Set(client.scopes.map(({ key }) => key).filter((key) => !failed.has(key)));
  const missing = [...keeper.state.live.values()].filter(
    ({ id, scope, goneAt }) => goneAt === null && !listed.has(id) && !failed.has(scope),
  );
  for (const id of doubted) if (!keeper.state.live.has(id)) doubted.delete(id);
  // Whose look-ups are never reached must be listed at last.
  if (isUnreachable) for (const { id } of missing) doubted.add(id);
  const afterwards = [
    () => lookUpRuns(context, missing, plans),
    () => fetchLiveDetails(context, ({ scope }) => !failed.has(scope)),
    () => fetchOwedDetails(context),
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
    await keeper.commit((state) => keepHouse(state, keeper.policy(), clock.now()));
    await keeper.commit((state) => forgetCut(state, new Set(client.scopes.map(({ key }) => key))));
  });
  if (failure !== null) logFailure(context, failure, AFTERWARDS);
  else if (!isUnreachable) failures.ended(AFTERWARDS);
  return { read, scopesFailed: failed.size, error: error ?? failure };
}

/** Where failures of the whole vendor belong: polls that are cut short begin with another scope each time. */
const WHOLE_VENDOR = 'vendor';
/** Where failures belong that come after the scopes. */
const AFTERWARDS = 'afterwards';

function scopePlace(scope: string): string {
  return `scope ${scope}`;
}

/** Says what failed, unless it was ended from here. */
function logFailure(
  { failures, signal }: PollContext,
  failure: VendorError,
  place: string,
  fields: { readonly scope?: string } = {},
): void {
  if (signal.aborted) return;
  failures.failed(isVendorWide(failure) ? WHOLE_VENDOR : place, 'poll failed', failure, fields);
}

async function attempt(work: () => Promise<void>): Promise<VendorError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return toVendorError(error);
  }
}

import { VendorError } from '../http/errors.ts';
import type { RoundMemory } from '../ledger/round.ts';
import type { Target } from '../targets/target.ts';
import type { VendorClient } from '../vendors/vendor.ts';
import type { FailureLog } from './failure-log.ts';
import type { RoundRobin } from './round-robin.ts';
import type { VendorClock } from './vendor-clock.ts';

/** Everything that the parts of a poll work with. */
export interface PollContext {
  readonly client: VendorClient;
  readonly target: Target;
  /** The vendor's time where the machine's clock is wrong. */
  readonly clock: VendorClock;
  readonly failures: FailureLog;
  /** Aborted when the process ends, or does not hold the target any more. */
  readonly signal: AbortSignal;
  /** By scope. */
  readonly rounds: Map<string, RoundMemory>;
  /**
   * Ids of live runs of which asking by id does not tell what became of them: it failed, or it said that they are gone
   * and a list still held them. Extended lookbacks begin early enough to list them.
   */
  readonly unresolved: Set<string>;
  /** The order in which scopes, look-ups and live details come at the next poll. */
  readonly roundRobin: { readonly scopes: RoundRobin; readonly lookUps: RoundRobin; readonly liveDetails: RoundRobin };
}

/** True if a failure says that the whole vendor is out of reach, so that asking on would only add to it. */
export function isVendorWide(error: VendorError): boolean {
  if (error.reason === 'auth') return error.status !== 403;
  return error.reason === 'rate_limited' || error.reason === 'network';
}

/** The failure as a `VendorError`; anything else that was thrown is `internal`. */
export function toVendorError(error: unknown): VendorError {
  if (error instanceof VendorError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new VendorError(reason, { reason: 'internal', cause: error });
}

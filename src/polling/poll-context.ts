import type { Logger } from 'pino';
import { VendorError } from '../http/errors.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Rounds } from '../ledger/progress.ts';
import type { VendorClient } from '../vendors/vendor.ts';
import type { FailureLog } from './failure-log.ts';
import type { TargetKeeper } from './target-keeper.ts';
import type { Turns } from './turns.ts';
import type { VendorClock } from './vendor-clock.ts';

/** What every part of a poll works with. */
export interface PollContext {
  readonly client: VendorClient;
  readonly keeper: TargetKeeper;
  readonly ledger: Ledger;
  /** The vendor's time where the machine's clock is wrong. */
  readonly clock: VendorClock;
  readonly logger: Logger;
  readonly failures: FailureLog;
  /** Aborted when the process ends. */
  readonly signal: AbortSignal;
  /** By scope. */
  readonly rounds: Map<string, Rounds>;
  /**
   * Ids of live runs of which asking by id does not tell what became of them: it failed, or it said that they are gone
   * and a list still held them. Wide rounds begin early enough to list them.
   */
  readonly doubted: Set<string>;
  /** Whose turn it is at the next poll. */
  readonly turns: { readonly scopes: Turns; readonly lookUps: Turns; readonly liveDetails: Turns };
}

/** Whether a failure says that the whole vendor is out of reach, so that asking on would only add to it. */
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

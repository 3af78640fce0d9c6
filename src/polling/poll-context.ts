import type { Logger } from 'pino';
import { VendorError } from '../http/errors.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Clock } from '../model/clock.ts';
import type { UnixSeconds } from '../model/time.ts';
import type { VendorClient } from '../vendors/vendor.ts';
import type { FailureLog } from './failure-log.ts';
import type { TargetKeeper } from './target-keeper.ts';
import type { Turns } from './turns.ts';

/** What every part of a poll works with. */
export interface PollContext {
  readonly client: VendorClient;
  readonly keeper: TargetKeeper;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly failures: FailureLog;
  /** Aborted when the process ends. */
  readonly signal: AbortSignal;
  /** When the latest wide round of each scope since the process started began; the first round of every other is a sweep. */
  readonly readWideAt: Map<string, UnixSeconds>;
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

/** The duties of a database that keeps a ledger. The only one is `sqlite/`. */
import type { UnixSeconds } from '../model/time.ts';
import type { Ledger, TargetIdentity, TargetLedger } from './ledger.ts';
import type { Change } from './records.ts';
import type { TargetState } from './target-state.ts';

/** Durable records, by target. */
export interface LedgerStorage extends Pick<Ledger, 'lost' | 'runCount' | 'check' | 'close'> {
  readonly id: string;
  readonly createdAt: UnixSeconds;
  /** Takes a target and loads it. Returns and throws as `Ledger.open`. */
  open(identity: TargetIdentity): Promise<StoredTarget | null>;
}

/** Durable records of one target that this process holds. */
export interface StoredTarget extends Pick<TargetLedger, 'lost' | 'known' | 'expected' | 'latestPrunable'> {
  /** The records as they were loaded; the storage does not touch them any more. */
  readonly loaded: TargetState;
  /**
   * Writes a change as a whole: after a crash at any instant either all of it is there or nothing. `change.totals` holds
   * all totals of each owner that it names.
   * @throws LedgerError where nothing was written; LeaseLost where the target is not held any more, or where it is not
   *   known whether the change was written
   */
  write(change: Change): Promise<void>;
  /** Gives the target back; never throws. */
  release(): Promise<void>;
}

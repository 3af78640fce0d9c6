import type { UnixSeconds } from '../model/time.ts';
import type { Change, RunRecord } from './records.ts';
import type { TargetState } from './target-state.ts';

/** Who a target is to the ledger. */
export interface TargetIdentity {
  readonly id: string;
  /** Ids it had before; where `id` is new, the state of the first one that is known moves to it. */
  readonly previousIds: readonly string[];
  /** Vendor, origin and account: what must stay the same for counts to go on. */
  readonly fingerprint: string;
  /** Whether the state of another fingerprint may be cleared. */
  readonly reset: boolean;
}

/**
 * The durable record of which runs were counted and of every counter's total.
 * Opened by one writer at a time; where a second one opens it all the same, the first is shut out from then on.
 */
export interface Ledger {
  /** A UUID, drawn when the ledger was created: who counts, over restarts and wherever the ledger moves. */
  readonly id: string;
  /** When this ledger began. */
  readonly createdAt: UnixSeconds;
  /** Aborts, with a LedgerError, once another process writes it: this one never can again, and must count no more. */
  readonly lost: AbortSignal;
  /**
   * The state of a target, empty for a new one. Finished runs stay on disk.
   * @throws LedgerError when the ledger knows another account under this id and `reset` is false
   */
  open(identity: TargetIdentity): Promise<TargetState>;
  /** Those of the runs that the ledger knows, by id. */
  known(target: string, ids: readonly string[]): Promise<ReadonlyMap<string, RunRecord>>;
  /** Ids of finished runs that were created, began and ended within the span and that answers are expected to hold. */
  expected(target: string, scope: string, from: UnixSeconds, to: UnixSeconds): Promise<readonly string[]>;
  /** The latest end among the runs that `pruned` would forget; null if it would forget none. */
  latestPrunable(target: string, pruned: NonNullable<Change['pruned']>): Promise<UnixSeconds | null>;
  /**
   * Writes a change as a whole: after a crash at any instant either all of it is there or nothing.
   * @throws LedgerError when it could not be written, or counts a run that the ledger has as counted; nothing of it then
   * counts
   */
  commit(target: string, change: Change): Promise<void>;
  /** Why nothing could be written now: it is lost, or its file is gone; null where neither is so. Never throws. */
  trouble(): LedgerError | null;
  /** Runs remembered, over all targets. */
  runCount(): number;
  close(): Promise<void>;
}

/** The ledger cannot be used. The message names the file and what to do. */
export class LedgerError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LedgerError';
  }
}

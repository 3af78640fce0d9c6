import type { UnixSeconds } from '../model/time.ts';
import type { Change, RunRecord } from './records.ts';
import type { ReadonlyTargetState } from './target-state.ts';

/** The identity of a target in the ledger. */
export interface TargetIdentity {
  readonly id: string;
  /** Ids it had before; where `id` is new, the state of the first one that is known moves to it. */
  readonly previousIds: readonly string[];
  /** Vendor, origin and account: they must stay the same for counts to go on. */
  readonly fingerprint: string;
  /** True where the state of another fingerprint may be cleared. */
  readonly reset: boolean;
}

/** The outcome of a write to the ledger. */
export type CommitOutcome = 'ok' | 'failed';

/**
 * The durable record of which runs were counted and of every counter's total. Targets are opened one by one; each has
 * one writer at a time.
 *
 * `id`, `createdAt`, `commits` and `runCount` are kept in memory, so that a snapshot waits for no disk and no network.
 */
export interface Ledger {
  /** A UUID, drawn when the ledger was created. It stays the same over restarts and wherever the ledger moves. */
  readonly id: string;
  /** When this ledger began. */
  readonly createdAt: UnixSeconds;
  /** Writes of this process by how they ended. */
  readonly commits: ReadonlyMap<CommitOutcome, number>;
  /** Aborts, with a LedgerError, once this process can never write the ledger again: it must count no more. */
  readonly lost: AbortSignal;
  /**
   * Takes a target for this process and loads its state, empty for a new one. An earlier handle of the same process for
   * the same target is of no use from then on.
   * @returns null where another process holds the target: it may be asked for again later
   * @throws LedgerError when the ledger knows another account under this id and `reset` is false
   */
  open(identity: TargetIdentity): Promise<TargetLedger | null>;
  /** Runs remembered, over all targets, as of the last write. */
  runCount(): number;
  /** Looks for a reason why nothing could be written now. null: none was found. Never throws. */
  check(): Promise<LedgerError | null>;
  /** Gives everything back. Nothing can be written any more. */
  close(): Promise<void>;
}

/**
 * The handle of one target that this process holds. Finished runs stay in the ledger; all else is in `state`, which
 * moves only through `commit`: it is made durable first.
 */
export interface TargetLedger {
  readonly state: ReadonlyTargetState;
  /** Aborts, with a LeaseLost, once this process does not hold the target any more. */
  readonly lost: AbortSignal;
  /** Records of those of the runs that the ledger knows, by id. */
  known(ids: readonly string[]): Promise<ReadonlyMap<string, RunRecord>>;
  /** Ids of finished runs that were created, began and ended within the span and that answers are expected to hold. */
  expected(scope: string, from: UnixSeconds, to: UnixSeconds): Promise<readonly string[]>;
  /** The latest end among the runs that `pruned` would forget; null if it would forget none. */
  latestPrunable(pruned: NonNullable<Change['pruned']>): Promise<UnixSeconds | null>;
  /**
   * Works out a change on the present state, one after the other, makes it durable as a whole, and only then moves the
   * state. A change that moves nothing but watermarks may become durable later.
   * @returns the change
   * @throws LedgerError when it could not be written, or counts a run that is counted already: nothing of it then counts,
   *   and the state is as it was. LeaseLost when this process does not hold the target any more
   */
  commit(work: (state: ReadonlyTargetState) => Change): Promise<Change>;
  /** Makes durable what is not yet. @throws as `commit` */
  flush(): Promise<void>;
  /** Gives the target back; never throws. What was not flushed is read again by whoever opens it next. */
  release(): Promise<void>;
}

/** The ledger cannot be used. The message names the file and what to do. */
export class LedgerError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LedgerError';
  }
}

/** This process does not hold a target any more: nothing that it writes of it counts. */
export class LeaseLost extends LedgerError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LeaseLost';
  }
}

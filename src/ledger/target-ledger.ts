import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../model/clock.ts';
import { createQueue } from '../model/queue.ts';
import { MINUTE, type Seconds, seconds } from '../model/time.ts';
import type { CommitOutcome, TargetLedger } from './ledger.ts';
import { type Change, isEmptyChange, NO_CHANGE, type ScopeRecord } from './records.ts';
import type { StoredTarget } from './storage.ts';
import { applyChange, type ReadonlyTargetState, withOthersOfOwners } from './target-state.ts';

/** A watermark that alone moved on is written no more often than this. @see spec rule 14 */
const QUIET_WRITE_INTERVAL = seconds(5 * MINUTE);

export interface TargetLedgerOptions {
  readonly stored: StoredTarget;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Called with the outcome of each write. */
  readonly wrote: (outcome: CommitOutcome) => void;
}

/** The handle of a target that a storage has loaded. */
export function createTargetLedger({ stored, clock, wrote }: TargetLedgerOptions): TargetLedger {
  const state = stored.loaded;
  const { lost } = stored;
  const inOrder = createQueue();
  let writtenAt: Seconds | null = null;
  /** Watermarks that moved on without being written. */
  const unwritten = new Map<string, ScopeRecord>();

  const write = async (change: Change): Promise<void> => {
    // What could not be written is not left over either: a scope must never move on without the runs behind it.
    const scopes = new Map([...unwritten, ...change.scopes.map((scope) => [scope.key, scope] as const)]);
    const totals = withOthersOfOwners(state.totals, change.totals);
    try {
      await stored.write({ ...change, scopes: [...scopes.values()], totals });
    } catch (error) {
      wrote('failed');
      throw error;
    }
    wrote('ok');
    unwritten.clear();
    writtenAt = clock.monotonic();
  };
  const isRecentlyWritten = (): boolean => writtenAt !== null && clock.monotonic() - writtenAt < QUIET_WRITE_INTERVAL;
  return {
    state,
    lost,
    known: stored.known,
    expected: stored.expected,
    latestPrunable: stored.latestPrunable,
    commit: (work) =>
      inOrder(async () => {
        lost.throwIfAborted();
        const change = work(state);
        if (isEmptyChange(change)) return change;
        if (isRecentlyWritten() && isWatermarkOnly(state, change)) {
          for (const scope of change.scopes) unwritten.set(scope.key, scope);
        } else {
          await write(change);
        }
        applyChange(state, change);
        return change;
      }),
    flush: () =>
      inOrder(async () => {
        if (unwritten.size === 0) return;
        lost.throwIfAborted();
        await write(NO_CHANGE);
      }),
    release: () => inOrder(stored.release),
  };
}

/** True if nothing but watermarks moved on. */
function isWatermarkOnly(state: ReadonlyTargetState, change: Change): boolean {
  if (!isEmptyChange({ ...change, scopes: [] })) return false;
  return change.scopes.every((scope) => {
    const known = state.scopes.get(scope.key);
    const { watermark, readAt, seenUntil } = scope;
    return known !== undefined && isDeepStrictEqual({ ...known, watermark, readAt, seenUntil }, scope);
  });
}

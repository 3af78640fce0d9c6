import type { Clock } from '../model/clock.ts';
import type { CommitOutcome, Ledger } from './ledger.ts';
import type { LedgerStorage } from './storage.ts';
import { createTargetLedger } from './target-ledger.ts';

/** A ledger over a storage. */
export function createLedger(storage: LedgerStorage, clock: Pick<Clock, 'monotonic'>): Ledger {
  const commits = new Map<CommitOutcome, number>([
    ['ok', 0],
    ['failed', 0],
  ]);
  const wrote = (outcome: CommitOutcome): void => void commits.set(outcome, (commits.get(outcome) ?? 0) + 1);
  const { id, createdAt, lost, runCount, check, close } = storage;
  return {
    id,
    createdAt,
    commits,
    lost,
    open: async (identity) => {
      const stored = await storage.open(identity);
      return stored === null ? null : createTargetLedger({ stored, clock, wrote });
    },
    runCount,
    check,
    close,
  };
}

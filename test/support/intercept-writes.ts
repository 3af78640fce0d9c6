import type { LedgerStorage, StoredTarget } from '../../src/ledger/storage.ts';

/** Does a write, or something else. */
export type Intercept = (
  write: StoredTarget['write'],
  change: Parameters<StoredTarget['write']>[0],
  target: string,
) => Promise<void>;

/** The same storage, each of whose writes goes through `intercept`. */
export function interceptWrites(storage: LedgerStorage, intercept: Intercept): LedgerStorage {
  return {
    ...storage,
    open: async (identity) => {
      const stored = await storage.open(identity);
      return stored === null ? null : { ...stored, write: (change) => intercept(stored.write, change, identity.id) };
    },
  };
}

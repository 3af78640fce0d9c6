/** A storage that several exporters share: each target is held by one of them at a time. */
import { LeaseLost } from '../../src/ledger/ledger.ts';
import { openSqliteStorage } from '../../src/ledger/sqlite/sqlite-storage.ts';
import type { LedgerStorage, StoredTarget } from '../../src/ledger/storage.ts';
import { NOW } from './manual-clock.ts';

export interface SharedStorage {
  /** The storage as one exporter has it. */
  join(exporter: string): LedgerStorage;
  /** Takes a target from whoever holds it, as if its lease had ended: only the ledger knows, until something is written. */
  expire(target: string): void;
  close(): Promise<void>;
}

/** Opens an empty storage in memory. */
export function openSharedStorage(): SharedStorage {
  const storage = openSqliteStorage(':memory:', NOW);
  /** Who holds a target, and under which version it may write. */
  const holders = new Map<string, { readonly exporter: string; readonly version: object }>();

  const lease = (stored: StoredTarget, id: string, exporter: string): StoredTarget => {
    const version = {};
    holders.set(id, { exporter, version });
    const lost = new AbortController();
    return {
      ...stored,
      lost: lost.signal,
      write: async (change) => {
        if (holders.get(id)?.version === version) return stored.write(change);
        lost.abort(new LeaseLost(`target ${id} is held by another exporter`));
        throw lost.signal.reason;
      },
      release: async () => {
        if (holders.get(id)?.version === version) holders.delete(id);
      },
    };
  };
  return {
    join: (exporter) => ({
      ...storage,
      open: async (identity) => {
        const holder = holders.get(identity.id);
        if (holder !== undefined && holder.exporter !== exporter) return null;
        const stored = await storage.open(identity);
        return stored === null ? null : lease(stored, identity.id, exporter);
      },
      close: async () => {},
    }),
    expire: (target) => void holders.delete(target),
    close: () => storage.close(),
  };
}

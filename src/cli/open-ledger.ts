import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { type Ledger, LedgerError } from '../ledger/ledger.ts';
import { copySqliteLedger } from '../ledger/sqlite/copy-ledger.ts';
import { lockFile } from '../ledger/sqlite/lock-file.ts';
import { makeFolder } from '../ledger/sqlite/make-folder.ts';
import { openSqliteLedger } from '../ledger/sqlite/sqlite-ledger.ts';
import type { Clock } from '../model/clock.ts';

/** The ledger's file: `sqlite:` with a path relative to the storage folder. */
function ledgerFile(config: Config, storagePath: string): string {
  return resolve(storagePath, config.ledgerUrl.replace(/^sqlite:/, ''));
}

/**
 * Opens the ledger for writing, as the only one that does.
 * @throws LedgerError when the folder is not writable, another process writes the ledger, or it cannot be read
 */
export function openLedger(config: Config, storagePath: string, clock: Clock): Ledger {
  proveWritable(storagePath);
  const file = ledgerFile(config, storagePath);
  const lock = lockFile(file);
  try {
    const ledger = openSqliteLedger(file, clock);
    return {
      ...ledger,
      close: async () => {
        await ledger.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function proveWritable(folder: string): void {
  try {
    makeFolder(resolve(folder));
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LedgerError(`--storage.path ${folder} is not writable: ${reason}`, { cause: error });
  }
}

/**
 * Opens a copy of the ledger that is thrown away when it is closed, for commands that must not write the real one.
 * @throws LedgerError when there is one that cannot be read
 */
export function copyLedger(config: Config, storagePath: string, clock: Clock): Promise<Ledger> {
  return copySqliteLedger(ledgerFile(config, storagePath), clock);
}

import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import type { Config } from '../config/config.ts';
import { type Ledger, LedgerError } from '../ledger/ledger.ts';
import { lockFile } from '../ledger/sqlite/lock-file.ts';
import { openSqliteLedger } from '../ledger/sqlite/sqlite-ledger.ts';
import type { UnixSeconds } from '../model/time.ts';

/** The ledger's file: `sqlite:` with a path relative to the storage folder. */
export function ledgerFile(config: Config, storagePath: string): string {
  return resolve(storagePath, config.ledgerUrl.replace(/^sqlite:/, ''));
}

/**
 * Opens the ledger for writing, as the only one that does.
 * @throws LedgerError when the folder is not writable, another process writes the ledger, or it cannot be read
 */
export function openLedger(config: Config, storagePath: string, now: UnixSeconds): Ledger {
  proveWritable(storagePath);
  const file = ledgerFile(config, storagePath);
  const lock = lockFile(file);
  try {
    const ledger = openSqliteLedger(file, now);
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
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LedgerError(`--storage.path ${folder} is not writable: ${reason}`, { cause: error });
  }
}

/**
 * Opens a copy of the ledger that is thrown away when it is closed, for commands that must not write the real one;
 * an empty one where there is none. A running exporter does not hinder it.
 * @throws LedgerError when there is one that cannot be read
 */
export async function copyLedger(config: Config, storagePath: string, now: UnixSeconds): Promise<Ledger> {
  const folder = mkdtempSync(join(tmpdir(), 'datajobs-ledger-'));
  const copy = join(folder, 'copy.db');
  const file = ledgerFile(config, storagePath);
  try {
    const original = openReadOnly(file);
    if (original !== null) {
      await backup(original, copy);
      original.close();
    }
    const ledger = openSqliteLedger(copy, now);
    return {
      ...ledger,
      close: async () => {
        await ledger.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (error instanceof LedgerError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LedgerError(`ledger ${file} cannot be read: ${reason}`, { cause: error });
  }
}

/** null where there is no file. */
function openReadOnly(file: string): DatabaseSync | null {
  try {
    accessSync(file, constants.F_OK);
  } catch {
    return null;
  }
  return new DatabaseSync(file, { readOnly: true });
}

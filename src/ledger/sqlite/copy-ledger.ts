import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../model/clock.ts';
import { type Ledger, LedgerError } from '../ledger.ts';
import { openSqliteLedger } from './sqlite-ledger.ts';

/**
 * Opens a copy of a ledger file that is thrown away when it is closed; an empty ledger where there is no file. A
 * process that is writing the ledger does not hinder it.
 * @throws LedgerError when there is a file that cannot be read
 */
export async function copySqliteLedger(file: string, clock: Pick<Clock, 'now' | 'monotonic'>): Promise<Ledger> {
  const folder = mkdtempSync(join(tmpdir(), 'datajobs-ledger-'));
  const discard = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'copy.db');
    if (existsSync(file)) await copyDatabase(file, copy);
    const ledger = openSqliteLedger(copy, clock, file);
    return {
      ...ledger,
      close: async () => {
        await ledger.close();
        discard();
      },
    };
  } catch (error) {
    discard();
    if (error instanceof LedgerError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LedgerError(`ledger ${file} cannot be read: ${reason}`, { cause: error });
  }
}

async function copyDatabase(file: string, copy: string): Promise<void> {
  const original = new DatabaseSync(file, { readOnly: true });
  try {
    await backup(original, copy);
  } finally {
    original.close();
  }
}

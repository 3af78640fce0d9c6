import { realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LedgerError } from '../ledger.ts';
import { describeTrouble, isLocked } from './describe-trouble.ts';
import { makeFolder } from './make-folder.ts';

/** Held for as long as the process writes a ledger. The system lets go of it when the process ends, however it ends. */
export interface LockFile {
  release(): void;
}

/**
 * Takes the lock beside a ledger file. It is SQLite's own lock on an otherwise empty database: unlike a pid file it
 * cannot be left behind by a process that was killed. It stands where the ledger really is, whatever links lead there.
 *
 * @throws LedgerError naming the lock when another process holds it
 */
export function lockFile(ledger: string): LockFile {
  const file = lockOf(ledger);
  let database: DatabaseSync | null = null;
  try {
    writeFileSync(file, '', { flag: 'a' });
    database = new DatabaseSync(file);
    database.exec('PRAGMA busy_timeout=0; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    const reason = isLocked(error)
      ? 'another exporter is writing this ledger; stop it, or give this one its own --storage.path'
      : describeTrouble(error, 'check the permissions of its folder');
    throw new LedgerError(`cannot lock ${file}: ${reason}`, { cause: error });
  }
  const held = database;
  return { release: () => held.close() };
}

/** @throws LedgerError when the ledger's folder cannot be made */
function lockOf(ledger: string): string {
  try {
    makeFolder(dirname(ledger));
  } catch (error) {
    const trouble = describeTrouble(error, 'check the permissions of the folders above it');
    throw new LedgerError(`the folder of ledger ${ledger} cannot be made: ${trouble}`, { cause: error });
  }
  return `${realPath(ledger)}.lock`;
}

/** The path of a file that is there or will be, without symbolic links. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return join(realpathSync(dirname(file)), basename(file));
  }
}

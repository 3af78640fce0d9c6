import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LedgerError } from '../ledger.ts';

/** Held for as long as the process writes a ledger. The system lets go of it when the process ends, however it ends. */
export interface LockFile {
  release(): void;
}

/**
 * Takes the lock beside a ledger file. It is SQLite's own lock on an otherwise empty database: unlike a pid file it
 * cannot be left behind by a process that was killed.
 *
 * @throws LedgerError naming the lock when another process holds it
 */
export function lockFile(ledger: string): LockFile {
  const file = `${ledger}.lock`;
  mkdirSync(dirname(file), { recursive: true });
  let database: DatabaseSync | null = null;
  try {
    writeFileSync(file, '', { flag: 'a' });
    database = new DatabaseSync(file);
    database.exec('PRAGMA busy_timeout=0; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    const isLocked = error instanceof Error && /locked|busy/i.test(error.message);
    const reason = isLocked
      ? 'another exporter is writing this ledger; stop it, or give this one its own --storage.path'
      : `${error instanceof Error ? error.message : String(error)}; check the permissions of its folder`;
    throw new LedgerError(`cannot lock ${file}: ${reason}`, { cause: error });
  }
  const held = database;
  return { release: () => held.close() };
}

/** The embedded ledger's storage, on Node's own SQLite. */
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { UnixSeconds } from '../../model/time.ts';
import { LeaseLost, LedgerError, type TargetIdentity } from '../ledger.ts';
import type { LedgerStorage, StoredTarget } from '../storage.ts';
import { describeTrouble } from './describe-trouble.ts';
import { createInterner } from './interner.ts';
import { openDatabase, toOpenError } from './open-database.ts';
import { prepareStatements } from './statements.ts';
import { createStoredTarget } from './stored-target.ts';

/**
 * Opens the storage in a file; `:memory:` is one that is gone when it is closed. It holds every target that is asked
 * for: one process alone writes a file. Where a second one opens it all the same, the first loses the ledger.
 * @param now when the ledger is opened: the birth of a new one
 * @param name names the file in errors: a copy goes by the name of what it was made of
 * @throws LedgerError when the file cannot be used
 */
export function openSqliteStorage(file: string, now: UnixSeconds, name = file): LedgerStorage {
  const { database, id, createdAt, writerEpoch, runCount: runsAtStart } = openDatabase(file, now, name);
  const statements = prepareStatements(database);
  const files = openFiles(file);
  const lost = new AbortController();
  const intern = createInterner();
  /** Ends the handles of targets, by id. */
  const handles = new Map<string, AbortController>();
  let runCount = runsAtStart;

  /** Finds what keeps a write from being there at the next start, or from being the only one. @throws what SQLite throws */
  const findTrouble = (): LedgerError | null => {
    if (lost.signal.aborted) return lost.signal.reason as LeaseLost;
    if ((statements.writerEpoch.get() as { value: string }).value !== writerEpoch) {
      const error = new LeaseLost(
        `ledger ${file} is written by another exporter that was started later: this one stops, so that nothing is ` +
          'counted twice or lost; give one of them its own --storage.path, and leave the .lock file alone',
      );
      lost.abort(error);
      return error;
    }
    if (openFiles(file) === files) return null;
    return new LedgerError(
      `ledger ${file} was deleted, moved or replaced while this exporter was running; put it back, or restart to go ` +
        'on with what is there (a new ledger if nothing is: counting then begins anew from a new baseline)',
    );
  };
  const transact = (work: () => number): void => {
    try {
      database.exec('BEGIN IMMEDIATE');
      const trouble = findTrouble();
      if (trouble !== null) throw trouble;
      const grown = work();
      database.exec('COMMIT');
      runCount += grown;
    } catch (error) {
      if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
      if (error instanceof LedgerError) throw error;
      const trouble = describeTrouble(error, 'check disk space and permissions');
      throw new LedgerError(`ledger ${file} cannot be written: ${trouble}`, { cause: error });
    }
  };
  const open = (identity: TargetIdentity): StoredTarget => {
    transact(() => adopt(database, identity));
    handles.get(identity.id)?.abort(new LeaseLost(`target ${identity.id} was opened again by this exporter`));
    const { number: target } = statements.target.get(identity.id) as { number: number };
    const handle = new AbortController();
    handles.set(identity.id, handle);
    const signal = AbortSignal.any([lost.signal, handle.signal]);
    return createStoredTarget({ statements, target, now, lost: signal, intern, transact });
  };

  return {
    id,
    createdAt,
    lost: lost.signal,
    open: async (identity) => {
      try {
        return open(identity);
      } catch (error) {
        throw toOpenError(error, name);
      }
    },
    check: async () => {
      try {
        return findTrouble();
      } catch {
        // A lock, say: the next write will report it.
        return null;
      }
    },
    runCount: () => runCount,
    close: async () => database.close(),
  };
}

/**
 * Names the files of the ledger and its log: another text once one of them is gone or another. A process that
 * has them open would go on writing to what nobody will find, and SQLite does not say so while it keeps a log.
 */
function openFiles(file: string): string {
  if (file === ':memory:') return '';
  const identify = (path: string): string => {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? 'none' : `${found.dev}:${found.ino}`;
  };
  return [file, `${file}-wal`].map(identify).join(' ');
}

/**
 * Makes a target known under its id: a new one, one that was renamed, or one that is to begin anew.
 * @returns by how many runs the ledger has grown: 0, or fewer where they were forgotten
 */
function adopt(database: DatabaseSync, { id, previousIds, fingerprint, reset }: TargetIdentity): number {
  const find = database.prepare('SELECT fingerprint FROM targets WHERE id = ?');
  const previous = previousIds.find((candidate) => find.get(candidate) !== undefined);
  if (find.get(id) === undefined && previous !== undefined) {
    database.prepare('UPDATE targets SET id = ? WHERE id = ?').run(id, previous);
  }
  const known = find.get(id) as { fingerprint: string } | undefined;
  let grown = 0;
  if (known !== undefined && known.fingerprint !== fingerprint) {
    if (!reset) {
      throw new LedgerError(
        `the ledger knows target ${id} as ${known.fingerprint}, the configuration says ${fingerprint}; ` +
          'give the target another id, or set "reset: true" once to forget what was counted',
      );
    }
    grown = -(
      database
        .prepare('SELECT count(*) AS count FROM runs JOIN targets ON targets.number = target WHERE targets.id = ?')
        .get(id) as { count: number }
    ).count;
    database.prepare('DELETE FROM targets WHERE id = ?').run(id);
  }
  database.prepare('INSERT INTO targets (id, fingerprint) VALUES (?, ?) ON CONFLICT DO NOTHING').run(id, fingerprint);
  return grown;
}

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { at } from '../../../test/support/builders.ts';
import { LedgerError } from '../ledger.ts';
import { copySqliteLedger } from './copy-ledger.ts';
import { lockFile } from './lock-file.ts';
import { openDatabase } from './open-database.ts';
import { openSqliteLedger } from './sqlite-ledger.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datajobs-test-'));
  file = join(folder, 'ledger.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What opening the file was refused with. */
function refusal(): string {
  try {
    openDatabase(file, at(0)).database.close();
  } catch (error) {
    if (error instanceof LedgerError) return error.message;
    throw error;
  }
  throw new Error('the file was not refused');
}

function sqlite(statement: string): void {
  const database = new DatabaseSync(file);
  database.exec(statement);
  database.close();
}

describe('openDatabase', () => {
  it('makes a ledger where there is none, and finds the same one again', () => {
    const first = openDatabase(file, at(0));
    first.database.close();

    const second = openDatabase(file, at(3600));
    second.database.close();

    expect(second.id).toMatch(/^[\da-f-]{36}$/);
    expect({ id: second.id, createdAt: second.createdAt }).toEqual({ id: first.id, createdAt: at(0) });
  });

  it('makes a commit durable before it returns', () => {
    const { database } = openDatabase(file, at(0));

    const pragmas = ['journal_mode', 'synchronous'].map((name) => database.prepare(`PRAGMA ${name}`).get());
    database.close();

    expect(pragmas).toEqual([{ journal_mode: 'wal' }, { synchronous: 2 }]);
  });

  it('begins a new ledger in a file that was being made when its process was killed', () => {
    writeFileSync(file, '');

    const { createdAt, database } = openDatabase(file, at(5));
    database.close();

    expect(createdAt).toBe(at(5));
  });

  it('refuses a ledger of a newer schema and leaves it as it is', () => {
    openDatabase(file, at(0)).database.close();
    sqlite("UPDATE meta SET value = '3' WHERE key = 'schema_version'");
    const before = readFileSync(file);

    const message = refusal();

    expect(message).toBe(`ledger ${file} has schema version 3, this program knows up to 2: run a newer release`);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(['ledger.db']);
  });

  it('refuses a ledger of before the first release and leaves it as it is', () => {
    openDatabase(file, at(0)).database.close();
    sqlite("UPDATE meta SET value = '1' WHERE key = 'schema_version'");
    const before = readFileSync(file);

    const message = refusal();

    expect(message).toContain(`ledger ${file} is of a time before the first release; move it away`);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('refuses a file that is no database, says what to do, and leaves it untouched', () => {
    const text = 'these are not the pages of a database, whatever their length may be\n'.repeat(100);
    writeFileSync(file, text);

    const message = refusal();

    expect(message).toContain(file);
    expect(message).toContain('move it away to begin a new ledger');
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(readdirSync(folder)).toEqual(['ledger.db']);
  });

  it("refuses another program's database and leaves it untouched", () => {
    sqlite('CREATE TABLE customers (name TEXT)');
    const before = readFileSync(file);

    const message = refusal();

    expect(message).toContain('move it away to begin a new ledger');
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(['ledger.db']);
  });

  it('refuses a ledger that lost its version', () => {
    openDatabase(file, at(0)).database.close();
    sqlite('DELETE FROM meta');

    const message = refusal();

    expect(message).toContain(`ledger ${file} is damaged or not a ledger; move it away`);
  });

  it('opens a copy that was made while it was in use', async () => {
    const { database, id } = openDatabase(file, at(0));
    await backup(database, join(folder, 'copy.db'));
    database.close();

    const copy = openDatabase(join(folder, 'copy.db'), at(60));
    copy.database.close();

    expect(copy.id).toBe(id);
  });
});

describe('copySqliteLedger', () => {
  it('refuses under the name of the ledger, not of the copy that it made', async () => {
    openDatabase(file, at(0)).database.close();
    sqlite("UPDATE meta SET value = '3' WHERE key = 'schema_version'");

    const copied = copySqliteLedger(file, at(0));

    await expect(copied).rejects.toThrow(
      new LedgerError(`ledger ${file} has schema version 3, this program knows up to 2: run a newer release`),
    );
  });
});

describe('lockFile', () => {
  it('refuses a second writer, naming the lock, until the first lets go', () => {
    const first = lockFile(file);

    expect(() => lockFile(file)).toThrow(
      new LedgerError(
        `cannot lock ${file}.lock: another exporter is writing this ledger; stop it, or give this one its own --storage.path`,
      ),
    );
    first.release();

    lockFile(file).release();
  });

  it('does not touch the ledger itself', () => {
    lockFile(file).release();

    expect(existsSync(file)).toBe(false);
  });
});

/** Overwrites the pages of a table and of its indexes. */
function damage(table: string): void {
  const database = new DatabaseSync(file, { readOnly: true });
  const { page_size: size } = database.prepare('PRAGMA page_size').get() as { page_size: number };
  const roots = database.prepare('SELECT rootpage FROM sqlite_schema WHERE tbl_name = ?').all(table);
  database.close();
  const bytes = readFileSync(file);
  for (const { rootpage } of roots as { rootpage: number }[]) bytes.fill(0xff, (rootpage - 1) * size, rootpage * size);
  writeFileSync(file, bytes);
}

describe('openSqliteLedger', () => {
  it.each(['runs', 'jobs', 'totals'])('says in one line what to do when the pages of %s are damaged', async (table) => {
    await openSqliteLedger(file, at(0)).close();
    damage(table);

    const opened = (async () => {
      const ledger = openSqliteLedger(file, at(0));
      try {
        await ledger.open({ id: 'acme', previousIds: [], fingerprint: 'f', reset: false });
      } finally {
        await ledger.close();
      }
    })();

    await expect(opened).rejects.toThrow(
      new LedgerError(
        `ledger ${file} cannot be opened: database disk image is malformed; check its permissions, or move it away ` +
          'to begin a new ledger (counting then begins anew from a new baseline), or restore a copy',
      ),
    );
  });

  it('says what to do when the ledger cannot be written', async () => {
    const ledger = openSqliteLedger(file, at(0));
    await ledger.close();

    const opened = ledger.open({ id: 'acme', previousIds: [], fingerprint: 'f', reset: false });

    await expect(opened).rejects.toThrow(
      new LedgerError(`ledger ${file} cannot be written: database is not open; check disk space and permissions`),
    );
  });
});

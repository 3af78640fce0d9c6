import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { at } from '../../../test/support/builders.ts';
import { createSettableClock } from '../../../test/support/manual-clock.ts';
import { LedgerError } from '../ledger.ts';
import { copySqliteLedger } from './copy-ledger.ts';
import { lockFile } from './lock-file.ts';
import { makeFolder } from './make-folder.ts';
import { openDatabase, toOpenError } from './open-database.ts';
import { runHash } from './run-hash.ts';
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
    sqlite("UPDATE meta SET value = '4' WHERE key = 'schema_version'");
    const before = readFileSync(file);

    const message = refusal();

    expect(message).toBe(`ledger ${file} has schema version 4, this program knows up to 3: run a newer release`);
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

describe('toOpenError', () => {
  it.each([
    ['SQLite', Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 })],
    ['the system', Object.assign(new Error('ENOSPC: no space left on device, mkdir'), { code: 'ENOSPC' })],
  ])('never has anybody move a ledger away because %s says that the disk is full', (_who, error) => {
    const { message } = toOpenError(error, 'acme.db');

    expect(message).toBe(
      `ledger acme.db cannot be opened: ${error.message}; ` +
        'the disk is full, and the ledger unharmed: make room on it, and leave the ledger where it is',
    );
  });

  it.each([
    ['a lock', 'database is locked', 261, 'another program holds its lock'],
    ['a disk', 'disk I/O error', 778, 'check the disk and the room that is left on it'],
    ['permissions', 'attempt to write a readonly database', 1032, 'check its permissions and those of its folder'],
    ['permissions', 'unable to open database file', 14, 'check its permissions and those of its folder'],
    ['damage', 'file is not a database', 26, 'move it away to begin a new ledger'],
  ])('says what to do about %s: %s', (_what, reason, errcode, advice) => {
    const { message } = toOpenError(Object.assign(new Error(reason), { errcode }), 'acme.db');

    expect(message).toContain(`ledger acme.db cannot be opened: ${reason}; ${advice}`);
  });
});

describe('makeFolder', () => {
  it('makes a folder and those above it, once', () => {
    const deep = join(folder, 'a', 'b', 'c');

    makeFolder(deep);
    makeFolder(deep);

    expect(statSync(deep).isDirectory()).toBe(true);
  });

  it('gives up where a file system does not let one make folders', () => {
    expect(() => makeFolder('/proc/datajobs/data')).toThrow(/ENOENT|EACCES|EPERM/);
  });

  it('gives up where a file stands in the way', () => {
    writeFileSync(file, '');

    expect(() => makeFolder(join(file, 'data'))).toThrow(/ENOTDIR|EEXIST/);
  });
});

describe('a ledger of schema version 2', () => {
  it('is upgraded, and all that it holds is there', async () => {
    await openSqliteLedger(file, createSettableClock()).close();
    const runs = [
      ['live', "'live'", 'NULL', "'executing'", 'NULL', 'NULL', 'NULL'],
      ['hidden', "'live'", 'NULL', "'unknown'", 'NULL', 'NULL', `'{"hidden":true}'`],
      ['gone', "'live'", 'NULL', "'unknown'", 'NULL', 'NULL', `'{"goneAt":5,"hidden":true}'`],
      ['reopened', "'finished'", "'counted'", "'executing'", "'success'", '7', 'NULL'],
      ['finished', "'finished'", "'counted'", 'NULL', "'failure'", '8', `'{"missing":true}'`],
    ].map(
      ([id = '', phase, disposition, state, result, ended, extra]) =>
        `(1, '${id}', ${runHash(id)}, 1, 1, ${phase}, ${disposition}, ${state}, ${result}, 'X', NULL, NULL, ${ended}, 1, 1, 1, ${extra})`,
    );
    sqlite(`
      ALTER TABLE pending_details RENAME TO owed; ALTER TABLE reported RENAME TO noted;
      INSERT INTO targets VALUES (1, 'acme', 'f');
      INSERT INTO scopes VALUES (1, 1, 'account', '{"key":"account","watermark":1795338000.123456,"sweeps":[1,2.5]}');
      INSERT INTO jobs VALUES (1, 1, 'a', '{"key":"a","standing":"folded"}'), (2, 1, 'b', '{"key":"b","standing":"retired"}'),
        (3, 1, 'c', '{"key":"c","standing":"shown"}');
      INSERT INTO owed VALUES (1, 'steps r1', '{"run":"r1","detail":"steps"}');
      INSERT INTO noted VALUES (1, 'rejected schema x', 1795338000);
      INSERT INTO runs (target, id, hash, job, scope, phase, disposition, state, result, vendor_state, created, started,
        ended, recorded, changed, listed, extra) VALUES ${runs.join(', ')};
      UPDATE meta SET value = '2' WHERE key = 'schema_version'`);

    const ledger = openSqliteLedger(file, createSettableClock());
    const target = (await ledger.open({ id: 'acme', previousIds: [], fingerprint: 'f', reset: false }))!;
    const known = await target.known(['live', 'hidden', 'gone', 'reopened', 'finished']);

    const { scopes, jobs, live, pendingDetails, reported } = target.state;
    expect(scopes.get('account')).toMatchObject({ watermark: 1795338000.123456, fullSyncs: [1, 2.5] });
    expect([...jobs.values()].map(({ standing }) => standing)).toEqual(['overflow', 'expired', 'shown']);
    expect([...pendingDetails.keys()]).toEqual(['steps r1']);
    expect([...reported]).toEqual(['rejected schema x']);
    expect([...live.keys()].toSorted()).toEqual(['gone', 'hidden', 'live', 'reopened']);
    const lives = Object.fromEntries([...known].map(([id, { life }]) => [id, life]));
    expect(lives).toMatchObject({
      live: { phase: 'live', state: 'executing', ending: null },
      hidden: { phase: 'hidden', ending: null },
      gone: { phase: 'gone', goneAt: 5, ending: null },
      reopened: { phase: 'live', ending: { disposition: 'counted', result: 'success', endedAt: 7 } },
      finished: { phase: 'finished', ending: { result: 'failure', endedAt: 8 }, isMissing: true },
    });
    await ledger.close();
  });
});

describe('copySqliteLedger', () => {
  it('refuses under the name of the ledger, not of the copy that it made', async () => {
    openDatabase(file, at(0)).database.close();
    sqlite("UPDATE meta SET value = '4' WHERE key = 'schema_version'");

    const copied = copySqliteLedger(file, createSettableClock());

    await expect(copied).rejects.toThrow(
      new LedgerError(`ledger ${file} has schema version 4, this program knows up to 3: run a newer release`),
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

  it.each([
    ['file', () => symlinkSync(file, join(folder, 'link.db'))],
    ['folder', () => symlinkSync(folder, join(folder, 'link'))],
  ])('refuses a second writer that comes by a link to the %s', async (what, link) => {
    await openSqliteLedger(file, createSettableClock()).close();
    link();
    const first = lockFile(file);

    const second = (): unknown =>
      lockFile(what === 'file' ? join(folder, 'link.db') : join(folder, 'link', 'ledger.db'));

    expect(second).toThrow(`cannot lock ${file}.lock: another exporter is writing this ledger`);
    first.release();
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
    await openSqliteLedger(file, createSettableClock()).close();
    damage(table);

    const opened = (async () => {
      const ledger = openSqliteLedger(file, createSettableClock());
      try {
        await ledger.open({ id: 'acme', previousIds: [], fingerprint: 'f', reset: false });
      } finally {
        await ledger.close();
      }
    })();

    await expect(opened).rejects.toThrow(
      new LedgerError(
        `ledger ${file} cannot be opened: database disk image is malformed; move it away ` +
          'to begin a new ledger (counting then begins anew from a new baseline), or restore a copy',
      ),
    );
  });

  it('says what to do when the ledger cannot be written', async () => {
    const ledger = openSqliteLedger(file, createSettableClock());
    await ledger.close();

    const opened = ledger.open({ id: 'acme', previousIds: [], fingerprint: 'f', reset: false });

    await expect(opened).rejects.toThrow(
      new LedgerError(`ledger ${file} cannot be written: database is not open; check disk space and permissions`),
    );
  });
});

import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type UnixSeconds, unixSeconds } from '../../model/time.ts';
import { LedgerError } from '../ledger.ts';
import { describeTrouble, REMEDY } from './describe-trouble.ts';
import { makeFolder } from './make-folder.ts';
import { SCHEMA, SCHEMA_VERSION, UPGRADE_FROM_2 } from './schema.ts';

/**
 * Durable commits, in WAL mode too. The cache holds the upper pages of the index of a million runs; the log is copied
 * into the file every 16 MB rather than every 4, since the same pages change again and again (docs/performance.md).
 */
const PRAGMAS = `PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;
  PRAGMA cache_size=-8000; PRAGMA wal_autocheckpoint=4000`;

/** Longest wait of the start for another program's lock; there is nothing else to do then. */
const START_PATIENCE_MS = 5000;
/** The same for a commit, which keeps all else waiting too: scrapes, and the polls of other targets. */
const COMMIT_PATIENCE_MS = 50;

/** A ledger file that is open, and what it says of itself. */
export interface OpenDatabase {
  readonly database: DatabaseSync;
  readonly id: string;
  readonly createdAt: UnixSeconds;
  /** Grows by one whenever a writer opens the file: while it is what it was, there is no other. */
  readonly writerEpoch: string;
  /** Runs that it holds. */
  readonly runCount: number;
}

/**
 * Opens a ledger file, or makes a new one where there is none. Never replaces one that it cannot read.
 *
 * `synchronous=FULL` makes a commit durable before it returns, in WAL mode too.
 * @param name what refusals call the file
 * @throws LedgerError with that name and what to do
 * @see https://www.sqlite.org/pragma.html#pragma_synchronous (read 2026-11-22)
 */
export function openDatabase(file: string, now: UnixSeconds, name = file): OpenDatabase {
  let database: DatabaseSync | null = null;
  try {
    if (file !== ':memory:') makeFolder(dirname(file));
    database = new DatabaseSync(file);
    database.exec(`PRAGMA busy_timeout=${START_PATIENCE_MS}`);
    // A process that was killed while it made the file leaves it without tables.
    const isNew = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
    // Setting the journal mode writes to the file, which must be ours for that.
    if (!isNew) checkVersion(readMeta(database), name);
    database.exec(PRAGMAS);
    if (isNew) create(database, now);
    else upgrade(database, name);
    const epoch = database
      .prepare("UPDATE meta SET value = value + 1 WHERE key = 'writer_epoch' RETURNING value")
      .get();
    const meta = readMeta(database);
    const { runCount } = database.prepare('SELECT count(*) AS runCount FROM runs').get() as { runCount: number };
    database.exec(`PRAGMA busy_timeout=${COMMIT_PATIENCE_MS}`);
    return {
      database,
      id: meta.get('id') ?? '',
      createdAt: unixSeconds(Number(meta.get('created'))),
      writerEpoch: (epoch as { value: string }).value,
      runCount,
    };
  } catch (error) {
    database?.close();
    throw toOpenError(error, name);
  }
}

/** The error of a ledger file that cannot be used, with its remedy: no permission, no database, damaged pages. */
export function toOpenError(error: unknown, name: string): LedgerError {
  if (error instanceof LedgerError) return error;
  const trouble = describeTrouble(error, `check its permissions, or ${REMEDY}`);
  return new LedgerError(`ledger ${name} cannot be opened: ${trouble}`, { cause: error });
}

function create(database: DatabaseSync, now: UnixSeconds): void {
  database.exec('BEGIN IMMEDIATE');
  database.exec(SCHEMA);
  const insert = database.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
  insert.run('schema_version', String(SCHEMA_VERSION));
  insert.run('id', randomUUID());
  insert.run('created', String(now));
  insert.run('writer_epoch', '0');
  database.exec('COMMIT');
}

/** Brings a ledger to the present version, as a whole: another process that upgrades it at the same time waits. */
function upgrade(database: DatabaseSync, name: string): void {
  database.exec('BEGIN IMMEDIATE');
  if (checkVersion(readMeta(database), name) < SCHEMA_VERSION) database.exec(UPGRADE_FROM_2);
  database.exec('COMMIT');
}

function readMeta(database: DatabaseSync): ReadonlyMap<string, string> {
  const rows = database.prepare('SELECT key, value FROM meta').all() as unknown as { key: string; value: string }[];
  return new Map(rows.map(({ key, value }) => [key, value]));
}

/** @returns the version, which this program can read. @throws LedgerError for any other */
function checkVersion(meta: ReadonlyMap<string, string>, name: string): number {
  const version = Number(meta.get('schema_version'));
  if (version > SCHEMA_VERSION) {
    throw new LedgerError(
      `ledger ${name} has schema version ${version}, this program knows up to ${SCHEMA_VERSION}: run a newer release`,
    );
  }
  if (version === 1) throw new LedgerError(`ledger ${name} is of a time before the first release; ${REMEDY}`);
  if (!(version > 1)) throw new LedgerError(`ledger ${name} is damaged or not a ledger; ${REMEDY}`);
  return version;
}

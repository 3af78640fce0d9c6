/** The embedded ledger, on Node's own SQLite. */
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { type UnixSeconds, unixSeconds } from '../../model/time.ts';
import { type Ledger, LedgerError, type TargetIdentity } from '../ledger.ts';
import {
  type Change,
  type JobRecord,
  newScope,
  type OwedRecord,
  owedKey,
  type RunRecord,
  type ScopeRecord,
  seriesKey,
} from '../records.ts';
import { emptyState, type TargetState } from '../target-state.ts';
import { describeTrouble } from './describe-trouble.ts';
import { createInterner } from './interner.ts';
import { openDatabase, toOpenError } from './open-database.ts';
import { createRecentRecords, type RecentRecords } from './recent-records.ts';
import { runHash } from './run-hash.ts';
import { type RunRow, toExtra, toRunRecord, toTotalRecords, toTotalsDocument } from './rows.ts';

/** How long it is remembered that something was told once; far longer than any vendor goes on listing a record. */
const NOTED_RETENTION_SECONDS = 90 * 86_400;

/** Runs looked up between two turns of the event loop. */
const KNOWN_AT_ONCE = 1000;

const RUN_COLUMNS = `runs.id, jobs.key AS job, scopes.key AS scope, phase, disposition, state, result, vendor_state,
  created, started, ended, recorded, changed, extra`;
const RUNS = `runs JOIN jobs ON jobs.number = runs.job JOIN scopes ON scopes.number = runs.scope`;

/** Numbers that stand for keys in the rows of one target. */
interface Numbers {
  readonly target: number;
  readonly jobs: Map<string, number>;
  readonly scopes: Map<string, number>;
}

/** What is at hand of a target that was opened. */
interface Opened extends Numbers {
  readonly recent: RecentRecords;
}

/**
 * Opens the ledger in a file; `:memory:` is one that is gone when it is closed.
 * @param name what refusals call the file: a copy goes by the name of what it was made of
 * @throws LedgerError when the file cannot be used
 */
export function openSqliteLedger(file: string, now: UnixSeconds, name = file): Ledger {
  const { database, id, createdAt, writerEpoch, runCount: runsAtStart } = openDatabase(file, now, name);
  const statements = prepare(database);
  const files = openFiles(file);
  const lost = new AbortController();
  const numbers = new Map<string, Opened>();
  const intern = createInterner();
  let runCount = runsAtStart;

  const numbersOf = (target: string): Opened => {
    const found = numbers.get(target);
    if (found === undefined) throw new LedgerError(`target ${target} was not opened`);
    return found;
  };
  /** What keeps a write from being there at the next start, or from being the only one. @throws what SQLite says */
  const findTrouble = (): LedgerError | null => {
    if (lost.signal.aborted) return lost.signal.reason as LedgerError;
    if ((statements.writerEpoch.get() as { value: string }).value !== writerEpoch) {
      const error = new LedgerError(
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

  const open = (identity: TargetIdentity): TargetState => {
    transact(() => adopt(database, identity));
    const { number } = statements.target.get(identity.id) as { number: number };
    const state = emptyState();
    const own: Opened = { target: number, jobs: new Map(), scopes: new Map(), recent: createRecentRecords() };
    for (const row of rows<{ number: number; key: string; document: string }>(statements.scopes.all(number))) {
      own.scopes.set(row.key, row.number);
      state.scopes.set(row.key, { ...newScope(row.key), ...(JSON.parse(row.document) as Partial<ScopeRecord>) });
    }
    for (const row of rows<{ number: number; key: string; document: string }>(statements.jobs.all(number))) {
      own.jobs.set(row.key, row.number);
      state.jobs.set(row.key, { historyUntil: null, ...(JSON.parse(row.document) as Omit<JobRecord, 'historyUntil'>) });
    }
    for (const row of rows<RunRow>(statements.held.all(number))) state.live.set(row.id, toRunRecord(row, intern));
    for (const row of rows<{ document: string }>(statements.owed.all(number))) {
      const owed = JSON.parse(row.document) as OwedRecord;
      state.owed.set(owedKey(owed), owed);
    }
    statements.forgetNoted.run(number, now - NOTED_RETENTION_SECONDS);
    for (const row of rows<{ key: string }>(statements.noted.all(number))) state.noted.add(row.key);
    for (const { owner, document } of rows<{ owner: string; document: string }>(statements.totals.all(number))) {
      const totals = toTotalRecords(owner, document);
      state.totals.set(owner, new Map(totals.map((total) => [seriesKey(total.metric, total.labels), total])));
    }
    numbers.set(identity.id, own);
    return state;
  };

  const write = (own: Numbers, news: Numbers, change: Change): number => {
    let grown = 0;
    for (const scope of change.scopes) {
      const { number } = statements.putScope.get(own.target, scope.key, JSON.stringify(scope)) as { number: number };
      news.scopes.set(scope.key, number);
    }
    for (const job of change.jobs) {
      const { number } = statements.putJob.get(own.target, job.key, JSON.stringify(job)) as { number: number };
      news.jobs.set(job.key, number);
    }
    const counted = new Set(change.counted);
    if (counted.size < change.counted.length) throw countedTwice(change.counted);
    for (const run of change.runs) {
      const job = news.jobs.get(run.job) ?? own.jobs.get(run.job);
      const scope = news.scopes.get(run.scope) ?? own.scopes.get(run.scope);
      if (job === undefined || scope === undefined) throw new Error(`run ${run.id} has no job or scope`);
      grown += putRun(statements, { target: own.target, job, scope }, run, counted.delete(run.id));
    }
    if (counted.size > 0) throw new Error(`run ${[...counted][0]} is to be counted and not recorded`);
    for (const [owner, totals] of Map.groupBy(change.totals, (total) => total.owner)) {
      statements.putTotals.run(own.target, owner, toTotalsDocument(totals));
    }
    for (const owed of change.owed) statements.putOwed.run(own.target, owedKey(owed), JSON.stringify(owed));
    for (const key of change.settled) statements.settle.run(own.target, key);
    for (const key of change.noted) statements.note.run(own.target, key, now);
    if (change.swept !== null) {
      const { at, ids } = change.swept;
      statements.sweep.run(at, at, JSON.stringify(ids), own.target);
    }
    if (change.pruned !== null) {
      const { scope, before } = change.pruned;
      grown -= Number(statements.prune.run(own.target, own.scopes.get(scope) ?? -1, before, before).changes);
    }
    return grown;
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
    known: async (target, ids) => {
      const own = numbersOf(target);
      const found = new Map<string, RunRecord>();
      const others: string[] = [];
      for (const id of ids) {
        const record = own.recent.get(id);
        if (record === undefined) others.push(id);
        else found.set(id, record);
      }
      for (let start = 0; start < others.length; start += KNOWN_AT_ONCE) {
        // A list of many thousands must not keep a scrape waiting.
        if (start > 0) await setImmediate();
        const some = JSON.stringify(others.slice(start, start + KNOWN_AT_ONCE));
        for (const row of rows<RunRow>(statements.known.all(some, own.target))) {
          const record = toRunRecord(row, intern);
          found.set(row.id, record);
          own.recent.put(record);
        }
      }
      return found;
    },
    expected: async (target, scope, from, to) => {
      const own = numbersOf(target);
      const found = statements.expected.all(own.target, own.scopes.get(scope) ?? -1, from, to, from, from);
      return rows<{ id: string }>(found).map(({ id }) => id);
    },
    latestPrunable: async (target, { scope, before }) => {
      const own = numbersOf(target);
      const found = statements.latestPrunable.get(own.target, own.scopes.get(scope) ?? -1, before, before);
      const { latest } = found as { latest: number | null };
      return latest === null ? null : unixSeconds(latest);
    },
    commit: async (target, change) => {
      const own = numbersOf(target);
      const news: Numbers = { target: own.target, jobs: new Map(), scopes: new Map() };
      transact(() => write(own, news, change));
      // Only now: numbers that were rolled back may be given to others.
      for (const [key, number] of news.scopes) own.scopes.set(key, number);
      for (const [key, number] of news.jobs) own.jobs.set(key, number);
      for (const run of change.runs) own.recent.put(run);
      if (change.pruned !== null) own.recent.clear();
    },
    trouble: () => {
      try {
        return findTrouble();
      } catch {
        // A lock, say: whoever writes next will be told.
        return null;
      }
    },
    runCount: () => runCount,
    close: async () => database.close(),
  };
}

/**
 * Which files stand where the ledger and its log are; another text once one of them is gone or another. A process that
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

/** node:sqlite gives rows as records of values; the shape is what the statement selects. */
function rows<Row>(found: unknown[]): Row[] {
  return found as Row[];
}

/** Makes a target known under its id: a new one, one that was renamed, or one that is to begin anew. */
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

/**
 * Adds a run or replaces it. It is looked for first: no constraint keeps a run from being there twice, but this
 * transaction is the only writer.
 * @param isCounted whether the change adds it to the totals
 * @returns 1 for a run that the ledger did not have, else 0
 * @throws LedgerError when it would be counted a second time
 */
function putRun(
  statements: ReturnType<typeof prepare>,
  of: { readonly target: number; readonly job: number; readonly scope: number },
  run: RunRecord,
  isCounted: boolean,
): number {
  const { id, phase, disposition, state, result, vendorState, createdAt, startedAt, endedAt, recordedAt, changedAt } =
    run;
  const columns = [
    of.job,
    of.scope,
    phase,
    disposition,
    state,
    result,
    vendorState,
    createdAt,
    startedAt,
    endedAt,
  ] as const;
  const extra = toExtra(run);
  const hash = runHash(id);
  const found = statements.findRun.get(of.target, hash, id) as
    { number: number; disposition: string | null } | undefined;
  if (isCounted && found?.disposition === 'counted') throw countedTwice([id]);
  if (found === undefined) {
    statements.insertRun.run(of.target, id, hash, ...columns, recordedAt, changedAt, changedAt, extra);
    return 1;
  }
  statements.updateRun.run(...columns, changedAt, changedAt, extra, found.number);
  return 0;
}

/** What should never be, as whoever reconciles knows what was counted: the last thing that keeps a total right. */
function countedTwice(ids: readonly string[]): LedgerError {
  const id = ids.find((candidate, index) => ids.indexOf(candidate) < index) ?? ids[0];
  return new LedgerError(`run ${id} is counted already: what would count it again is not written; please report this`);
}

function prepare(database: DatabaseSync) {
  database.function('run_hash', { deterministic: true }, (id) => runHash(String(id)));
  const sql = (text: string) => database.prepare(text);
  return {
    writerEpoch: sql("SELECT value FROM meta WHERE key = 'writer_epoch'"),
    target: sql('SELECT number FROM targets WHERE id = ?'),
    scopes: sql('SELECT number, key, document FROM scopes WHERE target = ?'),
    jobs: sql('SELECT number, key, document FROM jobs WHERE target = ?'),
    totals: sql('SELECT owner, document FROM totals WHERE target = ?'),
    held: sql(`SELECT ${RUN_COLUMNS} FROM ${RUNS} WHERE runs.target = ? AND state IS NOT NULL`),
    owed: sql('SELECT document FROM owed WHERE target = ?'),
    noted: sql('SELECT key FROM noted WHERE target = ?'),
    forgetNoted: sql('DELETE FROM noted WHERE target = ? AND at < ?'),
    known: sql(
      `SELECT ${RUN_COLUMNS} FROM json_each(?) AS asked CROSS JOIN ${RUNS}
       WHERE hash = run_hash(asked.value) AND runs.target = ? AND runs.id = asked.value`,
    ),
    expected: sql(
      `SELECT id FROM runs WHERE target = ? AND scope = ? AND ended >= ? AND ended <= ? AND started >= ?
       AND (created IS NULL OR created >= ?) AND phase = 'finished' AND state IS NULL AND coalesce(extra, '') NOT LIKE '%"missing"%'`,
    ),
    latestPrunable: sql(
      `SELECT max(ended) AS latest FROM runs WHERE target = ? AND scope = ? AND ended < ? AND listed < ? AND state IS NULL`,
    ),
    prune: sql('DELETE FROM runs WHERE target = ? AND scope = ? AND ended < ? AND listed < ? AND state IS NULL'),
    putScope: sql(
      `INSERT INTO scopes (target, key, document) VALUES (?, ?, ?)
       ON CONFLICT (target, key) DO UPDATE SET document = excluded.document RETURNING number`,
    ),
    putJob: sql(
      `INSERT INTO jobs (target, key, document) VALUES (?, ?, ?)
       ON CONFLICT (target, key) DO UPDATE SET document = excluded.document RETURNING number`,
    ),
    putTotals: sql(
      `INSERT INTO totals (target, owner, document) VALUES (?, ?, ?)
       ON CONFLICT (target, owner) DO UPDATE SET document = excluded.document`,
    ),
    findRun: sql('SELECT number, disposition FROM runs WHERE target = ? AND hash = ? AND id = ?'),
    insertRun: sql(
      `INSERT INTO runs (target, id, hash, job, scope, phase, disposition, state, result, vendor_state,
         created, started, ended, recorded, changed, listed, extra)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    updateRun: sql(
      `UPDATE runs SET job = ?, scope = ?, phase = ?, disposition = ?, state = ?, result = ?, vendor_state = ?,
         created = ?, started = ?, ended = ?, changed = ?, listed = max(listed, ?), extra = ?
       WHERE number = ?`,
    ),
    putOwed: sql(
      'INSERT INTO owed (target, key, document) VALUES (?, ?, ?) ON CONFLICT (target, key) DO UPDATE SET document = excluded.document',
    ),
    settle: sql('DELETE FROM owed WHERE target = ? AND key = ?'),
    note: sql('INSERT INTO noted (target, key, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    sweep: sql(
      `UPDATE runs SET listed = ? WHERE listed < ? AND number IN (
         SELECT number FROM json_each(?) AS swept CROSS JOIN runs
         WHERE hash = run_hash(swept.value) AND target = ? AND runs.id = swept.value)`,
    ),
  };
}

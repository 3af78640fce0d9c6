/** The SQL of the embedded ledger. */
import type { DatabaseSync } from 'node:sqlite';
import { runHash } from './run-hash.ts';

const RUN_COLUMNS = `runs.id, jobs.key AS job, scopes.key AS scope, phase, disposition, state, result, vendor_state,
  created, started, ended, recorded, changed, extra`;
const RUNS = `runs JOIN jobs ON jobs.number = runs.job JOIN scopes ON scopes.number = runs.scope`;

/** Statements that are prepared once for each database. */
export type Statements = ReturnType<typeof prepareStatements>;

/** Prepares all statements that reading and writing a target takes. */
export function prepareStatements(database: DatabaseSync) {
  database.function('run_hash', { deterministic: true }, (id) => runHash(String(id)));
  const sql = (text: string) => database.prepare(text);
  return {
    writerEpoch: sql("SELECT value FROM meta WHERE key = 'writer_epoch'"),
    target: sql('SELECT number FROM targets WHERE id = ?'),
    scopes: sql('SELECT number, key, document FROM scopes WHERE target = ?'),
    jobs: sql('SELECT number, key, document FROM jobs WHERE target = ?'),
    totals: sql('SELECT owner, document FROM totals WHERE target = ?'),
    inMemory: sql(`SELECT ${RUN_COLUMNS} FROM ${RUNS} WHERE runs.target = ? AND state IS NOT NULL`),
    details: sql('SELECT document FROM pending_details WHERE target = ?'),
    reported: sql('SELECT key FROM reported WHERE target = ?'),
    forgetReported: sql('DELETE FROM reported WHERE target = ? AND at < ?'),
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
    putDetail: sql(
      'INSERT INTO pending_details (target, key, document) VALUES (?, ?, ?) ON CONFLICT (target, key) DO UPDATE SET document = excluded.document',
    ),
    settleDetail: sql('DELETE FROM pending_details WHERE target = ? AND key = ?'),
    report: sql('INSERT INTO reported (target, key, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    sync: sql(
      `UPDATE runs SET listed = ? WHERE listed < ? AND number IN (
         SELECT number FROM json_each(?) AS listed CROSS JOIN runs
         WHERE hash = run_hash(listed.value) AND target = ? AND runs.id = listed.value)`,
    ),
  };
}

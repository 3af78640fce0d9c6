/**
 * Tables of the embedded ledger. Small tables hold JSON documents. Runs, of which there may be millions, have columns, and
 * rare facts in `extra`. All totals of a job are one document, since a finished run changes most of them: that takes half
 * the time of a row for each series.
 *
 * Runs are stored in the order in which they come. Their ids have no order, so a commit writes to as many pages of the
 * index of ids as it has runs. The index is therefore one of hashes: it has a third of the size (docs/performance.md).
 * Two ids may share a hash, so `putRun`, the only code that adds a run, looks for the id first.
 */

/**
 * Grows by one whenever the tables change; a ledger of a newer one is refused, one of version 2 is upgraded. @see spec
 * rule 16. Ledgers of version 1 are refused too: no release wrote them.
 */
export const SCHEMA_VERSION = 3;

/** Makes version 3 of version 2, in one transaction. */
export const UPGRADE_FROM_2 = `
ALTER TABLE owed RENAME TO pending_details;
ALTER TABLE noted RENAME TO reported;
UPDATE scopes SET document =
  json_remove(json_set(document, '$.fullSyncs', coalesce(json_extract(document, '$.sweeps'), json('[]'))), '$.sweeps');
UPDATE jobs SET document = json_set(document, '$.standing', 'overflow') WHERE document ->> 'standing' = 'folded';
UPDATE jobs SET document = json_set(document, '$.standing', 'expired') WHERE document ->> 'standing' = 'retired';
UPDATE runs SET phase = CASE
  WHEN extra ->> 'goneAt' IS NOT NULL THEN 'gone'
  WHEN extra ->> 'hidden' IS NOT NULL THEN 'hidden'
  ELSE 'live' END
  WHERE state IS NOT NULL;
UPDATE meta SET value = '3' WHERE key = 'schema_version';
`;

export const SCHEMA = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE targets (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  fingerprint TEXT NOT NULL
) STRICT;
CREATE TABLE scopes (
  number INTEGER PRIMARY KEY,
  target INTEGER NOT NULL REFERENCES targets ON DELETE CASCADE,
  key TEXT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (target, key)
) STRICT;
CREATE TABLE jobs (
  number INTEGER PRIMARY KEY,
  target INTEGER NOT NULL REFERENCES targets ON DELETE CASCADE,
  key TEXT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (target, key)
) STRICT;
CREATE TABLE totals (
  number INTEGER PRIMARY KEY,
  target INTEGER NOT NULL REFERENCES targets ON DELETE CASCADE,
  owner TEXT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (target, owner)
) STRICT;
CREATE TABLE runs (
  number INTEGER PRIMARY KEY,
  target INTEGER NOT NULL REFERENCES targets ON DELETE CASCADE,
  id TEXT NOT NULL,
  hash INTEGER NOT NULL,
  job INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  phase TEXT NOT NULL,
  disposition TEXT,
  state TEXT,
  result TEXT,
  vendor_state TEXT NOT NULL,
  created REAL,
  started REAL,
  ended REAL,
  recorded REAL NOT NULL,
  changed REAL NOT NULL,
  listed REAL NOT NULL,
  extra TEXT
) STRICT;
CREATE INDEX runs_by_hash ON runs (target, hash);
CREATE INDEX runs_by_end ON runs (target, scope, ended);
CREATE INDEX runs_held ON runs (target) WHERE state IS NOT NULL;
CREATE TABLE pending_details (
  target INTEGER NOT NULL REFERENCES targets ON DELETE CASCADE,
  key TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (target, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE reported (
  target INTEGER NOT NULL REFERENCES targets ON DELETE CASCADE,
  key TEXT NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY (target, key)
) STRICT, WITHOUT ROWID;
`;

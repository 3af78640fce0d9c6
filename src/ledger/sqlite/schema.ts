/**
 * Tables of the embedded ledger. What there is little of is kept as JSON documents; runs, of which there may be
 * millions, as columns, with the rare rest in `extra`. All totals of a job lie in one document, since a run that
 * finished changes most of them: half the time of a row for each series.
 *
 * Ids of runs come in no order. So runs lie in the order they came in, and only their index is written all over, of
 * which every commit makes as many pages durable as it has runs, if there are so many. It is therefore one of hashes, a
 * third the size of one of ids (docs/performance.md). The ids of two runs may share a hash, so `putRun`, the only
 * statement that adds a run, looks for the id first.
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
  json_remove(json_set(document, '$.fullSyncs', json_extract(document, '$.sweeps')), '$.sweeps');
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

/** Names the problem of a ledger file, from an error of SQLite or of the system, and its remedy. */

/** The remedy for a file that no exporter can use. */
export const REMEDY =
  'move it away to begin a new ledger (counting then begins anew from a new baseline), or restore a copy';

/** Primary result codes. @see https://www.sqlite.org/rescode.html (read 2026-11-29) */
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

const CHECK_PERMISSIONS = 'check its permissions and those of its folder';
const MAKE_ROOM = 'the disk is full, and the ledger unharmed: make room on it, and leave the ledger where it is';
const UNLOCK = 'another program holds its lock (a backup, a VACUUM, an open sqlite3): have it end or wait until it has';

/** By primary code of SQLite, or code of the system. */
const ADVICE: Readonly<Record<string, string>> = {
  [BUSY]: UNLOCK,
  [LOCKED]: UNLOCK,
  [READ_ONLY]: CHECK_PERMISSIONS,
  [IO_ERROR]: 'check the disk and the room that is left on it',
  [CORRUPT]: REMEDY,
  [FULL]: MAKE_ROOM,
  [CANNOT_OPEN]: CHECK_PERMISSIONS,
  [NOT_A_DATABASE]: REMEDY,
  ENOSPC: MAKE_ROOM,
  EDQUOT: MAKE_ROOM,
  EROFS: CHECK_PERMISSIONS,
  EACCES: CHECK_PERMISSIONS,
  EPERM: CHECK_PERMISSIONS,
};

/** True if another connection holds the lock that was wanted. */
export function isLocked(error: unknown): boolean {
  const code = codeOf(error);
  return code === String(BUSY) || code === String(LOCKED);
}

/** `database or disk is full; the disk is full, …`: the reason and the advice; `otherwise` where none is known. */
export function describeTrouble(error: unknown, otherwise: string): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `${reason}; ${ADVICE[codeOf(error)] ?? otherwise}`;
}

/** SQLite's primary result code, else the system's code, else nothing. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  // An extended code has the primary one in its lowest byte.
  if ('errcode' in error && typeof error.errcode === 'number') return String(error.errcode & 0xff);
  return 'code' in error ? String(error.code) : '';
}

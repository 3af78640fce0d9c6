/** 32-bit FNV-1a. @see https://datatracker.ietf.org/doc/html/draft-eastlake-fnv (read 2026-11-26) */
const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * The key by which runs are looked up: a number of 32 bits, negative ones included, that few other ids share. Ledgers hold it,
 * so it must stay as it is for as long as `SCHEMA_VERSION` does.
 */
export function runHash(id: string): number {
  let hash = OFFSET_BASIS;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), PRIME);
  return hash | 0;
}

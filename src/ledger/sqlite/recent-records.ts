import type { RunRecord } from '../records.ts';

/** Records kept for sure; up to twice as many are, of some 370 bytes each: more than a quiet poll lists at most vendors. */
const KEPT = 2000;

/**
 * The records that were read or written last, by run id. A quiet poll asks for the same ones again and again, and
 * finding them among a million costs more than all else in it (bench/history.ts).
 */
export interface RecentRecords {
  get(id: string): RunRecord | undefined;
  put(record: RunRecord): void;
  clear(): void;
}

/** None yet. What has not been asked for while `kept` others were is forgotten. */
export function createRecentRecords(kept: number = KEPT): RecentRecords {
  let young = new Map<string, RunRecord>();
  let old = new Map<string, RunRecord>();
  const put = (record: RunRecord): void => {
    if (young.size >= kept && !young.has(record.id)) {
      old = young;
      young = new Map();
    }
    young.set(record.id, record);
  };
  return {
    get: (id) => {
      const record = young.get(id);
      if (record !== undefined) return record;
      const aged = old.get(id);
      if (aged !== undefined) put(aged);
      return aged;
    },
    put,
    clear: () => {
      young = new Map();
      old = new Map();
    },
  };
}

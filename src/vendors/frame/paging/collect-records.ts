import type { Run } from '../../../model/run.ts';
import type { ReadRecords } from '../read-records.ts';
import type { Rejected } from '../../vendor.ts';

/** The records of several pages, each once. */
export interface CollectedRecords {
  /** Takes in a page; of two records with one id, the later one stays. */
  keep(page: ReadRecords): void;
  has(id: string): boolean;
  /** Number of different records, broken ones included. */
  size(): number;
  /** All of them, in the order in which they were first seen. */
  all(): ReadRecords;
}

/** Creates an empty collection. */
export function collectRecords(): CollectedRecords {
  const runs = new Map<string, Run>();
  const rejected = new Map<string, Rejected>();
  return {
    keep(page) {
      for (const run of page.runs) runs.set(run.id, run);
      for (const record of page.rejected) rejected.set(record.key, record);
    },
    has: (id) => runs.has(id),
    size: () => runs.size + rejected.size,
    all: () => ({ runs: [...runs.values()], rejected: [...rejected.values()] }),
  };
}

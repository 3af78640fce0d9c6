import { isFinished, type Run } from '../../model/run.ts';
import type { ReadRecords } from './read-records.ts';

/**
 * The records of several lists, in the order in which these were read, each record once. Of two sights of a run the
 * finished one wins, else the later one. One list alone is left as it is.
 */
export function mergeLists(lists: readonly ReadRecords[]): ReadRecords {
  const [only, ...others] = lists;
  if (only !== undefined && others.length === 0) return only;
  const runs = new Map<string, Run>();
  for (const run of lists.flatMap((list) => list.runs)) {
    const known = runs.get(run.id);
    if (known === undefined || isFinished(run) || !isFinished(known)) runs.set(run.id, run);
  }
  const rejected = new Map(lists.flatMap((list) => list.rejected.map((record) => [record.key, record] as const)));
  return { runs: [...runs.values()], rejected: [...rejected.values()] };
}

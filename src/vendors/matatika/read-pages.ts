import type { Run } from '../../model/run.ts';
import type { UnixSeconds } from '../../model/time.ts';
import type { ReadRecords } from '../read-records.ts';
import type { Rejected } from '../vendor.ts';

/** Jobs asked for in one page. The vendor's default is 20 and no maximum is documented. */
export const PAGE_SIZE = 100;

/** A list that goes on after this many pages is cut, so that a server whose pages never end cannot hold a poll. */
const MAX_PAGES = 100;

/** One page of a list as it was read. */
export interface Page extends ReadRecords {
  /** What the answer says of itself; each null where it does not. `number` counts from 0. */
  readonly number: number | null;
  readonly totalPages: number | null;
  readonly totalElements: number | null;
}

export interface ReadPages extends ReadRecords {
  /** True where the list says, or may hold, more than could be read. */
  readonly truncated: boolean;
}

/**
 * Reads a list that was asked for newest first, page by page, and no further than needed: once pages that really are
 * in that order reach beyond `from`, the rest is older and known. Where the order is another, everything is read.
 *
 * Paging is reported to be unreliable at this vendor (MeltanoLabs/tap-meltano-cloud switched it off), so a page whose
 * number did not advance, one with nothing new, and an empty one while more is claimed each end the reading as cut.
 * A run that a page repeats, because a new one pushed it there meanwhile, is taken once.
 */
export async function readPages(fetchPage: (number: number) => Promise<Page>, from: UnixSeconds): Promise<ReadPages> {
  const runs = new Map<string, Run>();
  const rejected = new Map<string, Rejected>();
  const finish = (truncated: boolean): ReadPages => ({
    runs: [...runs.values()],
    rejected: [...rejected.values()],
    truncated,
  });
  let newestFirst = true;
  /** The least that any page claimed: runs created or deleted while reading do not make a whole list look cut. */
  let claimed = Number.POSITIVE_INFINITY;
  let oldest: UnixSeconds | null = null;
  let lastNumber = Number.NEGATIVE_INFINITY;
  for (let number = 0; number < MAX_PAGES; number++) {
    const page = await fetchPage(number);
    const known = runs.size + rejected.size;
    claimed = Math.min(claimed, page.totalElements ?? claimed);
    for (const run of page.runs) {
      if (runs.has(run.id)) continue;
      runs.set(run.id, run);
      if (run.createdAt === null) continue;
      newestFirst &&= oldest === null || run.createdAt <= oldest;
      oldest = run.createdAt;
    }
    for (const record of page.rejected) rejected.set(record.key, record);

    const count = runs.size + rejected.size;
    if (newestFirst && oldest !== null && oldest < from) return finish(false);
    if (count >= claimed) return finish(false);
    if (page.number !== null && page.number <= lastNumber) return finish(true);
    lastNumber = page.number ?? lastNumber;
    const length = page.runs.length + page.rejected.length;
    if (page.totalElements === null && page.totalPages === null && length < PAGE_SIZE) return finish(false);
    if (page.totalPages !== null && number + 1 >= page.totalPages) return finish(claimed !== Number.POSITIVE_INFINITY);
    if (count === known) return finish(true);
  }
  return finish(true);
}

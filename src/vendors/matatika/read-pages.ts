import type { LinkTarget } from '../../http/http-client.ts';
import type { Run } from '../../model/run.ts';
import type { UnixSeconds } from '../../model/time.ts';
import type { ReadRecords } from '../read-records.ts';
import type { Rejected } from '../vendor.ts';

/** Jobs asked for in one page. The vendor's default is 20 and no maximum is documented. */
export const PAGE_SIZE = 100;

/** A list that goes on after this many pages is cut, so that a server whose pages never end cannot hold a poll. */
const MAX_PAGES = 100;

/** Pages without anything new, one after another, after which no further one is asked for. */
const MAX_IDLE_PAGES = 2;

/** Where a page is: its number, from 0, or a link of the page before it. */
export type PagePlace = number | LinkTarget['link'];

/** One page of a list as it was read, and what it says of the list. Any of that may be wrong. */
export interface Page extends ReadRecords {
  /** null: it names no next page. */
  readonly next: LinkTarget['link'] | null;
  /** How many jobs, and pages, it says that there are in all; each null where it does not say. */
  readonly totalElements: number | null;
  readonly totalPages: number | null;
}

export interface ReadPages extends ReadRecords {
  /** True where the list says, or may hold, more than could be read. */
  readonly truncated: boolean;
}

/** How reading ended. `shrunk`: jobs went away meanwhile, so that others may have moved onto a page that was read before. */
type End = 'whole' | 'cut' | 'shrunk';

/**
 * Reads a list that was asked for newest first, page by page, and no further than needed: once pages that really are
 * in that order reach beyond `from`, the rest is older and known. Where the order is another, everything is read.
 *
 * Paging is reported to be unreliable at this vendor (MeltanoLabs/tap-meltano-cloud switched it off), so no single word
 * of a page ends the list. It is whole where a page has nothing new, is not full, names nothing after it, and no
 * total is higher than what was read; or where a page is shorter than one before it and the total is reached. Otherwise
 * it is read on, by the link to the next page or by its number; where three pages in a row bring nothing new, it is cut.
 */
export async function readPages(fetchPage: (place: PagePlace) => Promise<Page>, from: UnixSeconds): Promise<ReadPages> {
  const runs = new Map<string, Run>();
  const rejected = new Map<string, Rejected>();
  const keep = (page: Page): void => {
    for (const run of page.runs) runs.set(run.id, run);
    for (const record of page.rejected) rejected.set(record.key, record);
  };
  const first = await readThrough(fetchPage, from, keep);
  const end = first === 'shrunk' ? await readThrough(fetchPage, from, keep) : first;
  return { runs: [...runs.values()], rejected: [...rejected.values()], truncated: end !== 'whole' };
}

/** @param keep takes in every page */
async function readThrough(
  fetchPage: (place: PagePlace) => Promise<Page>,
  from: UnixSeconds,
  keep: (page: Page) => void,
): Promise<End> {
  const seen = new Set<string>();
  const hasReached = watchOrder(from);
  let place: PagePlace = 0;
  let number = 0;
  let areLinksGood = true;
  let idle = 0;
  let fullest = 0;
  let total: number | null = null;
  let wasMoreSaid = false;
  for (let asked = 0; asked < MAX_PAGES; asked++) {
    const page = await fetchPage(place);
    keep(page);
    const fresh = page.runs.filter(({ id }) => !seen.has(id));
    const before = seen.size;
    for (const { id } of page.runs) seen.add(id);
    for (const { key } of page.rejected) seen.add(`rejected ${key}`);
    if (hasReached(fresh)) return 'whole';

    // One that is lower than what was read already is of the page alone.
    const claimed = page.totalElements !== null && page.totalElements >= seen.size ? page.totalElements : null;
    if (total !== null && claimed !== null && claimed < total) return 'shrunk';
    total ??= claimed;
    const isReached = total !== null && seen.size >= total;
    const saysMore = page.next !== null || number + 1 < (page.totalPages ?? 0);
    const length = page.runs.length + page.rejected.length;
    const isShort = length < fullest;
    const isNews = seen.size > before;
    if (isNews && isShort && isReached && !saysMore) return 'whole';
    if (!isNews) {
      // More than was asked for is a list without pages: it comes again, whatever page is asked for.
      const isEnd = (length === 0 || isShort || length > PAGE_SIZE) && !saysMore;
      if (isEnd && (isReached || (total === null && !wasMoreSaid))) return 'whole';
      idle += 1;
      if (idle > MAX_IDLE_PAGES) return 'cut';
    }
    const isLost = !isNews && typeof place !== 'number';
    if (isLost) areLinksGood = false;
    else number += 1;
    if (isNews) [idle, wasMoreSaid] = [0, saysMore];
    fullest = Math.max(fullest, length);
    place = (areLinksGood ? page.next : null) ?? number;
  }
  return 'cut';
}

/** Tells of the runs of each page whether they, still in falling order of creation, have reached beyond `from`. */
function watchOrder(from: UnixSeconds): (runs: readonly Run[]) => boolean {
  let isNewestFirst = true;
  let oldest: UnixSeconds | null = null;
  return (runs) => {
    for (const { createdAt } of runs) {
      if (createdAt === null) continue;
      isNewestFirst &&= oldest === null || createdAt <= oldest;
      oldest = createdAt;
    }
    return isNewestFirst && oldest !== null && oldest < from;
  };
}

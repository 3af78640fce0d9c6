import type { Run } from '../../../model/run.ts';
import type { UnixSeconds } from '../../../model/time.ts';
import { collectRecords } from './collect-records.ts';
import { GONE, type ListPage, NO_CONTENT, type PageLink, type Paging, type ReadList } from './list-page.ts';

interface NumberOptions {
  /** Records asked for in one page. */
  readonly pageSize: number;
  /** Parameters of the page of that number, from 0. */
  readonly parameters: (number: number) => Readonly<Record<string, string | number>>;
  /** Parameters that are added to a link that leaves them out. */
  readonly linkParameters: Readonly<Record<string, string>>;
}

/** A list that goes on after this many pages is cut, so that a server whose pages never end cannot hold a poll. */
const MAX_PAGES = 100;

/** Pages without anything new, one after another, after which no further one is asked for. */
const MAX_IDLE_PAGES = 2;

/** A page's number, from 0, or the link to it on the page before it. */
type PagePlace = number | PageLink;

type NumberedPage = Pick<ListPage, 'runs' | 'rejected' | 'next' | 'total' | 'totalPages'>;
type FetchPage = (place: PagePlace) => Promise<NumberedPage>;

/** The way in which reading ended. `shrunk`: runs were deleted meanwhile, so others may have moved onto a page read before. */
type End = 'whole' | 'cut' | 'shrunk';

/** Pages with numbers, and maybe with links to the next one, of a list that is asked for newest first. */
export function byNumber({ pageSize, parameters, linkParameters }: NumberOptions): Paging {
  return {
    createReader: () => (list) =>
      readByNumber(
        (place) => {
          // Behind the last page there may be nothing, or not even a page.
          const missing = place === 0 ? [NO_CONTENT] : [NO_CONTENT, ...GONE];
          const page = typeof place === 'number' ? { parameters: parameters(place) } : withParameters(place);
          return list.fetchPage({ ...page, missing });
        },
        list.slice.from,
        pageSize,
      ),
  };

  function withParameters(link: PageLink): { readonly link: PageLink } {
    const url = URL.parse(link.href, link.from.href);
    if (url === null) return { link };
    for (const [name, value] of Object.entries(linkParameters))
      if (!url.searchParams.has(name)) url.searchParams.set(name, value);
    return { link: { href: url.href, from: link.from } };
  }
}

/**
 * Reads a list that was asked for newest first, page by page, and no further than needed: once pages that really are
 * in that order reach beyond `from`, the rest is older and known. Where the order is another, everything is read.
 *
 * No single word of a page ends the list. It is whole where a page has nothing new, is not full, names nothing after it,
 * and no total is higher than what was read; or where a page is shorter than one before it and the total is reached.
 * Otherwise it is read on, by the link to the next page or by its number; where three pages in a row bring nothing new,
 * it is cut.
 */
export async function readByNumber(fetchPage: FetchPage, from: UnixSeconds, pageSize: number): Promise<ReadList> {
  const records = collectRecords();
  const readOnce = (): Promise<End> => readThrough(fetchPage, from, pageSize, (page) => records.keep(page));
  const first = await readOnce();
  const end = first === 'shrunk' ? await readOnce() : first;
  return { ...records.all(), truncated: end !== 'whole' };
}

/** @param keep takes in every page */
async function readThrough(
  fetchPage: FetchPage,
  from: UnixSeconds,
  pageSize: number,
  keep: (page: NumberedPage) => void,
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
    const sizeBefore = seen.size;
    for (const { id } of page.runs) seen.add(id);
    for (const { key } of page.rejected) seen.add(`rejected ${key}`);
    if (hasReached(fresh)) return 'whole';

    // One that is lower than what was read already is of the page alone.
    const claimed = page.total !== null && page.total >= seen.size ? page.total : null;
    if (total !== null && claimed !== null && claimed < total) return 'shrunk';
    total ??= claimed;
    const isReached = total !== null && seen.size >= total;
    const saysMore = page.next !== null || number + 1 < (page.totalPages ?? 0);
    const length = page.runs.length + page.rejected.length;
    const isShort = length < fullest;
    const isNews = seen.size > sizeBefore;
    if (isNews && isShort && isReached && !saysMore) return 'whole';
    if (!isNews) {
      // More than was asked for is a list without pages: it comes again, whatever page is asked for.
      const isEnd = (length === 0 || isShort || length > pageSize) && !saysMore;
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

import { collectRecords } from './collect-records.ts';
import { GONE, type ListPage, NO_CONTENT, type PageLink, type Paging, type ReadList } from './list-page.ts';

interface LinkOptions {
  /** Parameters of the page that a cursor stands for. Absent: the answer has no cursor but a link, which is followed. */
  readonly cursor?: (cursor: string) => Readonly<Record<string, string>>;
  /** A list that goes on after so many pages is cut, so that one without an end cannot hold a poll. */
  readonly maxPages: number;
}

type LinkedPage = Pick<ListPage, 'runs' | 'rejected' | 'next' | 'total' | 'isMissing'>;

/** Pages of which each names the next one, by a link or a cursor. */
export function byLink({ cursor, maxPages }: LinkOptions): Paging {
  return {
    createReader: () => (list) =>
      readByLink((link) => {
        if (link === null) return list.fetchPage({ missing: [NO_CONTENT] });
        const page = cursor === undefined ? { link } : { parameters: cursor(link.href) };
        // The list may have become shorter since the page before named its next one.
        return list.fetchPage({ ...page, missing: [NO_CONTENT, ...GONE] });
      }, maxPages),
  };
}

/**
 * Reads a list page by page, as each names the next one, each run once.
 *
 * `truncated`: fewer were read than every page has counted, there is a next page but the one before it brought nothing
 * new, the pages are too many, or one of them is not there and no count says that nothing is missing. Jobs that leave
 * the list while it is read move others to a page that was read: their number is small and the next poll lists them.
 *
 * @param fetchPage gives the first page for null
 */
export async function readByLink(
  fetchPage: (link: PageLink | null) => Promise<LinkedPage>,
  maxPages: number,
): Promise<ReadList> {
  const records = collectRecords();
  /** The least that a page has counted: jobs that come or go meanwhile do not make a whole list look cut. */
  let count: number | null = null;
  let link: PageLink | null = null;
  let truncated = false;

  for (let number = 1; ; number++) {
    const page = await fetchPage(link);
    if (page.isMissing) {
      // Only a count can then tell that nothing is missing of what the page before it announced.
      truncated = number > 1 && count === null;
      break;
    }
    const sizeBefore = records.size();
    records.keep(page);
    // A count that is lower than what was read is of something else.
    if (page.total !== null && page.total >= records.size()) count = Math.min(count ?? page.total, page.total);
    if (page.next === null) break;
    truncated = number >= maxPages || records.size() === sizeBefore;
    if (truncated) break;
    link = page.next;
  }
  truncated ||= count !== null && records.size() < count;
  return { ...records.all(), truncated };
}

import type { Run } from '../../../model/run.ts';
import type { UnixSeconds } from '../../../model/time.ts';
import { collectRecords } from './collect-records.ts';
import type { ListPage, OpenList, Paging, ReadList } from './list-page.ts';

interface OffsetOptions {
  /** Parameters of the page that begins after so many records. */
  readonly parameters: (offset: number) => Readonly<Record<string, string | number>>;
  /** Size of the vendor's page where it heeds no limit: a whole list can be as long without having pages. */
  readonly defaultPageSize: number;
  /**
   * Lets a list that is asked for newest created first end where the slice begins, once a whole list has come in that
   * order. Known live runs that no list holds are then left to be asked for by id, up to this many; for more, the list is
   * read on. null: a list is always read to its end.
   */
  readonly maxLookUps: number | null;
}

/**
 * So many records of a page are asked for again with the next one. As long as fewer are deleted meanwhile, the next
 * page begins with a record that is known, and nothing was skipped.
 */
const OVERLAP = 5;
/** Number of times that a page which does not join the ones before it is read again from further up. */
const MAX_REREADS = 5;
/** Pages that bring the same records as the one before: so many new records at once are less likely than a lost offset. */
const MAX_REPEATS = 3;
/** A list that goes on after so many pages is cut, so that one without an end cannot hold a poll. */
const MAX_PAGES = 500;
/** Limits of pages are round numbers: a page of a multiple of it may be one that a limit has cut. */
const ROUND = 50;

type OffsetPage = Pick<ListPage, 'runs' | 'rejected' | 'keys' | 'hasMore'>;

/** The part of a list that has been read. */
interface Progress {
  /** Creation of the oldest run so far; null where runs are not in order of creation, or the vendor does not say it. */
  readonly readBackTo: UnixSeconds | null;
  has(id: string): boolean;
}

interface ReadByOffset extends ReadList {
  /** True if it was read to its end. */
  readonly isWhole: boolean;
  /** True if all that was read came newest created first. */
  readonly isNewestFirst: boolean;
}

/** Pages of a list that begin at an offset. */
export function byOffset({ parameters, defaultPageSize, maxLookUps }: OffsetOptions): Paging {
  return {
    createReader() {
      /** True once a whole list came newest created first: only then a part can tell where the rest begins. */
      let isOrderKnown = false;
      return async ({ fetchPage, slice, readAll, unlisted }: OpenList): Promise<ReadList> => {
        const isEnough = ({ readBackTo, has }: Progress): boolean => {
          if (maxLookUps === null || readAll || !isOrderKnown) return false;
          if (readBackTo === null || readBackTo >= slice.from) return false;
          return [...unlisted].filter((id) => !has(id)).length <= maxLookUps;
        };
        const fetchAt = (offset: number): Promise<ListPage> => fetchPage({ parameters: parameters(offset) });
        const list = await readByOffset(fetchAt, isEnough, defaultPageSize);
        if (!list.isNewestFirst) isOrderKnown = false;
        else if (list.isWhole) isOrderKnown = true;
        return { runs: list.runs, rejected: list.rejected, truncated: list.truncated };
      };
    },
  };
}

/**
 * Reads a list page by page, each run once, until it is enough or the list ends.
 *
 * Records that appear at the top while pages are read push the rest down: records come twice, which does no harm. Records
 * that are deleted, or leave a filter, pull the rest up, so that some would be skipped: pages overlap, and one that does
 * not begin with a known record is read again from further up. What cannot be joined, does not go on although more is
 * claimed, or never ends, is cut.
 */
export async function readByOffset(
  fetchPage: (offset: number) => Promise<OffsetPage>,
  isEnough: (progress: Progress) => boolean,
  defaultPageSize: number,
): Promise<ReadByOffset> {
  const records = collectRecords();
  const known = new Set<string>();
  let truncated = false;
  let isNewestFirst = true;
  let readBackTo: UnixSeconds | null = null;
  const finish = (isWhole: boolean): ReadByOffset => ({
    ...records.all(),
    truncated: truncated || !isWhole,
    isWhole: isWhole && !truncated,
    isNewestFirst,
  });
  const enough = (): ReadByOffset => ({ ...finish(true), isWhole: false });
  let offset = 0;
  let rereads = 0;
  let repeats = 0;
  let longest = 0;
  let last: readonly string[] = [];

  for (let count = 0; count < MAX_PAGES; count++) {
    const page = await fetchPage(offset);
    const keys = [...new Set(page.keys)];
    // That nothing follows is not believed of a page that may be full: the next one shows it.
    const hasMore = page.hasMore === false && keys.length > 0 && keys.length % ROUND === 0 ? null : page.hasMore;
    const joins = offset === 0 || (keys[0] !== undefined && known.has(keys[0]));
    if (!joins && rereads < MAX_REREADS) {
      rereads += 1;
      offset = Math.max(0, offset - longest * 2 ** (rereads - 1));
      last = [];
      continue;
    }
    truncated ||= !joins;
    longest = Math.max(longest, keys.length);
    const isNews = keys.some((key) => !known.has(key));
    for (const key of keys) known.add(key);
    records.keep(page);
    isNewestFirst &&= isSortedByCreation(page.runs);
    readBackTo = page.runs.at(-1)?.createdAt ?? readBackTo;

    if (hasMore === false) return finish(true);
    if (keys.length === 0) return finish(hasMore === null);
    if (isEnough({ readBackTo: isNewestFirst ? readBackTo : null, has: (id) => records.has(id) })) return enough();
    if (hasMore === null && !isNews && keys.length < longest) return finish(true);
    // A page of one cannot overlap with the next; where nothing says that more follows, it is all there is.
    if (hasMore === null && keys.length === 1) return finish(true);
    repeats = isSame(keys, last) ? repeats + 1 : 0;
    // Where the vendor heeds no offset, a short list that claims no more is all there is.
    if (repeats >= MAX_REPEATS) return finish(hasMore === null && keys.length < defaultPageSize);
    last = keys;
    offset += Math.max(1, keys.length - Math.min(OVERLAP, Math.floor(keys.length / 2)));
  }
  return finish(false);
}

function isSortedByCreation(runs: readonly Run[]): boolean {
  let oldest = Infinity;
  return runs.every(({ createdAt }) => {
    if (createdAt === null || createdAt > oldest) return false;
    oldest = createdAt;
    return true;
  });
}

function isSame(keys: readonly string[], others: readonly string[]): boolean {
  return keys.length === others.length && keys.every((key, index) => key === others[index]);
}

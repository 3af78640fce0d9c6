import type { Run } from '../../model/run.ts';
import type { UnixSeconds } from '../../model/time.ts';
import type { ReadRecords } from '../read-records.ts';
import type { Rejected } from '../vendor.ts';

/**
 * So many records of a page are asked for again with the next one. As long as fewer are deleted meanwhile, the next
 * page begins with a record that is known, and nothing was skipped.
 */
const OVERLAP = 5;
/** How often a stretch is read again from further up because its page does not join the ones before it. */
const MAX_REREADS = 5;
/** Pages that bring the same records as the one before: so many new jobs at once are less likely than a lost offset. */
const MAX_REPEATS = 3;
/** A list that goes on after so many pages is cut, so that one without an end cannot hold a poll. */
const MAX_PAGES = 500;
/** The vendor's page where it heeds no limit: a whole list can be as long without being told in pages. */
const DEFAULT_PAGE_SIZE = 100;

/** Limits of pages are round numbers: a page of a multiple of it may be one that a limit has cut. */
const ROUND = 50;

/** One page of a list as it was read. */
export interface ListPage extends ReadRecords {
  /** What tells the records of the page apart, in their order; the same for the same record on another page. */
  readonly keys: readonly string[];
  /** Whether the vendor says that more follows; null: it says nothing. */
  readonly isMore: boolean | null;
}

/** How far a list has been read. */
export interface Progress {
  /** Creation of the oldest run so far; null where runs are not in order of creation, or the vendor does not say it. */
  readonly readBackTo: UnixSeconds | null;
  has(id: string): boolean;
}

export interface ReadList extends ReadRecords {
  /** True where the list says, or may hold, more than could be read. */
  readonly truncated: boolean;
  /** Whether it was read to its end. */
  readonly isWhole: boolean;
  /** Whether all that was read came newest created first. */
  readonly isNewestFirst: boolean;
}

/**
 * Reads a list page by page, each run once, until it is enough or the list ends.
 *
 * Jobs that appear at the top while pages turn push the rest down: records come twice, which does no harm. Jobs that
 * are deleted, or leave a filter, pull the rest up, so that some would be skipped: pages overlap, and one that does not
 * begin with a known record is read again from further up. What cannot be joined, does not go on although more is
 * claimed, or never ends, is cut.
 */
export async function readList(
  fetchPage: (offset: number) => Promise<ListPage>,
  isEnough: (progress: Progress) => boolean,
): Promise<ReadList> {
  const runs = new Map<string, Run>();
  const rejected = new Map<string, Rejected>();
  const known = new Set<string>();
  let truncated = false;
  let isNewestFirst = true;
  let readBackTo: UnixSeconds | null = null;
  const finish = (isWhole: boolean): ReadList => ({
    runs: [...runs.values()],
    rejected: [...rejected.values()],
    truncated: truncated || !isWhole,
    isWhole: isWhole && !truncated,
    isNewestFirst,
  });
  const enough = (): ReadList => ({ ...finish(true), isWhole: false });
  let offset = 0;
  let rereads = 0;
  let repeats = 0;
  let longest = 0;
  let last: readonly string[] = [];

  for (let count = 0; count < MAX_PAGES; count++) {
    const page = await fetchPage(offset);
    const keys = [...new Set(page.keys)];
    // That nothing follows is not believed of a page that may be full: the next one shows it.
    const isMore = page.isMore === false && keys.length > 0 && keys.length % ROUND === 0 ? null : page.isMore;
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
    for (const run of page.runs) runs.set(run.id, run);
    for (const record of page.rejected) rejected.set(record.key, record);
    isNewestFirst &&= isSortedByCreation(page.runs);
    readBackTo = page.runs.at(-1)?.createdAt ?? readBackTo;

    if (isMore === false) return finish(true);
    if (keys.length === 0) return finish(isMore === null);
    if (isEnough({ readBackTo: isNewestFirst ? readBackTo : null, has: (id) => runs.has(id) })) return enough();
    if (isMore === null && !isNews && keys.length < longest) return finish(true);
    // A page of one cannot overlap with the next; where nothing says that more follows, it is all there is.
    if (isMore === null && keys.length === 1) return finish(true);
    repeats = isSame(keys, last) ? repeats + 1 : 0;
    // Where the vendor heeds no offset, a short list that claims no more is all there is.
    if (repeats >= MAX_REPEATS) return finish(isMore === null && keys.length < DEFAULT_PAGE_SIZE);
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

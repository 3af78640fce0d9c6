import { VendorError } from '../../../http/errors.ts';
import type { Slice } from '../../vendor.ts';
import type { ListPage, OpenList, Paging, ReadList } from './list-page.ts';

interface LimitOptions {
  /** Number of records that an answer is asked for at first. */
  readonly lowest: number;
  /** The highest number that is asked for, where fewer were not enough. */
  readonly highest: number;
  readonly parameters: (limit: number) => Readonly<Record<string, number>>;
  /** False for slices of which nothing is missing even where the answer is cut. */
  readonly mayBeCut: (slice: Slice) => boolean;
}

/** Each limit is so many times the one before it. */
const FACTOR = 10;

type LimitedPage = Pick<ListPage, 'runs' | 'rejected' | 'keys'>;
type FetchPage = (limit: number) => Promise<LimitedPage>;
interface LimitedList {
  readonly page: LimitedPage;
  readonly truncated: boolean;
}

/**
 * Lists without pages, of which at most `limit` records are given. A full answer is asked for again with a higher limit;
 * if the vendor then gives no more, or refuses, it may be cut.
 *
 * A reader begins with the highest limit that its list has needed, so that a busy scope is not asked twice at every
 * poll. The vendor has shown that it gives as many, so a cut answer is no harder to tell.
 */
export function byLimit({ lowest, highest, parameters, mayBeCut }: LimitOptions): Paging {
  return {
    createReader() {
      let needed = lowest;
      return async (list: OpenList): Promise<ReadList> => {
        const fetchPage: FetchPage = (limit) => list.fetchPage({ parameters: parameters(limit) });
        const asked = needed;
        const { page, truncated } = await readUpTo(highest, fetchPage, asked).catch((error: unknown) => {
          if (!isRefusal(error) || asked === lowest) throw error;
          needed = lowest;
          return readUpTo(highest, fetchPage, lowest);
        });
        const size = page.keys.length;
        if (size >= asked && !truncated) needed = lowestAbove(size);
        return { runs: page.runs, rejected: page.rejected, truncated: truncated && mayBeCut(list.slice) };
      };
    },
  };

  /** The lowest limit that so many records do not fill. */
  function lowestAbove(size: number): number {
    let limit = lowest;
    while (limit <= size && limit < highest) limit *= FACTOR;
    return limit;
  }
}

async function readUpTo(highest: number, fetchPage: FetchPage, limit: number): Promise<LimitedList> {
  const page = await fetchPage(limit);
  if (page.keys.length < limit) return { page, truncated: false };
  const full = { page, truncated: true };
  if (limit >= highest) return full;
  try {
    const more = await readUpTo(highest, fetchPage, limit * FACTOR);
    return more.page.keys.length > page.keys.length ? more : full;
  } catch (error) {
    if (isRefusal(error)) return full;
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof VendorError && error.reason === 'http_client';
}

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, finishedRun } from '../../../../test/support/builders.ts';
import { readByOffset } from './by-offset.ts';

type Page = Awaited<ReturnType<Parameters<typeof readByOffset>[0]>>;
type IsEnough = Parameters<typeof readByOffset>[1];

const readList = (fetchPage: (offset: number) => Promise<Page>, isEnough: IsEnough) =>
  readByOffset(fetchPage, isEnough, 100);

interface Listed {
  readonly id: string;
  readonly created: number;
}

interface ListOptions {
  readonly size?: number;
  readonly says?: 'always' | 'if true' | 'never';
  /** Changes the list after each page. */
  readonly turned?: (list: Listed[], page: number) => void;
}

/** A list of a vendor, read as it is asked for; `asked` holds the offsets. */
function createList(listed: readonly Listed[], { size = 10, says = 'always', turned }: ListOptions = {}) {
  const list = [...listed];
  const asked: number[] = [];
  const fetchPage = (offset: number): Promise<Page> => {
    asked.push(offset);
    const values = list.slice(offset, offset + size);
    const isMore = offset + values.length < list.length;
    const page = toPage(values, says === 'always' || (says === 'if true' && isMore) ? isMore : null);
    turned?.(list, asked.length);
    return Promise.resolve(page);
  };
  return { list, asked, fetchPage };
}

function toPage(values: readonly Listed[], hasMore: boolean | null): Page {
  const runs = values.map(({ id, created }) => finishedRun({ id, createdAt: at(created) }));
  return { runs, rejected: [], keys: values.map(({ id }) => id), hasMore };
}

/** So many jobs, the newest first; the oldest is `r1`, of second 1. */
function jobs(count: number): readonly Listed[] {
  return Array.from({ length: count }, (_, index) => ({ id: `r${count - index}`, created: count - index }));
}

const all = (): boolean => false;
const idsOf = (runs: readonly { readonly id: string }[]): readonly string[] => runs.map(({ id }) => id).toSorted();

describe('reading a list', () => {
  it.each(['always', 'if true', 'never'] as const)(
    'reads all pages where whether more follows is said %s',
    async (says) => {
      const { fetchPage } = createList(jobs(47), { says });

      const read = await readList(fetchPage, all);

      expect(idsOf(read.runs)).toEqual(idsOf(jobs(47)));
      expect(read).toMatchObject({ truncated: false, isWhole: true, isNewestFirst: true });
    },
  );

  it.each([50, 100])('does not believe a page of %i that nothing follows it', async (size) => {
    const { list, fetchPage } = createList(jobs(330), { size });

    const read = await readList(async (offset) => ({ ...(await fetchPage(offset)), hasMore: false }), all);

    expect(idsOf(read.runs)).toEqual(idsOf(list));
    expect(read).toMatchObject({ truncated: false, isWhole: true });
  });

  it('believes a page of no round number that nothing follows it', async () => {
    const { asked, fetchPage } = createList(jobs(47), { size: 100 });

    const read = await readList(fetchPage, all);

    expect(read.isWhole).toBe(true);
    expect(asked).toEqual([0]);
  });

  it.each([0, 1, 2, 9, 10, 11, 15])('reads a list of %i, where nothing is said of more', async (count) => {
    const { fetchPage } = createList(jobs(count), { says: 'never' });

    const read = await readList(fetchPage, all);

    expect(read.runs).toHaveLength(count);
    expect(read).toMatchObject({ truncated: false, isWhole: true });
  });

  it('stops where it is enough, which is no whole list', async () => {
    const { fetchPage, asked } = createList(jobs(47));

    const read = await readList(fetchPage, ({ readBackTo }) => readBackTo !== null && readBackTo < at(36));

    expect(asked).toEqual([0, 5]);
    expect(read).toMatchObject({ truncated: false, isWhole: false, isNewestFirst: true });
  });

  it('says no time that it has read back to where the list is in another order', async () => {
    const { fetchPage } = createList(jobs(47).toReversed());

    const read = await readList(fetchPage, ({ readBackTo }) => readBackTo !== null);

    expect(read.runs).toHaveLength(47);
    expect(read).toMatchObject({ truncated: false, isWhole: true, isNewestFirst: false });
  });

  it('takes a run once that new ones push to the next page', async () => {
    const { fetchPage } = createList(jobs(47), {
      turned: (list, page) => void (page <= 3 && list.unshift({ id: `new${page}`, created: 100 + page })),
    });

    const read = await readList(fetchPage, all);

    expect(idsOf(read.runs)).toEqual(idsOf(jobs(47)));
    expect(read).toMatchObject({ truncated: false, isNewestFirst: true });
  });

  it.each([1, 4, 5, 8, 10])('misses nothing where %i that were read are deleted meanwhile', async (deleted) => {
    const { fetchPage } = createList(jobs(47), {
      turned: (list, page) => void (page === 2 && list.splice(0, deleted)),
    });

    const read = await readList(fetchPage, all);

    expect(read.runs.length).toBeGreaterThanOrEqual(47 - deleted);
    expect(idsOf(read.runs)).toEqual(expect.arrayContaining([...idsOf(jobs(47 - deleted))]));
    expect(read.truncated).toBe(false);
  });

  it('is cut where so many are deleted at every turn that pages never join', async () => {
    const { fetchPage } = createList(jobs(300), { turned: (list) => void list.splice(0, 12) });

    const read = await readList(fetchPage, all);

    expect(read.truncated).toBe(true);
  });

  it.each([true, null])('is cut where a long page comes again and again (more: %s)', async (isMore) => {
    const asked: number[] = [];

    const read = await readList((offset) => {
      asked.push(offset);
      return Promise.resolve(toPage(jobs(100), isMore));
    }, all);

    expect(read).toMatchObject({ truncated: true, isWhole: false });
    expect(asked.length).toBeLessThan(10);
  });

  it('is whole where a short page that claims no more comes again', async () => {
    const read = await readList(() => Promise.resolve(toPage(jobs(30), null)), all);

    expect(read.runs).toHaveLength(30);
    expect(read).toMatchObject({ truncated: false, isWhole: true });
  });

  it('is cut where an empty page claims more', async () => {
    const atOnce = await readList(() => Promise.resolve(toPage([], true)), all);
    const later = await readList((offset) => Promise.resolve(toPage(offset === 0 ? jobs(10) : [], true)), all);

    expect([atOnce.truncated, later.truncated]).toEqual([true, true]);
  });

  it('is cut where it never ends', async () => {
    let pages = 0;

    const read = await readList((offset) => {
      pages += 1;
      const values = Array.from({ length: 10 }, (_, index) => ({ id: `r${offset + index}`, created: -offset - index }));
      return Promise.resolve(toPage(values, true));
    }, all);

    expect(read.truncated).toBe(true);
    expect(pages).toBeLessThanOrEqual(500);
  });

  it('holds every run that was there all along or says that it is cut, whatever comes and goes meanwhile', async () => {
    const turn = fc.record({ added: fc.nat({ max: 6 }), deleted: fc.array(fc.nat({ max: 200 }), { maxLength: 8 }) });
    const world = fc.record({
      count: fc.nat({ max: 120 }),
      size: fc.integer({ min: 2, max: 30 }),
      says: fc.constantFrom('always' as const, 'if true' as const, 'never' as const),
      turns: fc.array(turn, { maxLength: 12 }),
      order: fc.constantFrom('newest first' as const, 'oldest first' as const, 'any' as const),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ count, size, says, turns, order }) => {
        const rank = ({ id, created }: Listed): number =>
          order === 'newest first' ? -created : order === 'oldest first' ? created : (Number(id.slice(1)) * 7919) % 101;
        const sort = (list: Listed[]): Listed[] => list.sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
        let next = count;
        const { list, fetchPage } = createList(sort([...jobs(count)]), {
          size,
          says,
          turned: (present, page) => {
            const { added, deleted } = turns[page - 1] ?? { added: 0, deleted: [] };
            for (const index of deleted) if (present.length > 0) present.splice(index % present.length, 1);
            for (let one = 0; one < added; one += 1) {
              next += 1;
              present.push({ id: `r${next}`, created: next });
            }
            sort(present);
          },
        });

        const read = await readList(fetchPage, all);

        const ids = new Set(read.runs.map(({ id }) => id));
        const missed = list.filter(({ id }) => Number(id.slice(1)) <= count && !ids.has(id));
        if (!read.truncated) expect(missed).toEqual([]);
        if (turns.length === 0) expect(read).toMatchObject({ truncated: false, isWhole: true });
      }),
      { numRuns: 500 },
    );
  });
});

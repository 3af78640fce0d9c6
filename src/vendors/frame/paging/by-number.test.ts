import { describe, expect, it } from 'vitest';
import { finishedRun } from '../../../../test/support/builders.ts';
import type { Run } from '../../../model/run.ts';
import { type UnixSeconds, unixSeconds } from '../../../model/time.ts';
import { readByNumber } from './by-number.ts';

type Page = Awaited<ReturnType<Parameters<typeof readByNumber>[0]>>;

const PAGE_SIZE = 100;

const FROM = unixSeconds(Date.UTC(2026, 10, 1) / 1000);

/** Run number `index`, created that many minutes after `FROM` (before it, below zero). */
function run(index: number, createdAt: UnixSeconds | null = unixSeconds(FROM + index * 60)): Run {
  return finishedRun({ id: `r${index}`, createdAt });
}

/** Runs `newest` down to `oldest`. */
function descending(newest: number, oldest: number): readonly Run[] {
  return Array.from({ length: newest - oldest + 1 }, (_, index) => run(newest - index));
}

function page(runs: readonly Run[], said: Partial<Page> = {}): Page {
  return { runs, rejected: [], next: null, total: null, totalPages: null, ...said };
}

/** A list cut into pages that say what the documented ones say, but name no links. */
function pagesOf(runs: readonly Run[], size = PAGE_SIZE): (number: number) => Page {
  const totalPages = Math.ceil(runs.length / size);
  return (number) => page(runs.slice(number * size, (number + 1) * size), { totalPages, total: runs.length });
}

const link = (to: number): Page['next'] => ({ href: `/jobs?page=${to}`, from: new URL('http://acme.example/jobs') });

/** Reads a list. `asked` holds the numbers of pages; with `link`, they were asked for by a link. */
async function read(answer: (number: number) => Page) {
  const asked: (number | string)[] = [];
  const { runs, rejected, truncated } = await readByNumber(
    (place) => {
      const number = typeof place === 'number' ? place : Number(place.href.split('=')[1]);
      asked.push(typeof place === 'number' ? number : `link ${number}`);
      return Promise.resolve(answer(number));
    },
    FROM,
    PAGE_SIZE,
  );
  return { asked, ids: runs.map(({ id }) => id), rejected, truncated };
}

const ids = (runs: readonly Run[]): readonly string[] => runs.map(({ id }) => id);

describe('a list that pages as documented', () => {
  it('is read to its last page, where all its runs lie in the window', async () => {
    const runs = descending(250, 1);

    const result = await read(pagesOf(runs));

    expect(result).toEqual({ asked: [0, 1, 2], ids: ids(runs), rejected: [], truncated: false });
  });

  it('is read by its links', async () => {
    const runs = descending(250, 1);

    const result = await read((number) => ({ ...pagesOf(runs)(number), next: number < 2 ? link(number + 1) : null }));

    expect(result).toEqual({ asked: [0, 'link 1', 'link 2'], ids: ids(runs), rejected: [], truncated: false });
  });

  it('is asked once where the first page already reaches beyond the window', async () => {
    const runs = descending(10, -500);

    const result = await read(pagesOf(runs));

    expect(result).toEqual({ asked: [0], ids: ids(runs.slice(0, PAGE_SIZE)), rejected: [], truncated: false });
  });

  it.each([7, 20, 100, 200])(
    'is looked behind where no page was shorter than one before it: %d runs',
    async (count) => {
      const runs = descending(count, 1);

      const result = await read(pagesOf(runs));

      const pages = Math.ceil(count / PAGE_SIZE);
      expect(result.asked).toEqual(Array.from({ length: pages + 1 }, (_, index) => index));
      expect(result).toMatchObject({ ids: ids(runs), truncated: false });
    },
  );

  it('is empty where it says so, and where it says nothing', async () => {
    const bare = await read(() => page([]));
    const said = await read(() => page([], { totalPages: 0, total: 0 }));

    const nothing = { asked: [0], ids: [], rejected: [], truncated: false };
    expect({ bare, said }).toEqual({ bare: nothing, said: nothing });
  });
});

describe('an order', () => {
  it('that is another makes the list be read on, since a new run may stand anywhere', async () => {
    const runs = descending(120, -120).toReversed();

    const result = await read(pagesOf(runs));

    expect(result).toEqual({ asked: [0, 1, 2], ids: ids(runs), rejected: [], truncated: false });
  });

  it('that a later page breaks is not trusted', async () => {
    const runs = [...descending(150, 51), run(200), ...descending(50, -60)];

    const result = await read(pagesOf(runs));

    expect(result).toMatchObject({ asked: [0, 1, 2], ids: ids(runs), truncated: false });
  });

  it('is not decided over by a run without a creation time', async () => {
    const runs = [...descending(50, 1), run(7777, null), ...descending(0, -200)];

    const result = await read(pagesOf(runs));

    expect(result).toMatchObject({ asked: [0], truncated: false });
  });

  it('is still trusted when new runs pushed some onto the next page', async () => {
    const before = descending(150, -200);
    const after = [run(152), run(151), ...before];

    const result = await read((number) => pagesOf(number === 0 ? before : after)(number));

    expect(result).toMatchObject({ asked: [0, 1], truncated: false });
  });
});

describe('pages that say something wrong of the list', () => {
  const runs = descending(250, 1);
  const whole = { ids: ids(runs), truncated: false };

  it.each([
    ['only of themselves', (one: Page) => ({ total: one.runs.length, totalPages: 1 })],
    [
      'that it ends with them',
      (one: Page, number: number) => ({ total: number * 20 + one.runs.length, totalPages: number + 1 }),
    ],
    ['nothing', () => ({ total: null, totalPages: null })],
    ['that it is empty', () => ({ total: 0, totalPages: 0 })],
  ])('are read to the end of it: %s, in pages of 20', async (_what, said) => {
    const result = await read((number) => {
      const one = pagesOf(runs, 20)(number);
      return { ...one, ...said(one, number) };
    });

    expect(result).toMatchObject(whole);
  });

  it('are read on by number where a link leads back', async () => {
    const result = await read((number) => ({ ...pagesOf(runs)(number), next: number < 2 ? link(0) : null }));

    expect(result).toMatchObject({ asked: [0, 'link 0', 1, 2], ...whole });
  });

  it('are read on by number where a link leads to nothing', async () => {
    const result = await read((number) =>
      number === 99 ? page([]) : { ...pagesOf(runs)(number), next: number < 2 ? link(99) : null },
    );

    expect(result).toMatchObject({ asked: [0, 'link 99', 1, 2], ...whole });
  });

  it('are read on behind an empty one that is not the last', async () => {
    const holes = [...descending(250, 151), ...descending(150, 51), ...descending(50, 1)];

    const result = await read((number) => ({
      ...(number === 1 ? page([]) : pagesOf(holes)(number === 0 ? 0 : number - 1)),
      total: 250,
      totalPages: 4,
    }));

    expect(result).toMatchObject(whole);
  });

  it('are whole where the last one names a next one that is empty, and the total is reached', async () => {
    const full = descending(200, 1);

    const result = await read((number) => ({ ...pagesOf(full)(number), next: number < 2 ? link(number + 1) : null }));

    expect(result).toMatchObject({ asked: [0, 'link 1', 'link 2'], ids: ids(full), truncated: false });
  });

  it('are whole where more came at once than was asked for, and the same again for every page', async () => {
    const result = await read(() => page(runs));

    expect(result).toMatchObject({ asked: [0, 1], ...whole });
  });
});

describe('a list that is not proven whole is cut', () => {
  const runs = descending(250, 1);

  it.each([
    ['every page is the first', (number: number) => ({ ...pagesOf(runs)(0), next: link(number + 1) }), 100],
    [
      'every page is the first of 20, and says that it is all',
      () => page(runs.slice(0, 20), { total: 20, totalPages: 1 }),
      20,
    ],
    ['every page is the first of 20, and says nothing', () => page(runs.slice(0, 20)), 20],
    [
      'pages run dry before the total',
      (number: number) => (number === 0 ? pagesOf(runs)(0) : { ...pagesOf(runs)(number), runs: [] }),
      100,
    ],
    [
      'pages run dry where more was said',
      (number: number) => (number === 0 ? page(runs.slice(0, 100), { next: link(1) }) : page([])),
      100,
    ],
    [
      'the last page is read and runs are missing',
      (number: number) => ({ ...pagesOf(runs.slice(0, 150))(number), total: 190 }),
      150,
    ],
    ['the first page is empty, and says that there are more', () => page([], { total: 5, totalPages: 1 }), 0],
  ])('%s', async (_what, answer, count) => {
    const result = await read(answer);

    expect(result).toMatchObject({ ids: ids(runs.slice(0, count)), truncated: true });
    expect(result.asked.length).toBeLessThanOrEqual(5);
  });

  it('for it has no end', async () => {
    const endless = await read((number) =>
      page(descending(1_000_000 - number * 100, 999_901 - number * 100), { totalPages: 1e6, total: 1e8 }),
    );

    expect(endless.asked).toHaveLength(100);
    expect(endless.ids).toHaveLength(10_000);
    expect(endless.truncated).toBe(true);
  });
});

describe('a list that changes while it is read', () => {
  it('gives a run once that a new one pushed onto the next page', async () => {
    const before = descending(200, 1);
    const after = [run(201), ...before];

    const result = await read((number) => pagesOf(number === 0 ? before : after)(number));

    expect(result).toEqual({ asked: [0, 1, 2], ids: ids(before), rejected: [], truncated: false });
  });

  it('gives the runs too that moved onto a page that was read, as one of it was deleted', async () => {
    const before = descending(200, 1);
    const after = before.filter(({ id }) => id !== 'r150');
    let isDeleted = false;

    const result = await read((number) => {
      isDeleted ||= number === 1;
      return pagesOf(isDeleted ? after : before)(number);
    });

    expect(result).toMatchObject({ asked: [0, 1, 0, 1], truncated: false });
    expect(result.ids.toSorted()).toEqual(ids(before).toSorted());
  });

  it('is cut where it shrinks again and again', async () => {
    let length = 250;

    const result = await read((number) => pagesOf(descending(length--, 1))(number));

    expect(result).toMatchObject({ asked: [0, 1, 0, 1], truncated: true });
  });
});

it('counts a record that cannot be read as part of the list, once', async () => {
  const broken = { reason: 'schema', key: 'k1', problem: 'id: invalid_type' } as const;

  const result = await read((number) => ({
    ...pagesOf(descending(190, 1))(number),
    rejected: number < 2 ? [broken] : [],
    total: 191,
  }));

  expect(result).toMatchObject({ asked: [0, 1], rejected: [broken], truncated: false });
});

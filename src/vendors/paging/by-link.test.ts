import { describe, expect, it } from 'vitest';
import { finishedRun } from '../../../test/support/builders.ts';
import { readByLink } from './by-link.ts';

type Page = Awaited<ReturnType<Parameters<typeof readByLink>[0]>>;

const FROM = new URL('http://acme.example/jobs');

/** A page of runs with these ids; `next` is the number of the page that it links to. */
function page(ids: readonly string[], next: number | null = null, said: Partial<Page> = {}): Page {
  const runs = ids.map((id) => finishedRun({ id }));
  const link = next === null ? null : { href: String(next), from: FROM };
  return { runs, rejected: [], next: link, total: null, isMissing: false, ...said };
}

const MISSING = page([], null, { isMissing: true });

/** Reads pages that are asked for by number, from 1. */
async function read(answer: (number: number) => Page, maxPages = 10) {
  const asked: number[] = [];
  const { runs, truncated } = await readByLink(
    (link) => {
      asked.push(Number(link?.href ?? 1));
      return Promise.resolve(answer(asked.at(-1) ?? 1));
    },
    { maxPages },
  );
  return { asked, ids: runs.map(({ id }) => id), truncated };
}

/** The page of that number; missing where there is none. */
const pagesOf =
  (...pages: readonly Page[]) =>
  (number: number): Page =>
    pages[number - 1] ?? MISSING;

describe('a list is whole', () => {
  it.each([
    ['its only page links to no other', [page(['a'])], ['a']],
    ['its last page links to no other', [page(['a'], 2), page(['b'])], ['a', 'b']],
    ['nothing is there at all', [MISSING], []],
    ['as many were read as are counted', [page(['a'], 2, { total: 2 }), page(['b'], null, { total: 2 })], ['a', 'b']],
    ['the count is of the page alone', [page(['a'], 2, { total: 1 }), page(['b'], null, { total: 1 })], ['a', 'b']],
    ['the next page is missing, and no more are counted', [page(['a'], 2, { total: 1 }), MISSING], ['a']],
    [
      'the count falls, as a run left',
      [page(['a', 'b'], 2, { total: 4 }), page(['d'], null, { total: 3 })],
      ['a', 'b', 'd'],
    ],
  ] as const)('where %s', async (_what, pages, ids) => {
    await expect(read(pagesOf(...pages))).resolves.toMatchObject({ ids, truncated: false });
  });
});

describe('a list is cut', () => {
  it.each([
    ['fewer were read than are counted', [page(['a'], null, { total: 2 })], ['a']],
    ['the next page is missing, and nothing is counted', [page(['a'], 2), MISSING], ['a']],
    ['a page brings nothing new, and links to another', [page(['a'], 2), page(['a'], 3), page(['b'])], ['a']],
  ] as const)('where %s', async (_what, pages, ids) => {
    await expect(read(pagesOf(...pages))).resolves.toMatchObject({ ids, truncated: true });
  });

  it('where it goes on after the last page that may be read', async () => {
    const { asked, truncated } = await read((number) => page([`r${number}`], number + 1), 3);

    expect({ asked, truncated }).toEqual({ asked: [1, 2, 3], truncated: true });
  });
});

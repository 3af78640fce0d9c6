import { describe, expect, it } from 'vitest';
import { at, finishedRun } from '../../../../test/support/builders.ts';
import { byLink, readByLink } from './by-link.ts';
import type { PageRequest } from './list-page.ts';

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
  const { runs, truncated } = await readByLink((link) => {
    asked.push(Number(link?.href ?? 1));
    return Promise.resolve(answer(asked.at(-1) ?? 1));
  }, maxPages);
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

it('asks for the next page by the link that names it, or by its cursor', async () => {
  const askedBy = async (options: Parameters<typeof byLink>[0]) => {
    const asked: PageRequest[] = [];
    const fetchPage = async (request: PageRequest) => {
      asked.push(request);
      const said = { keys: [], totalPages: null, hasMore: null };
      return { ...page([`r${asked.length}`], asked.length === 1 ? 2 : null), ...said };
    };
    const slice = { from: at(0), to: at(60), part: null };
    await byLink(options).createReader()({ fetchPage, slice, readAll: false, unlisted: new Set() });
    return asked;
  };
  const [first, next] = [{ missing: [204] }, { missing: [204, 404, 410] }];

  expect(await askedBy({ maxPages: 9 })).toEqual([first, { ...next, link: { href: '2', from: FROM } }]);
  expect(await askedBy({ maxPages: 9, cursor: (after) => ({ after }) })).toEqual([
    first,
    { ...next, parameters: { after: '2' } },
  ]);
});

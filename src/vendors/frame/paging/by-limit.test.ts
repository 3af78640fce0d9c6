import { expect, it } from 'vitest';
import { at, finishedRun } from '../../../../test/support/builders.ts';
import { type FailureReason, VendorError } from '../../../http/errors.ts';
import { byLimit } from './by-limit.ts';
import type { ListPage } from './list-page.ts';

/** Answers in order: a page of so many runs, or a failure. */
function createList(...answers: readonly (number | FailureReason)[]) {
  const asked: unknown[] = [];
  const left = [...answers];
  const reader = byLimit({
    lowest: 10,
    highest: 1000,
    parameters: (limit) => ({ limit }),
    mayBeCut: ({ part }) => part !== 'rest',
  }).createReader();
  const fetchPage = async ({ parameters }: { readonly parameters?: Readonly<Record<string, unknown>> }) => {
    asked.push(parameters?.['limit']);
    const answer = left.shift() ?? 0;
    if (typeof answer === 'string') throw new VendorError('it failed', { reason: answer });
    return pageOf(answer);
  };
  const read = async (part: string | null = null) => {
    const slice = { from: at(0), to: at(60), part };
    const { runs, truncated } = await reader({ fetchPage, slice, readAll: false, unlisted: new Set() });
    return { runs: runs.length, truncated };
  };
  return { asked, read };
}

function pageOf(size: number): ListPage {
  const runs = Array.from({ length: size }, (_, index) => finishedRun({ id: `r${index}` }));
  const said = { isMissing: false, next: null, total: null, totalPages: null, hasMore: null };
  return { runs, rejected: [], keys: runs.map(({ id }) => id), ...said };
}

it('asks once where an answer is not full', async () => {
  const { asked, read } = createList(9);

  expect(await read()).toEqual({ runs: 9, truncated: false });
  expect(asked).toEqual([10]);
});

it('asks for more while answers are full', async () => {
  const { asked, read } = createList(10, 100, 101);

  expect(await read()).toEqual({ runs: 101, truncated: false });
  expect(asked).toEqual([10, 100, 1000]);
});

it.each([
  ['gives no more than before', [10, 10], 10],
  ['refuses to give more', [10, 'http_client'], 10],
  ['fills even the highest limit', [10, 100, 1000], 1000],
] as const)('says that a list may be cut where the vendor %s', async (_what, answers, runs) => {
  const { read } = createList(...answers);

  expect(await read()).toEqual({ runs, truncated: true });
});

it('does not call a slice cut of which nothing can be missing', async () => {
  const { read } = createList(10, 10);

  expect(await read('rest')).toEqual({ runs: 10, truncated: false });
});

it('begins with the limit that was needed, and with the lowest again once that is refused', async () => {
  const { asked, read } = createList(10, 11, 11, 'http_client', 3, 3);

  for (let poll = 0; poll < 4; poll += 1) await read();

  expect(asked).toEqual([10, 100, 100, 100, 10, 10]);
});

it('fails where asking for more fails otherwise', async () => {
  await expect(createList(10, 'http_server').read()).rejects.toMatchObject({ reason: 'http_server' });
  await expect(createList('http_client').read()).rejects.toMatchObject({ reason: 'http_client' });
});

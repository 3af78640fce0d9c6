import { describe, expect, it } from 'vitest';
import { at, finishedRun } from '../../test/support/builders.ts';
import { createBook } from '../../test/support/book.ts';
import type { Result } from '../model/run.ts';
import { newestEnd } from './recent-runs.ts';

/** A book that has read runs of these results, one after the other. */
function afterResults(...results: readonly Result[]) {
  const book = createBook();
  for (const [index, result] of results.entries()) {
    book.read([finishedRun({ id: `r${index}`, endedAt: at(index), result })]);
  }
  return book;
}

describe('the newest run', () => {
  it('is the one that ended last, then began last, then has the largest id', () => {
    const book = createBook();
    const runs = [
      finishedRun({ id: 'z', endedAt: at(5), startedAt: at(1) }),
      finishedRun({ id: 'c', endedAt: at(5), startedAt: at(2) }),
      finishedRun({ id: 'b', endedAt: at(5), startedAt: at(2) }),
      finishedRun({ id: 'd', endedAt: at(4), startedAt: at(3) }),
    ];

    for (const run of runs) book.read([run]);

    expect(book.job().recent.map(({ id }) => id)).toEqual(['c', 'b', 'z', 'd']);
  });

  it('is the same in whatever order runs are listed', () => {
    const book = createBook();

    for (const end of [3, 1, 2]) book.read([finishedRun({ id: `r${end}`, endedAt: at(end) })]);

    expect(book.job().recent.map(({ id }) => id)).toEqual(['r3', 'r2', 'r1']);
  });
});

describe('the end of the newest success and failure', () => {
  it('is remembered beyond the newest runs', () => {
    const book = afterResults('success', 'timeout', 'skip', 'skip', 'skip', 'skip', 'skip', 'skip');

    expect(book.job().recent).toHaveLength(5);
    expect([newestEnd(book.job(), 'success'), newestEnd(book.job(), 'failure')]).toEqual([at(0), at(1)]);
  });

  it.each<[Result, number | null]>([
    ['failure', 0],
    ['error', 0],
    ['timeout', 0],
    ['cancellation', null],
    ['skip', null],
    ['unknown', null],
    ['success', null],
  ])('has %s as a failure: %s', (result, expected) => {
    const book = afterResults(result);

    expect(newestEnd(book.job(), 'failure')).toBe(expected === null ? null : at(expected));
  });

  it('follows a run that changes its mind', () => {
    const book = afterResults('failure');

    book.read([finishedRun({ id: 'r0', endedAt: at(0), result: 'success' })]);

    expect([newestEnd(book.job(), 'success'), newestEnd(book.job(), 'failure')]).toEqual([at(0), null]);
  });
});

import { expect, it } from 'vitest';
import { type UnixSeconds, unixSeconds } from '../../model/time.ts';
import type { Run } from '../../model/run.ts';
import { type Page, PAGE_SIZE, readPages } from './read-pages.ts';
import { createFieldReader } from '../read-fields.ts';
import { toRun } from './to-runs.ts';

const FROM = unixSeconds(Date.UTC(2026, 10, 1) / 1000);
const scope = { key: 'workspace:w1', kind: 'workspace', id: 'w1', workspace: '' } as const;

/** Run number `index`, created that many minutes after `FROM` (before it, below zero). */
function run(index: number, createdAt: UnixSeconds | null = unixSeconds(FROM + index * 60)): Run {
  const created = createdAt === null ? null : new Date(createdAt * 1000).toISOString();
  return toRun(
    { id: `r${index}`, type: 'X', status: 'COMPLETE', created },
    createFieldReader(unixSeconds(FROM + 86_400)),
    scope,
    {},
  );
}

/** Runs `newest` down to `oldest`. */
function descending(newest: number, oldest: number): readonly Run[] {
  return Array.from({ length: newest - oldest + 1 }, (_, index) => run(newest - index));
}

function page(runs: readonly Run[], said: Partial<Page> = {}): Page {
  return { runs, rejected: [], number: null, totalPages: null, totalElements: null, ...said };
}

/** A list cut into pages that say what the documented ones say. */
function pagesOf(runs: readonly Run[]): (number: number) => Page {
  const totalPages = Math.ceil(runs.length / PAGE_SIZE);
  return (number) =>
    page(runs.slice(number * PAGE_SIZE, (number + 1) * PAGE_SIZE), { number, totalPages, totalElements: runs.length });
}

async function read(answer: (number: number) => Page) {
  const asked: number[] = [];
  const { runs, rejected, truncated } = await readPages((number) => {
    asked.push(number);
    return Promise.resolve(answer(number));
  }, FROM);
  return { asked, ids: runs.map(({ id }) => id), rejected, truncated };
}

const ids = (runs: readonly Run[]): readonly string[] => runs.map(({ id }) => id);

it('reads every page of a list whose runs all lie in the window', async () => {
  const runs = descending(250, 1);

  const result = await read(pagesOf(runs));

  expect(result).toEqual({ asked: [0, 1, 2], ids: ids(runs), rejected: [], truncated: false });
});

it('asks once where the first page already reaches beyond the window', async () => {
  const runs = descending(10, -500);

  const result = await read(pagesOf(runs));

  expect(result).toEqual({ asked: [0], ids: ids(runs.slice(0, PAGE_SIZE)), rejected: [], truncated: false });
});

it('reads on where the list is not newest first, since a new run may stand anywhere', async () => {
  const runs = descending(120, -120).toReversed();

  const result = await read(pagesOf(runs));

  expect(result).toEqual({ asked: [0, 1, 2], ids: ids(runs), rejected: [], truncated: false });
});

it('does not trust an order that a later page breaks', async () => {
  const runs = [...descending(150, 51), run(200), ...descending(50, -60)];

  const result = await read(pagesOf(runs));

  expect(result).toEqual({ asked: [0, 1, 2], ids: ids(runs), rejected: [], truncated: false });
});

it('does not let a run without a creation time decide about the order', async () => {
  const runs = [...descending(50, 1), run(7777, null), ...descending(0, -200)];

  const result = await read(pagesOf(runs));

  expect(result).toMatchObject({ asked: [0], truncated: false });
});

it('takes an empty list for an empty list', async () => {
  const bare = await read(() => page([]));
  const said = await read(() => page([], { number: 0, totalPages: 0, totalElements: 0 }));

  const nothing = { asked: [0], ids: [], rejected: [], truncated: false };
  expect({ bare, said }).toEqual({ bare: nothing, said: nothing });
});

it('calls a list cut when the page number does not advance', async () => {
  const runs = descending(250, 1);

  const result = await read((number) => ({ ...pagesOf(runs)(number), number: 0 }));

  expect(result).toEqual({ asked: [0, 1], ids: ids(runs.slice(0, 2 * PAGE_SIZE)), rejected: [], truncated: true });
});

it('calls a list cut when a page repeats what was read', async () => {
  const runs = descending(250, 1);

  const result = await read((number) => ({ ...pagesOf(runs)(0), number }));

  expect(result).toMatchObject({ asked: [0, 1], truncated: true });
});

it('calls a list cut when pages run dry before what they claim', async () => {
  const runs = descending(250, 1);

  const result = await read((number) => (number === 0 ? pagesOf(runs)(0) : { ...pagesOf(runs)(number), runs: [] }));

  expect(result).toMatchObject({ asked: [0, 1], truncated: true });
});

it('calls a list cut when the last page is read and runs are missing', async () => {
  const runs = descending(150, 1);

  const result = await read((number) => ({ ...pagesOf(runs)(number), totalElements: 190 }));

  expect(result).toMatchObject({ asked: [0, 1], truncated: true });
});

it('gives up on pages without end', async () => {
  const endless = await read((number) =>
    page(descending(1_000_000 - number * 100, 999_901 - number * 100), { number, totalPages: 1e6, totalElements: 1e8 }),
  );

  expect(endless.asked).toHaveLength(100);
  expect(endless.ids).toHaveLength(10_000);
  expect(endless.truncated).toBe(true);
});

it('takes a run once that a new one pushed onto the next page', async () => {
  const before = descending(200, 1);
  const after = [run(201), ...before];

  const result = await read((number) => pagesOf(number === 0 ? before : after)(number));

  expect(result).toEqual({ asked: [0, 1, 2], ids: ids(before), rejected: [], truncated: false });
});

it('still trusts the order when new runs pushed some onto the next page', async () => {
  const before = descending(150, -200);
  const after = [run(152), run(151), ...before];

  const result = await read((number) => pagesOf(number === 0 ? before : after)(number));

  expect(result).toMatchObject({ asked: [0, 1], truncated: false });
});

it('does not call a list cut of which a run was deleted meanwhile', async () => {
  const before = descending(200, 1);
  const after = before.filter(({ id }) => id !== 'r150');

  const result = await read((number) => pagesOf(number === 0 ? before : after)(number));

  expect(result).toMatchObject({ asked: [0, 1], truncated: false });
});

it('reads on without page data until a page is not full', async () => {
  const runs = descending(250, 1);

  const result = await read((number) => page(pagesOf(runs)(number).runs));

  expect(result).toEqual({ asked: [0, 1, 2], ids: ids(runs), rejected: [], truncated: false });
});

it('counts a record that cannot be read as part of the list, once', async () => {
  const broken = { reason: 'schema', key: 'k1', problem: 'id: invalid_type' } as const;

  const result = await read((number) => ({
    ...pagesOf(descending(200, 1))(number),
    rejected: [broken],
    totalElements: 201,
  }));

  expect(result).toMatchObject({ asked: [0, 1], rejected: [broken], truncated: false });
});

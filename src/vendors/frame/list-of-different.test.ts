import { expect, it } from 'vitest';
import { z } from 'zod';
import { listOfDifferent } from './list-of-different.ts';

const named = z.object({ id: z.string(), name: z.string().optional() });

const problemsOf = (schema: z.ZodType, value: unknown): unknown =>
  schema.safeParse(value).error?.issues.map(({ path, message }) => [path, message]);

it('may be left out', () => {
  expect(listOfDifferent(z.string()).parse(undefined)).toEqual([]);
});

it('refuses an entry that stands in it already', () => {
  expect(problemsOf(listOfDifferent(z.string()), ['a', 'b', 'a'])).toEqual([[[2], 'is listed twice']]);
  expect(problemsOf(listOfDifferent(z.string()), ['a', 'b'])).toBeUndefined();
});

it('tells entries apart by all that they say, or by what is given', () => {
  const list = [{ id: 'a' }, { id: 'a', name: 'A' }];

  expect(problemsOf(listOfDifferent(named), list)).toBeUndefined();
  expect(
    problemsOf(
      listOfDifferent(named, ({ id }) => id),
      list,
    ),
  ).toEqual([[[1], 'is listed twice']]);
});

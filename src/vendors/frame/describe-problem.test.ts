import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeProblem } from './describe-problem.ts';

/** A value that must never show. */
const PERSONAL = 'ada@example.com';

const Wire = z.object({
  type: z.string().min(1),
  stream: z.object({ id: z.union([z.int(), z.string().min(1)]) }),
  rows: z.array(z.number()).nullish(),
});
const RIGHT = { type: 'batch', stream: { id: 1 } };

test.each([
  [null, 'the whole record: expected an object, got null'],
  [PERSONAL, 'the whole record: expected an object, got text'],
  [{ ...RIGHT, type: { name: PERSONAL } }, 'type: expected text, got an object'],
  [{ stream: RIGHT.stream }, 'type: expected text, got nothing'],
  [{ ...RIGHT, type: true }, 'type: expected text, got true or false'],
  [{ ...RIGHT, type: '' }, 'type: is empty'],
  [{ ...RIGHT, stream: { id: [PERSONAL] } }, 'stream.id: expected a number or text, got a list'],
  [{ ...RIGHT, stream: { id: 1.5 } }, 'stream.id: expected a whole number or text, got a fraction'],
  [{ ...RIGHT, rows: [1, PERSONAL] }, 'rows.1: expected a number, got text'],
])('says what is wrong with %j', (sent, problem) => {
  const { error } = Wire.safeParse(sent);

  expect(describeProblem(error!, sent, 'the whole record')).toBe(problem);
});

import type { z } from 'zod';
import { VendorError } from '../../http/errors.ts';
import { describeProblem } from './describe-problem.ts';

/**
 * Reads an answer that is one thing: a list's envelope, one run, one run's rows. The records of a list are read one by
 * one instead (`readRecords`).
 *
 * @param what names the answer for people: `Polaris' list of jobs`
 * @throws VendorError (reason `schema`) with path and expectation, never a value
 */
export function parseAnswer<Wire>(schema: z.ZodType<Wire>, body: unknown, what: string): Wire {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problem = describeProblem(parsed.error, body, 'the whole answer');
  throw new VendorError(`${what} is not as documented: ${problem}`, { reason: 'schema' });
}

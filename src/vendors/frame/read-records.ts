import { createHash } from 'node:crypto';
import { z } from 'zod';
import { VendorError } from '../../http/errors.ts';
import type { Run } from '../../model/run.ts';
import type { UnixSeconds } from '../../model/time.ts';
import { describeProblem } from './describe-problem.ts';
import { parseAnswer } from './parse-answer.ts';
import { createFieldReader, type FieldReader, fieldOf } from './read-fields.ts';
import type { Rejected } from '../vendor.ts';

/** The records of a list: the runs it held, and the records that could not be read. */
export interface ReadRecords {
  readonly runs: readonly Run[];
  readonly rejected: readonly Rejected[];
}

/** Turns a record of the wire into a run; what it reads of optional fields, it reads with `fields`. */
export type ToRun<Wire> = (wire: Wire, fields: FieldReader) => Run;

/**
 * Reads a list element by element, so that one broken record never costs the rest. Only its id, its state and what
 * tells its job apart can cost a record.
 *
 * @param records the list as it came
 * @param schema the wire's shape of one record, only the fields used
 * @param toRun the vendor's pure mapping
 * @param now tells times that can be true from those that cannot
 */
export function readRecords<Wire>(
  records: readonly unknown[],
  schema: z.ZodType<Wire>,
  toRun: ToRun<Wire>,
  now: UnixSeconds,
): ReadRecords {
  const runs: Run[] = [];
  const rejected: Rejected[] = [];
  const fields = createFieldReader(now);
  for (const record of records) {
    const parsed = schema.safeParse(record);
    if (!parsed.success) {
      rejected.push(toRejected(record, parsed.error));
      continue;
    }
    const run = toRun(parsed.data, fields);
    // The ledger could not tell such an id from another, and the run would count again.
    if (isWellFormed(run)) runs.push(run);
    else rejected.push({ reason: 'schema', key: recordKey(record), problem: 'id: no well-formed text' });
  }
  return { runs, rejected };
}

/**
 * Reads the answer to the question for one run, by the same rules as a list.
 *
 * @param what names the answer for people: `Polaris' job`
 * @throws VendorError (reason `schema`) where it is no such run
 */
export function readRecord<Wire>(
  body: unknown,
  schema: z.ZodType<Wire>,
  toRun: ToRun<Wire>,
  now: UnixSeconds,
  what: string,
): Run {
  const run = toRun(parseAnswer(schema, body, what), createFieldReader(now));
  if (isWellFormed(run)) return run;
  throw new VendorError(`${what} is not as documented: its id is no well-formed text`, { reason: 'schema' });
}

function isWellFormed({ id, job }: Run): boolean {
  return id.isWellFormed() && job.key.isWellFormed();
}

/** A record that is not of its documented shape. */
export function toRejected(record: unknown, error: z.ZodError): Rejected {
  const problem = describeProblem(error, record, 'the whole record');
  return { reason: 'schema', key: recordKey(record), problem, ...recordId(record) };
}

/** Fields that hold the id of a record, at one vendor or another. */
const ID_FIELDS = ['id', 'runId', 'run_id'];
/** Characters of the longest id that is believed: no vendor's is as long. */
const LONGEST_ID = 200;

/** The id that people find the record by at the vendor, as far as it has one although it is broken. */
function recordId(record: unknown): Pick<Rejected, 'id'> {
  const id = idOf(record);
  const isId = typeof id === 'number' || (typeof id === 'string' && id !== '' && id.length <= LONGEST_ID);
  return isId ? { id: String(id) } : {};
}

function idOf(record: unknown): unknown {
  return ID_FIELDS.map((field) => fieldOf(record, field)).find((value) => value !== undefined);
}

/** Tells a record of a list apart from the others, also one that is broken: its id, else its text. */
export function keyOf(record: unknown): string {
  const id = idOf(record);
  return typeof id === 'string' || typeof id === 'number' ? String(id) : JSON.stringify(record);
}

/**
 * An id of the wire. Numbers are ids too; one of more than 53 bits comes as its digits (`parse-json-body.ts`).
 */
export const WireId = z.union([z.int(), z.string().min(1)]).transform(String);

/** The same for the same record, whatever is broken in it. */
function recordKey(record: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(record) ?? 'undefined')
    .digest('base64url')
    .slice(0, 22);
}

import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { isFinished, type Run } from '../model/run.ts';
import { after, DAY, type Seconds, seconds, type UnixSeconds, unixSeconds } from '../model/time.ts';
import { describeProblem } from './describe-problem.ts';
import type { Rejected } from './vendor.ts';

/** No job platform of ours is older: an earlier time is a broken record. */
const EARLIEST = unixSeconds(Date.UTC(2000, 0, 1) / 1000);

/** What a list gave: the runs it held, and the records that were no runs. */
export interface ReadRecords {
  readonly runs: readonly Run[];
  readonly rejected: readonly Rejected[];
}

/**
 * Reads a list element by element, so that one broken record never costs the rest.
 *
 * @param records the list as it came
 * @param schema the wire's shape of one record, only the fields used
 * @param toRun the vendor's pure mapping
 * @param now to tell implausible times from plausible ones
 */
export function readRecords<Wire>(
  records: readonly unknown[],
  schema: z.ZodType<Wire>,
  toRun: (wire: Wire) => Run,
  now: UnixSeconds,
): ReadRecords {
  const runs: Run[] = [];
  const rejected: Rejected[] = [];
  for (const record of records) {
    const parsed = schema.safeParse(record);
    if (!parsed.success) {
      rejected.push(toRejected(record, parsed.error));
      continue;
    }
    const run = toRun(parsed.data);
    if (!run.id.isWellFormed() || !run.job.key.isWellFormed()) {
      // The ledger could not tell such an id from another, and the run would count again.
      rejected.push({ reason: 'schema', key: recordKey(record), problem: 'id: no well-formed text' });
      continue;
    }
    const implausible = implausibleTime(run, now);
    if (implausible === null) runs.push(run);
    else
      rejected.push({
        reason: 'implausible_time',
        key: run.id,
        id: run.id,
        problem: `${implausible}: before 2000 or in the future`,
      });
  }
  return { runs, rejected };
}

/** A record that is not of its documented shape. */
export function toRejected(record: unknown, error: z.ZodError): Rejected {
  const problem = describeProblem(error, record, 'the whole record');
  return { reason: 'schema', key: recordKey(record), problem, ...recordId(record) };
}

/** Where our vendors' records have their id. */
const ID_FIELDS = ['id', 'runId', 'run_id'];
/** No id of theirs is as long: such a text is something else. */
const LONGEST_ID = 200;

/** The id that people find the record by at the vendor, as far as it has one although it is broken. */
function recordId(record: unknown): Pick<Rejected, 'id'> {
  if (typeof record !== 'object' || record === null) return {};
  const fields = record as Readonly<Record<string, unknown>>;
  const id = ID_FIELDS.map((field) => fields[field]).find((value) => value !== undefined);
  const isId = typeof id === 'number' || (typeof id === 'string' && id !== '' && id.length <= LONGEST_ID);
  return isId ? { id: String(id) } : {};
}

/** How far a start or an end may lie ahead: clocks differ. */
const LONGEST_LEAD = seconds(2 * DAY);
/** How far a run may be scheduled ahead: a yearly one, and then some. */
const LONGEST_SCHEDULE = seconds(400 * DAY);

/** The first time field of a run that cannot be true; null if all can. */
function implausibleTime(run: Run, now: UnixSeconds): string | null {
  const isPlausible = (value: UnixSeconds | null, ahead: Seconds): boolean =>
    value === null || (value >= EARLIEST && value <= after(now, ahead));
  if (!isPlausible(run.createdAt, LONGEST_SCHEDULE)) return 'createdAt';
  if (!isPlausible(run.startedAt, LONGEST_LEAD)) return 'startedAt';
  return isFinished(run) && !isPlausible(run.endedAt, LONGEST_LEAD) ? 'endedAt' : null;
}

/** The same for the same record, whatever is broken in it. */
function recordKey(record: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(record) ?? 'undefined')
    .digest('base64url')
    .slice(0, 22);
}

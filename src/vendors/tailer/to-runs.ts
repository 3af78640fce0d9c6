import { z } from 'zod';
import { isFinished, type Meaning, type Run } from '../../model/run.ts';
import { seconds, type UnixSeconds } from '../../model/time.ts';
import { buildRun } from '../build-run.ts';
import type { FieldReader } from '../read-fields.ts';
import { type ReadRecords, readRecords } from '../read-records.ts';
import { RecordOwner, RunRecord } from './schema.ts';

/**
 * Statuses that the vendor lists for runs and lets one filter by, in our words.
 *
 * `CHECKED` is a `FAILED` run that a person marked as handled. `NO_MATCH` is a file that no template wanted.
 * @see https://docs.tailer.ai/tailer-api/api-features and `tailer-studio/monitor-data-operations-status` (read 2026-11-22)
 */
export const DOCUMENTED_STATUSES = {
  RUNNING: 'executing',
  SUCCESS: 'success',
  FAILED: 'failure',
  CHECKED: 'failure',
  NO_MATCH: 'skip',
} as const satisfies Record<string, Meaning>;

/**
 * Statuses that stand in no page, but that the vendor's own SDK writes: `WAITING` for a run whose turn has not come,
 * `DEACTIVATED` for one that found its data operation disabled.
 * @see tailer_sdk 1.3.18, `template_main.py` and `template_dag.py`, in valiuz/tailer-documentation at 003cc18 (read 2026-11-28)
 */
export const MEANING_BY_STATUS = {
  WAITING: 'pending',
  ...DOCUMENTED_STATUSES,
  DEACTIVATED: 'skip',
} as const satisfies Record<string, Meaning>;

/** A failure that a person marked as handled. */
const ACKNOWLEDGED = 'CHECKED';

/**
 * No run is over so soon. A message that is delivered again makes the run `WAITING`, and then gives it the result that
 * it had, with a duration that only this took: a few microseconds.
 * @see `DAG_INIT_STATUS_DUPLICATE_SUCCESS` and `…_FORCE_FAILED` in the same files
 */
const SHORTEST_RUN = seconds(0.01);

/** What a list is read with: whose runs were asked for, and of which type. */
export interface RunContext {
  readonly account: string;
  readonly environment: string;
  /** As it was asked for. Answers name the type differently (`gbq-to-gbq` for `table-to-table`). */
  readonly type: string;
  readonly stateMap: Readonly<Record<string, Meaning>>;
}

/** What it takes to ask for one run again. */
export interface RunIdentity {
  readonly type: string;
  readonly configurationId: string;
  readonly jobId: string | null;
  readonly runId: string;
}

const EncodedRunIdentity = z.tuple([z.string(), z.string(), z.string().nullable(), z.string()]);

/** The id that a run has with us: `["table-to-table","000099_pda_DEV","gbq-to-gbq|000099_pda_DEV","20201230-…"]`. */
export function encodeRunIdentity({ type, configurationId, jobId, runId }: RunIdentity): string {
  return JSON.stringify([type, configurationId, jobId, runId]);
}

/** Takes apart what `encodeRunIdentity` made. @throws SyntaxError or ZodError for any other text */
export function parseRunIdentity(id: string): RunIdentity {
  const [type, configurationId, jobId, runId] = EncodedRunIdentity.parse(JSON.parse(id));
  return { type, configurationId, jobId, runId };
}

/** Reads the records of an answer. Those of another account or environment are left out: they were not asked for. */
export function readRuns(records: readonly unknown[], context: RunContext, now: UnixSeconds): ReadRecords {
  const asked = records.filter((record) => isAsked(record, context));
  return readRecords(asked, RunRecord, (record, fields) => toRun(record, fields, context), now);
}

/**
 * One run. It ends `duration` after its start, or later: the time that it waited for its turn is in neither. When its
 * record was last written bounds the end from below, unless a person wrote it.
 */
export function toRun(record: RunRecord, fields: FieldReader, context: RunContext): Run {
  const identity = {
    type: context.type,
    configurationId: record.configuration_id,
    jobId: Number.isInteger(record.job_id) ? String(record.job_id) : fields.text('job_id', record.job_id),
    runId: record.run_id,
  };
  const startedAt = fields.instant('start_execution_date', record.start_execution_date);
  const duration = fields.duration('duration', record.duration, startedAt);
  const built = buildRun({
    id: encodeRunIdentity(identity),
    job: {
      key: `${context.type}/${record.configuration_id}`,
      id: record.configuration_id,
      name: record.configuration_id,
      kind: context.type,
      workspace: `${context.account}/${context.environment}`,
      url: null,
    },
    vendorState: record.status,
    table: MEANING_BY_STATUS,
    stateMap: context.stateMap,
    startedAt,
    updatedAt: record.status === ACKNOWLEDGED ? null : fields.instant('last_update_date', record.last_update_date),
    end: { duration },
    acknowledged: record.status === ACKNOWLEDGED,
    fields,
  });
  const isInstant = isFinished(built) && built.result !== 'skip' && duration !== null && duration < SHORTEST_RUN;
  const run = isInstant ? { ...built, duration: null, mayBeRepeat: true } : built;
  // A run may get its `job_id` late; it is then known by the id that it had without one.
  return identity.jobId === null ? run : { ...run, formerId: encodeRunIdentity({ ...identity, jobId: null }) };
}

/** False for a record of another account or environment: it was not asked for. */
export function isAsked(record: unknown, context: Pick<RunContext, 'account' | 'environment'>): boolean {
  const owner = RecordOwner.safeParse(record);
  if (!owner.success) return true;
  const { account, environment } = owner.data;
  return (
    (account ?? context.account) === context.account && (environment ?? context.environment) === context.environment
  );
}

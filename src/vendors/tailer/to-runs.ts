import { z } from 'zod';
import type { Meaning } from '../../model/run.ts';
import { seconds } from '../../model/time.ts';
import type { RunParts } from '../frame/build-run.ts';
import type { FieldReader } from '../frame/read-fields.ts';
import { RecordOwner, type RunRecord } from './schema.ts';

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
 * Statuses that stand in no page, but that the vendor's own SDK writes: `WAITING` for a run that is queued,
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

/** The account whose runs were asked for, and the type of them. */
export interface RunContext {
  readonly account: string;
  readonly environment: string;
  /** As it was asked for. Answers name the type differently (`gbq-to-gbq` for `table-to-table`). */
  readonly type: string;
}

/** The parts of a run's id, with which it can be asked for. */
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

/**
 * One run. It ends `duration` after its start, or later: the time that it waited in the queue is in neither. When its
 * record was last written bounds the end from below, unless a person wrote it.
 */
export function toRunParts(record: RunRecord, fields: FieldReader, context: RunContext): RunParts {
  const { configuration_id: configurationId, status } = record;
  const { account, environment, type } = context;
  const jobId = Number.isInteger(record.job_id) ? String(record.job_id) : fields.text('job_id', record.job_id);
  const identity = { type, configurationId, jobId, runId: record.run_id };
  const startedAt = fields.instant('start_execution_date', record.start_execution_date);
  return {
    id: encodeRunIdentity(identity),
    // A run may get its `job_id` late; it is then known by the id that it had without one.
    ...(jobId !== null && { formerId: encodeRunIdentity({ ...identity, jobId: null }) }),
    job: {
      key: `${type}/${configurationId}`,
      id: configurationId,
      name: configurationId,
      kind: type,
      workspace: `${account}/${environment}`,
      url: null,
    },
    vendorState: status,
    startedAt,
    end: { duration: fields.duration('duration', record.duration, startedAt) },
    shortest: SHORTEST_RUN,
    updatedAt: status === ACKNOWLEDGED ? null : fields.instant('last_update_date', record.last_update_date),
    acknowledged: status === ACKNOWLEDGED,
  };
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

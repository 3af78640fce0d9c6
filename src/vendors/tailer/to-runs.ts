import { z } from 'zod';
import { classify, type Meaning, type Run } from '../../model/run.ts';
import { after, parseTimedelta, parseTimestamp, type UnixSeconds } from '../../model/time.ts';
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
 * `DEACTIVATED` stands in no page, but the vendor's own SDK writes it for a run that found its data operation disabled.
 * @see tailer_sdk 1.3.18, `template_main.py`, in valiuz/tailer-documentation at 003cc18 (read 2026-11-22)
 */
const MEANING_BY_STATUS = { ...DOCUMENTED_STATUSES, DEACTIVATED: 'skip' } as const satisfies Record<string, Meaning>;

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
  return readRecords(asked, RunRecord, (record) => toRun(record, context), now);
}

/**
 * One run. It ends `duration` after its start: `last_update_date` lies later, and moves when somebody edits the status.
 * A run whose start or duration is missing has no end.
 */
export function toRun(record: RunRecord, context: RunContext): Run {
  const startedAt = parseTimestamp(record.start_execution_date ?? '');
  const duration = parseTimedelta(record.duration ?? '');
  const endedAt = startedAt === null || duration === null ? null : after(startedAt, duration);
  const { known, state, result } = classify(record.status, MEANING_BY_STATUS, context.stateMap, endedAt !== null);
  const fields = {
    id: encodeRunIdentity({
      type: context.type,
      configurationId: record.configuration_id,
      jobId: record.job_id ?? null,
      runId: record.run_id,
    }),
    job: {
      key: `${context.type}/${record.configuration_id}`,
      id: record.configuration_id,
      name: record.configuration_id,
      kind: context.type,
      workspace: `${context.account}/${context.environment}`,
      url: null,
    },
    vendorState: record.status,
    stateKnown: known,
    createdAt: null,
    startedAt,
    rows: null,
    exitCode: null,
  };
  return result === null
    ? { ...fields, state, progress: null, healthy: null }
    : { ...fields, result, endedAt, duration, acknowledged: record.status === 'CHECKED' };
}

function isAsked(record: unknown, context: RunContext): boolean {
  const owner = RecordOwner.safeParse(record);
  if (!owner.success) return true;
  const { account, environment } = owner.data;
  return (
    (account ?? context.account) === context.account && (environment ?? context.environment) === context.environment
  );
}

import type { Health, Job, Meaning, RowCounts, RowOutcome } from '../../model/run.ts';
import type { RunParts } from '../frame/build-run.ts';
import { type FieldReader, fieldOf } from '../frame/read-fields.ts';
import type { PolarisJob, PolarisJobMetrics } from './schema.ts';

/**
 * Polaris' execution statuses in our words: all that the vendor lists. `unknown` is its own word for a status that cannot
 * be looked up at the moment, which says nothing of the run.
 *
 * @see README, sources: the OpenAPI file (read 2026-11-30)
 */
const MEANING_BY_STATUS: Readonly<Record<string, Meaning>> = {
  pending: 'pending',
  running: 'executing',
  idle: 'idle',
  suspended: 'paused',
  unknown: 'unknown',
  completed: 'success',
  failed: 'failure',
  canceled: 'cancellation',
};

/** The same for a job whose health is an error: the vendor sends the reader of `completed` to its health. */
const MEANING_WITH_ERROR = { ...MEANING_BY_STATUS, completed: 'failure' } as const;

/** The same for a job that did not fail by its own data or query. */
const MEANING_WITH_SYSTEM_ERROR = { ...MEANING_BY_STATUS, completed: 'error', failed: 'error' } as const;

/** All of them. */
export const MEANINGS = [MEANING_BY_STATUS, MEANING_WITH_ERROR, MEANING_WITH_SYSTEM_ERROR] as const;

/** `warning` stands in one place of the vendor's file, `warn` in the others. */
const HEALTH_STATUSES: ReadonlySet<string> = new Set(['ok', 'warn', 'warning', 'error']);

/**
 * The vendor's codes of warnings.
 *
 * @see README, sources: the OpenAPI file (read 2026-11-30)
 */
const WARNING_CODES: ReadonlySet<string> = new Set([
  'invalid_rows_found',
  'lost_connection_to_source',
  'multiple',
  'no_rows_found',
  'unable_to_proceed',
]);

/** Warnings with which a live job stands still. */
const STANDSTILL_CODES: ReadonlySet<string> = new Set(['lost_connection_to_source', 'unable_to_proceed']);

/**
 * The vendor's codes of errors.
 *
 * @see README, sources: the OpenAPI file (read 2026-11-30)
 */
const ERROR_CODES: ReadonlySet<string> = new Set([
  'canceled',
  'cannot_parse_multi_value_dimension',
  'cannot_parse_source',
  'column_name_restricted',
  'column_type_not_supported',
  'could_not_connect_to_source',
  'internal_error',
  'invalid_null_byte',
  'multiple',
  'no_rows_ingested',
  'null_timestamp',
  'query_not_supported',
  'row_too_large',
  'timestamp_out_of_bounds',
  'too_many_clustered_by_columns',
  'too_many_columns',
  'too_many_input_files',
  'too_many_partitions',
  'too_many_rows_with_same_key',
  'too_many_segments_in_time_chunk',
  'too_many_time_buckets',
]);

/** Errors that are not those of the job's data or query. */
const SYSTEM_CODES: ReadonlySet<string> = new Set(['could_not_connect_to_source', 'internal_error']);

/** Kinds without a natural end: how long they ran says nothing, so they have no duration. */
const STREAMING_KINDS: ReadonlySet<string> = new Set(['streaming']);

/**
 * One job of the wire as a run. The time of the last update is never taken for an end: a person can move it.
 */
export function toRunParts(wire: PolarisJob, fields: FieldReader, projectId: string): RunParts {
  const { table, whileLive, warning } = readHealth(wire, fields);
  return {
    id: wire.id,
    job: toJob(wire, projectId),
    vendorState: wire.executionStatus,
    table,
    createdAt: fields.instant('createdTimestamp', wire.createdTimestamp),
    startedAt: fields.instant('startedTimestamp', wire.startedTimestamp),
    updatedAt: fields.instant('lastUpdatedTimestamp', wire.lastUpdatedTimestamp),
    end: { at: fields.instant('completedTimestamp', wire.completedTimestamp) },
    isEndless: STREAMING_KINDS.has(wire.type),
    health: whileLive,
    warning,
  };
}

/** A job's health, as it changes the run. */
interface JobHealth {
  readonly table: Readonly<Record<string, Meaning>>;
  readonly whileLive: Health | null;
  /** Its code, or `other`; null: no warning. */
  readonly warning: string | null;
}

const NO_HEALTH: JobHealth = { table: MEANING_BY_STATUS, whileLive: null, warning: null };

/** Reads a job's health. A word that nobody listed is a warning, and reported: it must not pass for being well. */
function readHealth(wire: PolarisJob, fields: FieldReader): JobHealth {
  const health = fields.part('health', wire.health);
  const status = fields.word('health.status', fieldOf(health, 'status'), HEALTH_STATUSES);
  if (status === null) return NO_HEALTH;
  if (status === 'ok') return { ...NO_HEALTH, whileLive: 'ok' };
  const codes = status === 'error' ? ERROR_CODES : WARNING_CODES;
  const code = fields.word('health.code', fieldOf(health, 'code'), codes) ?? '';
  if (status === 'error') {
    const table = SYSTEM_CODES.has(code) ? MEANING_WITH_SYSTEM_ERROR : MEANING_WITH_ERROR;
    return { table, whileLive: 'error', warning: null };
  }
  const whileLive = STANDSTILL_CODES.has(code) ? 'error' : 'warning';
  return { ...NO_HEALTH, whileLive, warning: WARNING_CODES.has(code) ? code : 'other' };
}

/** Everything of one type that fills one table is one job; a type that names no table is one job by itself. */
function toJob({ type, target }: PolarisJob, projectId: string): Job {
  const table = target?.tableName || null;
  return { key: `${type}:${table ?? ''}`, id: null, name: table ?? type, kind: type, workspace: projectId, url: null };
}

/** Row totals of one job; an outcome that the answer does not name, in another form, or below zero, is absent. */
export function toRows(wire: PolarisJobMetrics, fields: FieldReader): RowCounts {
  const totals = fields.part('totals', wire.totals);
  const read = (field: string): number | null => fields.number(field, fieldOf(totals, field));
  const rows: Partial<Record<RowOutcome, number>> = {};
  for (const [outcome, count] of [
    ['processed', read('numRowsProcessed')],
    ['processed_with_warning', read('numRowsProcessedWithWarning') ?? read('numRowsProcessedWithWarnings')],
    ['skipped_by_filter', read('numRowsSkippedByFilter')],
    ['skipped_by_error', read('numRowsSkippedByError')],
  ] as const) {
    if (count !== null && count >= 0) rows[outcome] = count;
  }
  return rows;
}

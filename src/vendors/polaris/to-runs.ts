import type { Job, Meaning, RowCounts, RowOutcome, Run } from '../../model/run.ts';
import { buildRun } from '../build-run.ts';
import { type FieldReader, fieldOf } from '../read-fields.ts';
import type { PolarisJob, PolarisJobMetrics } from './schema.ts';

/**
 * Polaris' execution statuses in our words. `pending` and `failed` are not shown in public documents but follow from
 * the vendor's own pages, which speak of pending and failed jobs.
 *
 * @see https://docs.imply.io/polaris/api-manage-job (read 2026-11-22)
 */
const MEANING_BY_STATUS: Readonly<Record<string, Meaning>> = {
  pending: 'pending',
  running: 'executing',
  idle: 'idle',
  suspended: 'paused',
  completed: 'success',
  failed: 'failure',
  canceled: 'cancellation',
};

/** Kinds without a natural end: how long they ran says nothing, so they have no duration. */
const STREAMING_KINDS: ReadonlySet<string> = new Set(['streaming']);

/**
 * One job of the wire as a run. The time of the last update is never taken for an end: a person can move it.
 */
export function toRun(
  wire: PolarisJob,
  fields: FieldReader,
  projectId: string,
  stateMap: Readonly<Record<string, Meaning>>,
): Run {
  const health = fields.text('health.status', fieldOf(wire.health, 'status'));
  return buildRun({
    id: wire.id,
    job: toJob(wire, projectId),
    vendorState: wire.executionStatus,
    table: MEANING_BY_STATUS,
    stateMap,
    createdAt: fields.instant('createdTimestamp', wire.createdTimestamp),
    startedAt: fields.instant('startedTimestamp', wire.startedTimestamp),
    updatedAt: fields.instant('lastUpdatedTimestamp', wire.lastUpdatedTimestamp),
    end: { at: fields.instant('completedTimestamp', wire.completedTimestamp) },
    isEndless: STREAMING_KINDS.has(wire.type),
    healthy: health === null ? null : health !== 'error',
    fields,
  });
}

/** Everything of one type that fills one table is one job; a type that names no table is one job by itself. */
function toJob(wire: PolarisJob, projectId: string): Job {
  const table = wire.target?.tableName || null;
  return {
    key: `${wire.type}:${table ?? ''}`,
    id: null,
    name: table ?? wire.type,
    kind: wire.type,
    workspace: projectId,
    url: null,
  };
}

/** Row totals of one job; an outcome that the answer does not name, or names below zero, is absent. */
export function toRows(wire: PolarisJobMetrics): RowCounts {
  const totals = wire.totals ?? {};
  const rows: Partial<Record<RowOutcome, number>> = {};
  for (const [outcome, count] of [
    ['processed', totals.numRowsProcessed],
    ['processed_with_warning', totals.numRowsProcessedWithWarning ?? totals.numRowsProcessedWithWarnings],
    ['skipped_by_filter', totals.numRowsSkippedByFilter],
    ['skipped_by_error', totals.numRowsSkippedByError],
  ] as const) {
    if (typeof count === 'number' && count >= 0) rows[outcome] = count;
  }
  return rows;
}

import { classify, type Job, type Meaning, type RowCounts, type RowOutcome, type Run } from '../../model/run.ts';
import { between, parseTimestamp, type UnixSeconds } from '../../model/time.ts';
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
 * One job of the wire as a run.
 *
 * A time that cannot be read is null, like one that is absent: the vendor's own sample masks its times, and a run
 * whose end is unreadable is better counted with the moment it was first seen finished than not at all. The time of
 * the last update is never taken for an end.
 */
export function toRun(wire: PolarisJob, projectId: string, stateMap: Readonly<Record<string, Meaning>>): Run {
  const startedAt = toInstant(wire.startedTimestamp);
  const endedAt = toInstant(wire.completedTimestamp);
  const { known, state, result } = classify(wire.executionStatus, MEANING_BY_STATUS, stateMap, endedAt !== null);
  const fields = {
    id: wire.id,
    job: toJob(wire, projectId),
    vendorState: wire.executionStatus,
    stateKnown: known,
    createdAt: toInstant(wire.createdTimestamp),
    startedAt,
    rows: null,
    exitCode: null,
  };
  if (result === null) {
    const health = wire.health?.status ?? null;
    return { ...fields, state, progress: null, healthy: health === null ? null : health !== 'error' };
  }
  const hasDuration = !STREAMING_KINDS.has(wire.type) && startedAt !== null && endedAt !== null && endedAt >= startedAt;
  return {
    ...fields,
    result,
    endedAt,
    duration: hasDuration ? between(startedAt, endedAt) : null,
    acknowledged: false,
  };
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

function toInstant(text: string | null | undefined): UnixSeconds | null {
  return text === null || text === undefined ? null : parseTimestamp(text);
}

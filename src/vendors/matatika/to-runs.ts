import { classify, type Job, type Meaning, type Run } from '../../model/run.ts';
import { between, parseTimestamp, type UnixSeconds } from '../../model/time.ts';
import type { MatatikaJob } from './schema.ts';

/**
 * Matatika's job statuses in our words. STOPPED covers time-outs too, which the API does not tell apart.
 *
 * @see https://docs.meltano.com/reference/cloud/api/resources/jobs (read 2026-11-22)
 */
const MEANING_BY_STATUS: Readonly<Record<string, Meaning>> = {
  QUEUED: 'pending',
  RUNNING: 'executing',
  COMPLETE: 'success',
  ERROR: 'failure',
  STOPPED: 'cancellation',
};

/** A workspace or pipeline whose jobs are listed. */
export interface MatatikaScope {
  readonly key: string;
  readonly kind: 'workspace' | 'pipeline';
  readonly id: string;
  /** The `workspace` label of everything listed under it. */
  readonly workspace: string;
}

/**
 * One job of the wire as a run. The same id may go live again when the vendor retries it; that is the ledger's affair.
 * A time that cannot be read is null, like one that is absent; an end before its start gives no duration.
 */
export function toRun(wire: MatatikaJob, scope: MatatikaScope, stateMap: Readonly<Record<string, Meaning>>): Run {
  const startedAt = toInstant(wire.startTime);
  const endedAt = toInstant(wire.endTime);
  const { known, state, result } = classify(wire.status, MEANING_BY_STATUS, stateMap, endedAt !== null);
  const fields = {
    id: wire.id,
    job: toJob(wire, scope),
    vendorState: wire.status,
    stateKnown: known,
    createdAt: toInstant(wire.created),
    startedAt,
    rows: null,
    exitCode: wire.exitCode ?? null,
  };
  if (result === null) return { ...fields, state, progress: null, healthy: null };
  const duration = startedAt !== null && endedAt !== null && endedAt >= startedAt ? between(startedAt, endedAt) : null;
  return { ...fields, result, endedAt, duration, acknowledged: false };
}

/** One pipeline's jobs of one type are one job of ours; what belongs to no pipeline is told apart by its type alone. */
function toJob(wire: MatatikaJob, scope: MatatikaScope): Job {
  const { _embedded: embedded } = wire;
  const pipeline = embedded?.pipeline;
  const pipelineId = pipeline?.id ?? (scope.kind === 'pipeline' ? scope.id : null);
  return {
    key: pipelineId === null ? `workspace:${scope.id}:${wire.type}` : `pipeline:${pipelineId}:${wire.type}`,
    id: pipelineId,
    name: pipeline?.name || wire.type,
    kind: wire.type,
    workspace: scope.workspace,
    url: null,
  };
}

function toInstant(text: string | null | undefined): UnixSeconds | null {
  return text === null || text === undefined ? null : parseTimestamp(text);
}

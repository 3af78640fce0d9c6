import type { Job, Meaning, Run } from '../../model/run.ts';
import { buildRun } from '../build-run.ts';
import type { FieldReader } from '../read-fields.ts';
import { saidOr } from '../said-or.ts';
import type { MatatikaJob } from './schema.ts';

/**
 * Matatika's job statuses in our words. STOPPED covers time-outs too, which the API does not tell apart.
 *
 * @see https://docs.meltano.com/reference/cloud/api/resources/jobs (read 2026-11-22)
 */
export const MEANING_BY_STATUS: Readonly<Record<string, Meaning>> = {
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
  /** Labels that the configuration gives single pipelines, by id: they hold in every list. Absent: none. */
  readonly pipelineLabels?: ReadonlyMap<string, string>;
}

/** One job of the wire as a run. The same id may go live again when the vendor retries it; that is the ledger's affair. */
export function toRun(
  wire: MatatikaJob,
  fields: FieldReader,
  scope: MatatikaScope,
  stateMap: Readonly<Record<string, Meaning>>,
): Run {
  return buildRun({
    id: wire.id,
    job: toJob(wire, fields, scope),
    vendorState: wire.status,
    table: MEANING_BY_STATUS,
    stateMap,
    createdAt: fields.instant('created', wire.created),
    startedAt: fields.instant('startTime', wire.startTime),
    end: { at: fields.instant('endTime', wire.endTime) },
    exitCode: fields.number('exitCode', wire.exitCode),
    fields,
  });
}

/** One pipeline's jobs of one type are one job of ours; what belongs to no pipeline is told apart by its type alone. */
function toJob(wire: MatatikaJob, fields: FieldReader, scope: MatatikaScope): Job {
  const { _embedded: embedded } = wire;
  const pipeline = embedded?.pipeline;
  const pipelineId = pipeline?.id ?? (scope.kind === 'pipeline' ? scope.id : null);
  const name = fields.text('pipeline.label', pipeline?.label) ?? fields.text('pipeline.name', pipeline?.name);
  const label = scope.pipelineLabels?.get(pipelineId ?? '') ?? (scope.workspace || null);
  return {
    key: pipelineId === null ? `workspace:${scope.id}:${wire.type}` : `pipeline:${pipelineId}:${wire.type}`,
    id: pipelineId,
    url: null,
    ...saidOr(
      { name: wire.type, kind: wire.type, workspace: scope.workspace },
      // A pipeline that is read by itself must not take the label from its workspace, which may be read as well: each
      // would rename the job at every poll, and its counters would start at 0.
      { name: pipelineId === null ? wire.type : name, kind: wire.type, workspace: label },
    ),
  };
}

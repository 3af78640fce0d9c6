import type { Job, Meaning } from '../../model/run.ts';
import { buildJob } from '../frame/build-job.ts';
import type { RunParts } from '../frame/build-run.ts';
import type { FieldReader } from '../frame/read-fields.ts';
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

/** One job of the wire as a run. The same id may go live again when the vendor retries it. */
export function toRunParts(wire: MatatikaJob, fields: FieldReader, scope: MatatikaScope): RunParts {
  return {
    id: wire.id,
    job: toJob(wire, fields, scope),
    vendorState: wire.status,
    createdAt: fields.instant('created', wire.created),
    startedAt: fields.instant('startTime', wire.startTime),
    end: { at: fields.instant('endTime', wire.endTime) },
    exitCode: fields.number('exitCode', wire.exitCode),
  };
}

/** One pipeline's jobs of one type are one job of ours; jobs without a pipeline are one job for each type. */
function toJob({ type, _embedded: embedded }: MatatikaJob, fields: FieldReader, scope: MatatikaScope): Job {
  const pipeline = embedded?.pipeline;
  const id = pipeline?.id ?? (scope.kind === 'pipeline' ? scope.id : null);
  const name = fields.text('pipeline.label', pipeline?.label) ?? fields.text('pipeline.name', pipeline?.name);
  return buildJob(
    {
      key: id === null ? `workspace:${scope.id}:${type}` : `pipeline:${id}:${type}`,
      id,
      name: id === null ? type : name,
      kind: type,
      // A pipeline that is read by itself must not take the label from its workspace, which may be read as well: each
      // would rename the job at every poll, and its counters would start at 0.
      workspace: scope.pipelineLabels?.get(id ?? '') ?? (scope.workspace || null),
    },
    { name: type, kind: type, workspace: scope.workspace },
  );
}

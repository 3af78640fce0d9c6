/** Adverity's wire in our words. Pure: no clock, no requests. */
import type { Job, Meaning } from '../../model/run.ts';
import { buildJob } from '../frame/build-job.ts';
import type { RunParts } from '../frame/build-run.ts';
import { type FieldReader, fieldOf } from '../frame/read-fields.ts';
import type { AdverityJob } from './schema.ts';

/**
 * States by `state_label`. A job is discarded when the one before it failed, when it did not start within two days
 * and when it was cancelled by hand, so that it fails nobody's count; stale ones were lost inside the vendor.
 * @see https://docs.adverity.com/guides/management-api/listing-jobs.html (read 2026-11-22), spec section 1
 */
export const MEANING_BY_STATE: Readonly<Record<string, Meaning>> = {
  Scheduled: 'pending',
  Running: 'executing',
  Success: 'success',
  Failed: 'failure',
  Cancelled: 'cancellation',
  Discarded: 'skip',
  Stale: 'error',
};

/** The kind of a job whose datastream has no app label. @see spec section 1 */
const KIND = 'datastream';

/** A run of a job. Its duration is computed, for the vendor's `duration` is text for people (`0s`). */
export function toRunParts(wire: Omit<AdverityJob, 'datastream'>, job: Job, fields: FieldReader): RunParts {
  return {
    id: wire.id,
    job,
    vendorState: wire.state_label,
    createdAt: fields.schedule('scheduled', wire.scheduled),
    startedAt: fields.instant('job_start', wire.job_start),
    end: { at: fields.instant('job_end', wire.job_end) },
    progress: toRatio(fields.number('progress', wire.progress)),
  };
}

/** The job that a datastream is. */
export function toJob({ id, name, app_label: label, stack }: AdverityJob['datastream'], fields: FieldReader): Job {
  return buildJob(
    {
      key: id,
      id,
      name: fields.text('datastream.name', name),
      kind: fields.text('datastream.app_label', label),
      workspace: fields.text('datastream.stack.name', fieldOf(stack, 'name')),
    },
    { name: id, kind: KIND, workspace: '' },
  );
}

/** Progress from 0 to 1, whichever scale it came in; null where it is neither a fraction nor a percentage. */
function toRatio(progress: number | null): number | null {
  if (progress === null || progress < 0 || progress > 100) return null;
  return progress > 1 ? progress / 100 : progress;
}

/** Snowplow's wire in our words. Pure: no clock, no requests. */
import { classify, type Meaning, type Step } from '../../model/run.ts';
import { parseDuration } from '../../model/time.ts';
import { buildJob } from '../frame/build-job.ts';
import type { RunParts } from '../frame/build-run.ts';
import type { FieldReader } from '../frame/read-fields.ts';
import type { SnowplowRun, SnowplowStep } from './schema.ts';

/**
 * States of runs and of steps.
 *
 * `SUCCEEDED_NO_OP` is an early stop without an error, `SKIPPED` waited for something that failed.
 * @see spec section 1; the list is that of the PostHog connector and of Factotum 0.3.0 (read 2026-11-22)
 */
export const MEANING_BY_STATE: Readonly<Record<string, Meaning>> = {
  WAITING: 'pending',
  RUNNING: 'executing',
  SUCCEEDED: 'success',
  SUCCEEDED_NO_OP: 'success',
  FAILED: 'failure',
  SKIPPED: 'skip',
};

/** All jobs of this API are data models. @see spec section 1 */
const KIND = 'data_model';

/** A run as it was listed or looked up. Its end is `startTime` + `duration`, for the vendor names none. */
export function toRunParts(wire: SnowplowRun, fields: FieldReader): RunParts {
  const startedAt = fields.instant('startTime', wire.startTime);
  const name = fields.text('jobName', wire.jobName);
  const workspace = fields.text('environment', wire.environment);
  return {
    id: wire.runId,
    job: buildJob(
      { key: wire.jobId, id: wire.jobId, name, kind: KIND, workspace },
      { name: wire.jobId, kind: KIND, workspace: '' },
    ),
    vendorState: wire.state,
    startedAt,
    end: { duration: fields.duration('duration', wire.duration, startedAt) },
  };
}

/** A step of a run; one whose state nobody listed has ended when it has a duration. */
export function toStep(wire: SnowplowStep, stateMap: Readonly<Record<string, Meaning>>): Step {
  const duration = typeof wire.duration === 'string' ? parseDuration(wire.duration) : null;
  const { result } = classify(wire.state, MEANING_BY_STATE, stateMap, duration !== null);
  return { name: wire.name, result, duration: result === null || result === 'skip' ? null : duration };
}

/** Adverity's wire in our words. Pure: no clock, no requests. */
import { classify, type Meaning, type Run } from '../../model/run.ts';
import { between, parseTimestamp, type UnixSeconds } from '../../model/time.ts';
import type { AdverityJob } from './schema.ts';

/**
 * States by `state_label`. A job is discarded when the one before it failed, when it did not start within two days
 * and when it was cancelled by hand, so that it fails nobody's count; stale ones were lost inside the vendor.
 * @see https://docs.adverity.com/guides/management-api/listing-jobs.html (read 2026-11-22), spec section 1
 */
const MEANING_BY_STATE: Readonly<Record<string, Meaning>> = {
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

/**
 * A run as it was listed or looked up. Its duration is computed, for the vendor's `duration` is text for people
 * (`0s`); null where a time is missing or the end lies before the start.
 */
export function toRun(wire: AdverityJob, stateMap: Readonly<Record<string, Meaning>>): Run {
  const { datastream } = wire;
  const startedAt = toInstant(wire.job_start);
  const endedAt = toInstant(wire.job_end);
  const classified = classify(wire.state_label, MEANING_BY_STATE, stateMap, endedAt !== null);
  const fields = {
    id: wire.id,
    job: {
      key: datastream.id,
      id: datastream.id,
      name: textOr(datastream.name, datastream.id),
      kind: textOr(datastream.app_label, KIND),
      workspace: datastream.stack?.name ?? '',
      url: null,
    },
    vendorState: wire.state_label,
    stateKnown: classified.known,
    createdAt: toInstant(wire.scheduled),
    startedAt,
    rows: null,
    exitCode: null,
  };
  if (classified.result === null)
    return { ...fields, state: classified.state, progress: toRatio(wire.progress), healthy: null };
  const duration = startedAt !== null && endedAt !== null && startedAt <= endedAt ? between(startedAt, endedAt) : null;
  return { ...fields, result: classified.result, endedAt, duration, acknowledged: false };
}

function toInstant(text: string | null | undefined): UnixSeconds | null {
  return typeof text === 'string' ? parseTimestamp(text) : null;
}

/** Progress from 0 to 1, whichever scale it came in; null where it is neither a fraction nor a percentage. */
function toRatio(progress: number | null | undefined): number | null {
  if (typeof progress !== 'number' || progress < 0 || progress > 100) return null;
  return progress > 1 ? progress / 100 : progress;
}

function textOr(text: string | null | undefined, otherwise: string): string {
  return typeof text === 'string' && text !== '' ? text : otherwise;
}

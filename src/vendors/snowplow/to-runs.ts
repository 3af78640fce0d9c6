/** Snowplow's wire in our words. Pure: no clock, no requests. */
import { classify, type Meaning, type Run, type Step } from '../../model/run.ts';
import { after, parseIsoDuration, parseTimestamp } from '../../model/time.ts';
import { toRejected } from '../read-records.ts';
import type { Rejected, RunDetails } from '../vendor.ts';
import { type SnowplowRun, SnowplowStep } from './schema.ts';

/**
 * States of runs and of steps.
 *
 * `SUCCEEDED_NO_OP` is an early stop without an error, `SKIPPED` waited for something that failed.
 * @see spec section 1; the list is that of the PostHog connector and of Factotum 0.3.0 (read 2026-11-22)
 */
const MEANING_BY_STATE: Readonly<Record<string, Meaning>> = {
  WAITING: 'pending',
  RUNNING: 'executing',
  SUCCEEDED: 'success',
  SUCCEEDED_NO_OP: 'success',
  FAILED: 'failure',
  SKIPPED: 'skip',
};

/**
 * A run as it was listed or looked up. Its end is `startTime` + `duration`, for the vendor names none; a run whose
 * state nobody listed has ended when both are there.
 */
export function toRun(wire: SnowplowRun, stateMap: Readonly<Record<string, Meaning>>): Run {
  const startedAt = readWith(parseTimestamp, wire.startTime);
  const duration = readWith(parseIsoDuration, wire.duration);
  const endedAt = startedAt !== null && duration !== null ? after(startedAt, duration) : null;
  const classified = classify(wire.state, MEANING_BY_STATE, stateMap, endedAt !== null);
  const fields = {
    id: wire.runId,
    job: {
      key: wire.jobId,
      id: wire.jobId,
      name: typeof wire.jobName === 'string' && wire.jobName !== '' ? wire.jobName : wire.jobId,
      kind: 'data_model',
      workspace: wire.environment ?? '',
      url: null,
    },
    vendorState: wire.state,
    stateKnown: classified.known,
    createdAt: null,
    startedAt,
    rows: null,
    exitCode: null,
  };
  return classified.result === null
    ? { ...fields, state: classified.state, progress: null, healthy: null }
    : { ...fields, result: classified.result, endedAt, duration, acknowledged: false };
}

/** The steps of a run, read one by one: a broken one is rejected, the rest is kept. */
export function readSteps(records: readonly unknown[], stateMap: Readonly<Record<string, Meaning>>): RunDetails {
  const steps: Step[] = [];
  const rejected: Rejected[] = [];
  for (const record of records) {
    const parsed = SnowplowStep.safeParse(record);
    if (parsed.success) steps.push(toStep(parsed.data, stateMap));
    else rejected.push(toRejected(record, parsed.error));
  }
  return { steps, rows: null, rejected };
}

/** A step of a run; one whose state nobody listed has ended when it has a duration. */
function toStep(wire: SnowplowStep, stateMap: Readonly<Record<string, Meaning>>): Step {
  const duration = readWith(parseIsoDuration, wire.duration);
  const { result } = classify(wire.state, MEANING_BY_STATE, stateMap, duration !== null);
  return { name: wire.name, result, duration: result === null || result === 'skip' ? null : duration };
}

function readWith<Value>(parse: (text: string) => Value | null, text: string | null | undefined): Value | null {
  return typeof text === 'string' ? parse(text) : null;
}

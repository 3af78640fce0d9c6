/** Shapes of Snowplow's answers, only the fields that are read. */
import { z } from 'zod';
import { WireId } from '../frame/read-records.ts';

/**
 * One run of a job, as `GET runs` lists it and `GET runs/{runId}` shows it.
 *
 * No page of the vendor lists the fields. The names are those that the PostHog connector took from the vendor's
 * OpenAPI file (`canonical_descriptions.py`, read 2026-11-22). Times and durations are ISO 8601.
 */
export const SnowplowRun = z.object({
  runId: WireId,
  jobId: WireId,
  jobName: z.unknown().optional(),
  environment: z.unknown().optional(),
  state: z.string().min(1),
  /** Absent while the run waits. */
  startTime: z.unknown().optional(),
  /** `PT1M32S`; the vendor names no end time. */
  duration: z.unknown().optional(),
});
export type SnowplowRun = z.output<typeof SnowplowRun>;

/** One step of a run, as `GET runs/{runId}/steps` lists it. Source as for `SnowplowRun`. */
export const SnowplowStep = z.object({
  name: z.string().min(1),
  state: z.string().min(1),
  duration: z.unknown().optional(),
});
export type SnowplowStep = z.output<typeof SnowplowStep>;

/**
 * A list of runs, or of a run's steps: a bare array, whose records are read one by one.
 * @see PostHog's connector, which takes anything else for an empty list (read 2026-11-22)
 */
export const SnowplowList = z.array(z.unknown()).transform((records) => ({ records }));

/** The shape of a plan that a person writes, for tests and alert drills of their own. */
import { z } from 'zod';
import { parsePrometheusDuration, type Seconds, seconds } from '../model/time.ts';
import type { JobPlan } from './world.ts';

/** A plan, and the past that its world has from the start. */
export interface WorldPlan {
  /** The world's age at the present. */
  readonly history: Seconds;
  readonly jobs: readonly JobPlan[];
}

const A_LENGTH = 'expected a number of seconds, or a duration such as 30s, 5m or 1h30m';
const length = z.union([z.number(), z.string()], A_LENGTH).transform((given, context): Seconds => {
  const parsed = typeof given === 'number' ? seconds(given) : parsePrometheusDuration(given);
  if (parsed !== null && parsed >= 0) return parsed;
  context.addIssue({ code: 'custom', message: A_LENGTH });
  return z.NEVER;
});
const range = z.tuple([length, length], 'expected the shortest and the longest of them, such as [30s, 5m]').readonly();
const weight = z.number().exactOptional();
const percent = z.number().exactOptional();
const name = z.string().min(1);

/**
 * Creates the shape of the file; README.md says what each key does. `check-plan.ts` then checks that a vendor can have
 * such a job.
 * @param vendors ids of vendors that have a simulator
 */
export function createPlanFile(vendors: readonly string[]): z.ZodType<WorldPlan> {
  const job = z.strictObject({
    vendor: z.enum(vendors),
    name,
    kind: name,
    workspace: name,
    every: length,
    queue: range.default([seconds(0), seconds(0)]),
    duration: range,
    results: z
      .strictObject({
        success: weight,
        failure: weight,
        error: weight,
        timeout: weight,
        cancellation: weight,
        skip: weight,
      })
      .default({ success: 1 }),
    evenly: z.boolean().exactOptional(),
    steps: z.array(z.union([name, z.strictObject({ name, after: z.array(name) })])).exactOptional(),
    rowsPerSecond: z.number().nonnegative().exactOptional(),
    streaming: z.boolean().exactOptional(),
    idlePercent: percent,
    pausedPercent: percent,
    unhealthyPercent: percent,
    cycle: length.exactOptional(),
    phase: length.exactOptional(),
    stuckPercent: percent,
    vanishPercent: percent,
    lateSeconds: length.exactOptional(),
    hiddenSeconds: length.exactOptional(),
    grantedAfter: length.exactOptional(),
    untimed: z.boolean().exactOptional(),
    revisedPercent: percent,
    revisedAfter: range.exactOptional(),
  });
  return z.strictObject({ history: length.default(seconds(0)), jobs: z.array(job).min(1) });
}

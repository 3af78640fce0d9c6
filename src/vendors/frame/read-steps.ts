import type { z } from 'zod';
import type { Step } from '../../model/run.ts';
import { toRejected } from './read-records.ts';
import type { Rejected, RunDetails } from '../vendor.ts';

/** Reads the steps of a run one by one: a broken one is rejected, the rest is kept. */
export function readSteps<Wire>(
  records: readonly unknown[],
  schema: z.ZodType<Wire>,
  toStep: (wire: Wire) => Step,
): Pick<RunDetails, 'steps' | 'rejected'> {
  const steps: Step[] = [];
  const rejected: Rejected[] = [];
  for (const record of records) {
    const parsed = schema.safeParse(record);
    if (parsed.success) steps.push(toStep(parsed.data));
    else rejected.push(toRejected(record, parsed.error));
  }
  return { steps, rejected };
}

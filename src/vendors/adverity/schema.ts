/** What is read of Adverity's answers; every other field is left alone. */
import { z } from 'zod';

const Id = z.union([z.int(), z.string().min(1)]).transform(String);

/**
 * One job of the Management API, which is a run in our words.
 *
 * @see https://help.adverity.com/hc/en-us/articles/360009502939-Jobs (the vendor's only sample, read 2026-11-22)
 */
export const AdverityJob = z.object({
  id: Id,
  /** The integer `state` beside it is not documented. */
  state_label: z.string().min(1),
  scheduled: z.string().nullish(),
  job_start: z.string().nullish(),
  /** null or empty until the end. */
  job_end: z.string().nullish(),
  /** 0 to 1 in the vendor's sample, a whole number in a client that read the API: above 1 it is a percentage. */
  progress: z.number().nullish().catch(null),
  datastream: z.object({
    id: Id,
    name: z.string().nullish(),
    app_label: z.string().nullish(),
    /** The workspace. */
    stack: z.object({ name: z.string().nullish() }).nullish(),
  }),
});
export type AdverityJob = z.output<typeof AdverityJob>;

/**
 * One page of a list. `next` is an absolute URL, null on the last page.
 * @see https://help.adverity.com/hc/en-us/articles/360009502939-Jobs (read 2026-11-22)
 */
export const AdverityJobPage = z.object({ results: z.array(z.unknown()), next: z.string().nullish() });
export type AdverityJobPage = z.output<typeof AdverityJobPage>;

/** Shapes of Adverity's answers, only the fields that are read. */
import { z } from 'zod';
import { WireId } from '../frame/read-records.ts';

const AdverityDatastream = z.object({
  id: WireId,
  name: z.unknown().optional(),
  app_label: z.unknown().optional(),
  /** The workspace, an object with a name. */
  stack: z.unknown().optional(),
});

/**
 * One job of the Management API, which is a run in our words.
 *
 * @see https://help.adverity.com/hc/en-us/articles/360009502939-Jobs (the vendor's only sample, read 2026-11-22)
 */
export const AdverityJob = z.object({
  id: WireId,
  /** The integer `state` beside it is not documented. */
  state_label: z.string().min(1),
  scheduled: z.unknown().optional(),
  job_start: z.unknown().optional(),
  /** null or empty until the end. */
  job_end: z.unknown().optional(),
  /** 0 to 1 in the vendor's sample, a whole number in a client that read the API: above 1 it is a percentage. */
  progress: z.unknown().optional(),
  datastream: AdverityDatastream,
});
export type AdverityJob = z.output<typeof AdverityJob>;

/**
 * One job asked for by its id. The vendor shows no answer to that, and the one client that reads it knows of no
 * datastream in it.
 *
 * @see AI-Craft-Reprise/terraform-provider-adverity `adverity/adverityclient/types.go` (read 2026-11-28)
 */
export const AdverityJobById = AdverityJob.extend({ datastream: AdverityDatastream.nullish().catch(null) });

/**
 * One page of a list. `next` is an absolute URL, null on the last page; `count` is that of the whole list.
 * @see https://help.adverity.com/hc/en-us/articles/360009502939-Jobs (read 2026-11-22)
 */
export const AdverityJobPage = z
  .object({
    results: z.array(z.unknown()).nullable(),
    next: z.string().nullish(),
    count: z.int().nullish().catch(null),
  })
  .transform(({ results, next, count }) => ({ records: results ?? [], next, total: count }));

/**
 * The wire of Matatika's jobs: only the fields used. What is personal or secret in an answer (`_embedded.profile`,
 * `pipeline.properties`, `triggeredBy`) is not named here and therefore never leaves the parser.
 *
 * @see https://docs.meltano.com/reference/cloud/api/resources/jobs (read 2026-11-22)
 * @see MeltanoLabs/tap-meltano-cloud `tap_meltano_cloud/openapi/openapi.json`, `JobResource` and `PagedModelJobResource` (read 2026-11-22)
 */
import { z } from 'zod';
import { WireId } from '../frame/read-records.ts';

/**
 * One job, which is a run in our words. Absent values are left out rather than null in the vendor's samples, but both
 * are taken. Times are ISO 8601 without a zone and mean UTC, e.g. `2024-10-24T15:10:06.223303`.
 */
export const MatatikaJob = z.object({
  id: WireId,
  /** `PIPELINE_RUN`, `WORKSPACE_INIT`, …; more exist than are documented. */
  type: z.string().min(1),
  status: z.string().min(1),
  created: z.unknown().optional(),
  startTime: z.unknown().optional(),
  endTime: z.unknown().optional(),
  exitCode: z.unknown().optional(),
  /** Of a pipeline, `label` is required and `name` is not (`PipelineResource` of the same file). */
  _embedded: z
    .object({
      pipeline: z.object({ id: WireId, label: z.unknown().optional(), name: z.unknown().optional() }).nullish(),
    })
    .nullish(),
});
export type MatatikaJob = z.output<typeof MatatikaJob>;

/** The part of a page that is about the list; a field that cannot be read is as if it were not there. */
const PageInfo = z.object({
  /** From 0. */
  number: z.int().nullish().catch(null),
  totalPages: z.int().nullish().catch(null),
  totalElements: z.int().nullish().catch(null),
});

const Link = z.object({ href: z.string().min(1) });

/**
 * A page of a list, as Spring HATEOAS writes it as HAL. `_embedded` is left out of an empty one. Which keys there are
 * is kept, for that tells an empty list from something else (`parse-page.ts`).
 */
export const MatatikaJobPage = z.looseObject({
  _embedded: z.looseObject({ jobs: z.array(z.unknown()).nullish() }).nullish(),
  _links: z
    .object({ self: Link.nullish().catch(null), next: Link.nullish().catch(null) })
    .nullish()
    .catch(null),
  page: PageInfo.nullish().catch(null),
});
export type MatatikaJobPage = z.output<typeof MatatikaJobPage>;

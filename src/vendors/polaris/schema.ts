/**
 * The wire of Polaris' Jobs v1: only the fields used. `createdBy`, `lastModifiedBy` and `source` (which can hold the
 * ingested data itself) are not named here and therefore never leave the parser.
 *
 * @see https://docs.imply.io/polaris/api-manage-job (read 2026-11-22), and the README for the OpenAPI file (read 2026-11-30)
 */
import { z } from 'zod';
import { WireId } from '../frame/read-records.ts';

/** One job, which is a run in our words. Times have 7 fraction digits and may have no zone, which then means UTC. */
export const PolarisJob = z.object({
  id: WireId,
  /** `batch`, `delete_data`, `drop_table`, `restore_data`, `sql` or `streaming`; others are taken as they come. */
  type: z.string().min(1),
  executionStatus: z.string(),
  health: z.unknown().optional(),
  createdTimestamp: z.unknown().optional(),
  startedTimestamp: z.unknown().optional(),
  completedTimestamp: z.unknown().optional(),
  lastUpdatedTimestamp: z.unknown().optional(),
  target: z.object({ tableName: z.string().nullish() }).nullish(),
});
export type PolarisJob = z.output<typeof PolarisJob>;

/**
 * One page of the list. `moreResultsAvailable`: whether more follows the asked limit and offset; it may be left out. There
 * is no total and no link.
 */
export const PolarisJobList = z
  .object({
    values: z.array(z.unknown()).nullable(),
    moreResultsAvailable: z.boolean().optional().catch(undefined),
  })
  .transform(({ values, moreResultsAvailable }) => ({ records: values ?? [], hasMore: moreResultsAvailable }));

/**
 * Row totals of one job. The two spellings of the warning field are both in the vendor's documents.
 *
 * @see https://docs.imply.io/polaris/ingestion-status-reference for `numRowsProcessedWithWarnings` (read 2026-11-22)
 */
export const PolarisJobMetrics = z.object({ totals: z.unknown().optional() });
export type PolarisJobMetrics = z.output<typeof PolarisJobMetrics>;

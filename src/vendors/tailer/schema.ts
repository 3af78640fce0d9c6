import { z } from 'zod';
import { WireId } from '../frame/read-records.ts';

/**
 * The answer to every action that reads: `{ "results": [ … ] }`. Records are read one by one (`RunRecord`).
 *
 * Documented for `get_last_status` and `check_run_status`; for `get_by_status` no answer is shown, so the same is assumed.
 * @see https://docs.tailer.ai/tailer-api/api-features (read 2026-11-22)
 */
export const RunList = z.object({ results: z.array(z.unknown()) }).transform(({ results }) => ({ records: results }));

/** One run in `results`; only the fields that are used. Storage-to-storage runs come without `last_update_date`. */
export const RunRecord = z.object({
  run_id: WireId,
  status: z.string().min(1),
  configuration_id: WireId,
  /** Names a file template or a table; holds pipe characters, so it is no label. Asked for by `check_run_status`. */
  job_id: z.unknown().optional(),
  start_execution_date: z.unknown().optional(),
  /** Python's `str(timedelta)`: `0:01:24.002519`, `1 day, 0:00:01`. */
  duration: z.unknown().optional(),
  /** When the record was last written: by the run itself, or by a person who edited its status. */
  last_update_date: z.unknown().optional(),
});
export type RunRecord = z.output<typeof RunRecord>;

/** The owner of a record; read by itself because a list may hold records of other environments. */
export const RecordOwner = z.object({ account: z.string().nullish(), environment: z.string().nullish() });

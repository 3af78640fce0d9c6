/** How records become rows and rows records. */
import type { Result, RowCounts, State } from '../../model/run.ts';
import { type UnixSeconds, unixSeconds } from '../../model/time.ts';
import type { Disposition, HistogramTotal, RunRecord, TotalRecord } from '../records.ts';

/** A row of `runs`, with its job and scope by key. */
export interface RunRow {
  readonly id: string;
  readonly job: string;
  readonly scope: string;
  readonly phase: string;
  readonly disposition: string | null;
  readonly state: string | null;
  readonly result: string | null;
  readonly vendor_state: string;
  readonly created: number | null;
  readonly started: number | null;
  readonly ended: number | null;
  readonly recorded: number;
  readonly changed: number;
  readonly extra: string | null;
}

/** What few runs have; a run that has none of it has no `extra`. */
interface RunExtra {
  readonly goneAt?: number;
  readonly rows?: RowCounts;
  readonly rowsPredate?: true;
  readonly steps?: readonly string[];
  readonly hidden?: true;
  readonly missing?: true;
}

/** The `extra` column of a run; null where it has nothing out of the ordinary. */
export function toExtra(run: RunRecord): string | null {
  const extra: RunExtra = {
    ...(run.goneAt !== null && { goneAt: run.goneAt }),
    ...(run.rows !== null && { rows: run.rows }),
    ...(run.rowsPredate && { rowsPredate: true }),
    ...(run.steps.length > 0 && { steps: run.steps }),
    ...(run.hidden && { hidden: true }),
    ...(run.missing && { missing: true }),
  };
  return Object.keys(extra).length === 0 ? null : JSON.stringify(extra);
}

function toInstant(value: number | null | undefined): UnixSeconds | null {
  return value === null || value === undefined ? null : unixSeconds(value);
}

/** The record of a row. */
export function toRunRecord(row: RunRow): RunRecord {
  const extra = row.extra === null ? {} : (JSON.parse(row.extra) as RunExtra);
  return {
    id: row.id,
    job: row.job,
    scope: row.scope,
    phase: row.phase as RunRecord['phase'],
    disposition: row.disposition as Disposition | null,
    state: row.state as State | null,
    result: row.result as Result | null,
    vendorState: row.vendor_state,
    createdAt: toInstant(row.created),
    startedAt: toInstant(row.started),
    endedAt: toInstant(row.ended),
    recordedAt: unixSeconds(row.recorded),
    changedAt: unixSeconds(row.changed),
    goneAt: toInstant(extra.goneAt),
    rows: extra.rows ?? null,
    rowsPredate: extra.rowsPredate ?? false,
    steps: extra.steps ?? [],
    hidden: extra.hidden ?? false,
    missing: extra.missing ?? false,
  };
}

/** A row of `totals`; `published` is null where all of the value is shown. */
export interface TotalRow {
  readonly owner: string;
  readonly series: string;
  readonly value: string;
  readonly published: string | null;
  readonly created: number;
}

/** The row of a total. */
export function toTotalRow(total: TotalRecord): TotalRow {
  return {
    owner: total.owner,
    series: JSON.stringify([total.metric, ...total.labels]),
    value: JSON.stringify(total.value),
    published: total.published === total.value ? null : JSON.stringify(total.published),
    created: total.createdAt,
  };
}

/** The record of a row. */
export function toTotalRecord(row: TotalRow): TotalRecord {
  const [metric = '', ...labels] = JSON.parse(row.series) as string[];
  const value = JSON.parse(row.value) as number | HistogramTotal;
  const published = row.published === null ? value : (JSON.parse(row.published) as number | HistogramTotal);
  return { owner: row.owner, metric, labels, value, published, createdAt: unixSeconds(row.created) };
}

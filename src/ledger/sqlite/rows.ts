/** Makes rows of records, and records of rows. */
import type { Result, RowCounts, State } from '../../model/run.ts';
import { type UnixSeconds, unixSeconds } from '../../model/time.ts';
import type { Disposition, Ending, HistogramTotal, Life, RunRecord, TotalRecord } from '../records.ts';

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

/** Rare facts of a run; one that has none of them has no `extra`. */
interface RunExtra {
  readonly goneAt?: number;
  readonly rows?: RowCounts;
  readonly rowsPredate?: true;
  readonly steps?: readonly string[];
  readonly missing?: true;
  readonly agedTo?: number;
  readonly claimedEnd?: number;
}

const NO_EXTRA: RunExtra = {};
const NO_STEPS: readonly string[] = [];

/** The `extra` column of a run; null where it has nothing out of the ordinary. */
export function toExtra(run: RunRecord): string | null {
  const { life } = run;
  const claimedEnd = life.ending?.claimedEnd ?? null;
  const extra: RunExtra = {
    ...(life.phase === 'gone' && { goneAt: life.goneAt }),
    ...(run.rows !== null && { rows: run.rows }),
    ...(run.rowsPredate && { rowsPredate: true }),
    ...(run.steps.length > 0 && { steps: run.steps }),
    ...(life.phase === 'finished' && life.isMissing && { missing: true }),
    ...(run.agedTo !== null && { agedTo: run.agedTo }),
    ...(claimedEnd !== null && { claimedEnd }),
  };
  return Object.keys(extra).length === 0 ? null : JSON.stringify(extra);
}

function toInstant(value: number | null | undefined): UnixSeconds | null {
  return value === null || value === undefined ? null : unixSeconds(value);
}

/**
 * The record of a row.
 * @param intern gives the shared string of a word
 */
export function toRunRecord(row: RunRow, intern: (word: string) => string): RunRecord {
  const extra = row.extra === null ? NO_EXTRA : (JSON.parse(row.extra) as RunExtra);
  return {
    id: row.id,
    job: intern(row.job),
    scope: intern(row.scope),
    vendorState: intern(row.vendor_state),
    createdAt: toInstant(row.created),
    startedAt: toInstant(row.started),
    recordedAt: unixSeconds(row.recorded),
    changedAt: unixSeconds(row.changed),
    rows: extra.rows ?? null,
    rowsPredate: extra.rowsPredate ?? false,
    steps: extra.steps ?? NO_STEPS,
    agedTo: toInstant(extra.agedTo),
    life: toLife(row, extra, intern),
  };
}

function toLife(row: RunRow, extra: RunExtra, intern: (word: string) => string): Life {
  const ending = toEnding(row, extra, intern);
  const { phase } = row;
  if (phase === 'live') return { phase, state: intern(row.state ?? 'unknown') as State, ending };
  if (phase === 'hidden') return { phase, ending };
  if (phase === 'gone') return { phase, goneAt: unixSeconds(extra.goneAt ?? row.changed), ending };
  if (phase === 'lost') return { phase, ending: null };
  if (phase === 'finished' && ending !== null) return { phase, ending, isMissing: extra.missing ?? false };
  throw new Error(`the ledger's record of run ${row.id} is damaged: phase ${phase}`);
}

function toEnding(row: RunRow, extra: RunExtra, intern: (word: string) => string): Ending | null {
  const { disposition, result, ended } = row;
  if (disposition === null || result === null || ended === null) return null;
  return {
    disposition: intern(disposition) as Disposition,
    result: intern(result) as Result,
    endedAt: unixSeconds(ended),
    claimedEnd: toInstant(extra.claimedEnd),
  };
}

/** A total as a document has it: what all totals of an owner share is not in it. */
interface TotalEntry {
  /** Key of the metric, then names and values of the labels alternating. */
  readonly series: readonly string[];
  readonly value: number | HistogramTotal;
  /** Absent where all of the value is shown. */
  readonly published?: number | HistogramTotal;
  readonly created: number;
}

/** The document of an owner's totals. */
export function toTotalsDocument(totals: readonly TotalRecord[]): string {
  return JSON.stringify(
    totals.map(({ metric, labels, value, published, createdAt }): TotalEntry => ({
      series: [metric, ...labels],
      value,
      ...(published !== value && { published }),
      created: createdAt,
    })),
  );
}

/** The totals of an owner, of their document. */
export function toTotalRecords(owner: string, document: string): readonly TotalRecord[] {
  return (JSON.parse(document) as TotalEntry[]).map(({ series, value, published = value, created }) => {
    const [metric = '', ...labels] = series;
    return { owner, metric, labels, value, published, createdAt: unixSeconds(created) };
  });
}

/** What a run's news adds to which series. Pure: totals and facts in, the totals that changed out. */
import type { Fact, JobNews, TargetNews } from '../ledger/facts.ts';
import { type HistogramTotal, seriesKey, TARGET, type TotalRecord } from '../ledger/records.ts';
import type { Result } from '../model/run.ts';
import type { UnixSeconds } from '../model/time.ts';
import { METRICS } from './catalogue.ts';
import { toLabelValue } from './label-value.ts';
import type { Exemplar } from './samples.ts';

export type MetricKey = keyof typeof METRICS;

export interface TallyOptions {
  /** Results that are there from the start, at 0. */
  readonly results: readonly Result[];
  /** Upper bounds of the histograms of runs and steps. */
  readonly bounds: readonly number[];
  readonly maxSteps: number;
  readonly now: UnixSeconds;
}

/** Exit codes that a job shows by themselves. @see spec section 3 */
const MAX_EXIT_CODES = 20;
/** Unknown vendor states that a target shows by themselves. @see spec section 3 */
const MAX_UNKNOWN_STATES = 20;

export type Totals = ReadonlyMap<string, ReadonlyMap<string, TotalRecord>>;

export interface Tallied {
  /** Changed totals; `published` is still what readers were shown last. */
  readonly totals: readonly TotalRecord[];
  /** Owners of which a series began or began anew. */
  readonly begun: ReadonlySet<string>;
  /** The newest run behind a series, by owner and `seriesKey`. */
  readonly exemplars: ReadonlyMap<string, ReadonlyMap<string, Exemplar>>;
}

const TARGET_METRICS = {
  late: 'lateRuns',
  caught_up: 'caughtUpRuns',
  lost: 'lostRuns',
  expired: 'jobsRetired',
  gap: 'historyGap',
  rejected: 'rejectedRecords',
  unknown_state: 'unknownStates',
  detail_lost: 'detailsLost',
  history: 'historyRuns',
  unreadable_field: 'unreadableFields',
} as const satisfies Record<TargetNews['kind'], MetricKey>;

/** Target counters that are there from the start, at 0. */
const EAGER_TARGET_METRICS = [
  'lateRuns',
  'caughtUpRuns',
  'historyRuns',
  'lostRuns',
  'jobsRetired',
  'historyGap',
] as const;

/** A histogram without observations. */
export function emptyHistogram(bounds: readonly number[]): HistogramTotal {
  return { bounds, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0, count: 0 };
}

/** Index of the bucket that holds a value: the first bound that is not below it. */
export function bucketIndex(bounds: readonly number[], value: number): number {
  const index = bounds.findIndex((bound) => value <= bound);
  return index === -1 ? bounds.length : index;
}

/** Working copy of a series; its histogram may be added to in place. */
interface Series {
  record: TotalRecord;
  /** Whether it began, or began anew, with these facts. */
  isNew: boolean;
  value: number;
  histogram: { counts: number[]; sum: number; count: number } | null;
  /** The newest run behind it; null: none among these facts. */
  exemplar: Exemplar | null;
}

/** What facts make of the totals. */
export function tally(totals: Totals, facts: readonly Fact[], options: TallyOptions): Tallied {
  const touched = new Map<string, Map<string, Series>>();
  const begun = new Set<string>();
  /** Values of a capped label, by owner and metric. */
  const taken = new Map<string, Set<string>>();

  const open = (owner: string, metric: MetricKey, labels: readonly string[]): Series => {
    const key = seriesKey(metric, labels);
    const ofOwner = touched.get(owner) ?? new Map<string, Series>();
    touched.set(owner, ofOwner);
    const before = ofOwner.get(key);
    if (before !== undefined) return before;
    const known = totals.get(owner)?.get(key);
    if (known === undefined) begun.add(owner);
    const series = toSeries(known ?? newTotal(owner, metric, labels), known === undefined);
    ofOwner.set(key, series);
    return series;
  };
  const newTotal = (owner: string, metric: MetricKey, labels: readonly string[]): TotalRecord => {
    const zero = METRICS[metric].kind === 'histogram' ? emptyHistogram(options.bounds) : 0;
    return { owner, metric, labels, value: zero, published: zero, createdAt: options.now };
  };
  const has = (owner: string, metric: MetricKey, labels: readonly string[]): boolean => {
    const key = seriesKey(metric, labels);
    return touched.get(owner)?.has(key) === true || totals.get(owner)?.has(key) === true;
  };
  const add = (owner: string, metric: MetricKey, labels: readonly string[], amount: number): Series => {
    const series = open(owner, metric, labels);
    series.value += amount;
    return series;
  };
  const observe = (owner: string, metric: MetricKey, labels: readonly string[], value: number): Series => {
    const series = open(owner, metric, labels);
    const { histogram } = series;
    if (histogram === null) return series;
    const index = bucketIndex(options.bounds, value);
    histogram.counts[index] = (histogram.counts[index] ?? 0) + 1;
    histogram.sum += value;
    histogram.count += 1;
    return series;
  };
  /** The value itself, or `other` once `limit` values of the label are taken. */
  const capped = (
    owner: string,
    metric: MetricKey,
    label: string,
    value: string,
    limit: number,
    other: string,
  ): string => {
    const key = seriesKey(metric, [owner]);
    const values = taken.get(key) ?? labelValues(owner, metric, label);
    taken.set(key, values);
    const shown = values.has(value) || values.size < limit ? value : other;
    values.add(shown);
    return shown;
  };
  const labelValues = (owner: string, metric: MetricKey, label: string): Set<string> => {
    const values = new Set<string>();
    const collect = (record: TotalRecord): void => {
      const index = record.metric === metric ? record.labels.indexOf(label) : -1;
      if (index !== -1) values.add(record.labels[index + 1] ?? '');
    };
    for (const record of totals.get(owner)?.values() ?? []) collect(record);
    for (const { record } of touched.get(owner)?.values() ?? []) collect(record);
    return values;
  };
  const observeRun = (
    fact: Pick<JobNews & { kind: 'duration' }, 'owner' | 'run' | 'result' | 'endedAt' | 'duration'>,
  ): void => {
    const series = observe(fact.owner, 'runDuration', ['result', fact.result], fact.duration);
    series.exemplar = { runId: fact.run, value: fact.duration, at: fact.endedAt };
  };
  const begin = (owner: string): void => {
    for (const result of options.results) open(owner, 'runsFinished', ['result', result]);
    open(owner, 'runDuration', ['result', 'success']);
  };
  const restart = (owner: string): void => {
    for (const record of totals.get(owner)?.values() ?? []) {
      const zero = typeof record.value === 'number' ? 0 : emptyHistogram(options.bounds);
      const ofOwner = touched.get(owner) ?? new Map<string, Series>();
      touched.set(owner, ofOwner);
      const fresh = { ...record, value: zero, published: zero, createdAt: options.now };
      ofOwner.set(seriesKey(record.metric, record.labels), toSeries(fresh, true));
    }
    begun.add(owner);
  };

  for (const fact of facts) {
    switch (fact.kind) {
      case 'shown':
        begin(fact.owner);
        begun.add(fact.owner);
        break;
      case 'renamed':
        restart(fact.owner);
        break;
      case 'finished': {
        const { owner, run, result, endedAt, duration, queue, exitCode, warning } = fact;
        add(owner, 'runsFinished', ['result', result], 1).exemplar = { runId: run, value: 1, at: endedAt };
        if (duration !== null) observeRun({ owner, run, result, endedAt, duration });
        if (queue !== null) observe(owner, 'runQueue', [], queue);
        if (exitCode !== null) {
          const code = capped(owner, 'runExitCodes', 'exit_code', String(exitCode), MAX_EXIT_CODES, 'other');
          add(owner, 'runExitCodes', ['exit_code', code], 1);
        }
        if (warning !== null) add(owner, 'runWarnings', ['code', warning], 1);
        break;
      }
      case 'duration':
        observeRun(fact);
        break;
      case 'rows':
        add(fact.owner, 'rows', ['outcome', fact.outcome], fact.amount);
        break;
      case 'step': {
        const step = capped(fact.owner, 'stepsFinished', 'step', toLabelValue(fact.step), options.maxSteps, '(other)');
        const labels = ['step', step, 'result', fact.result];
        add(fact.owner, 'stepsFinished', labels, 1);
        if (fact.duration !== null && fact.result !== 'skip')
          observe(fact.owner, 'stepDuration', labels, fact.duration);
        break;
      }
      case 'corrected':
        add(fact.owner, 'runCorrections', ['from', fact.from, 'to', fact.to], 1);
        break;
      case 'reopened':
        add(fact.owner, 'runsReopened', [], 1);
        break;
      case 'unknown_state': {
        const state = capped(
          TARGET,
          'unknownStates',
          'vendor_state',
          toLabelValue(fact.label),
          MAX_UNKNOWN_STATES,
          'other',
        );
        add(TARGET, 'unknownStates', ['vendor_state', state], fact.amount);
        break;
      }
      case 'rejected':
        add(TARGET, 'rejectedRecords', ['reason', fact.label], fact.amount);
        break;
      case 'unreadable_field':
        add(TARGET, 'unreadableFields', ['field', fact.label], fact.amount);
        break;
      case 'detail_lost':
        add(TARGET, 'detailsLost', ['detail', fact.label], fact.amount);
        break;
      default:
        add(TARGET, TARGET_METRICS[fact.kind], [], fact.amount);
    }
  }
  for (const metric of EAGER_TARGET_METRICS) if (!has(TARGET, metric, [])) open(TARGET, metric, []);
  const changed = [...touched.values()].flatMap((series) => [...series.values()].filter(isChanged).map(toRecord));
  return { totals: changed, begun, exemplars: collectExemplars(touched) };
}

function toSeries(record: TotalRecord, isNew: boolean): Series {
  if (typeof record.value === 'number') return { record, isNew, value: record.value, histogram: null, exemplar: null };
  const { counts, sum, count } = record.value;
  return { record, isNew, value: 0, histogram: { counts: [...counts], sum, count }, exemplar: null };
}

function collectExemplars(touched: ReadonlyMap<string, ReadonlyMap<string, Series>>): Tallied['exemplars'] {
  const exemplars = new Map<string, Map<string, Exemplar>>();
  for (const [owner, series] of touched) {
    const ofOwner = new Map<string, Exemplar>();
    for (const [key, { exemplar }] of series) if (exemplar !== null) ofOwner.set(key, exemplar);
    if (ofOwner.size > 0) exemplars.set(owner, ofOwner);
  }
  return exemplars;
}

function isChanged({ record, isNew, value, histogram }: Series): boolean {
  if (isNew) return true;
  return typeof record.value === 'number' ? value !== record.value : histogram?.count !== record.value.count;
}

function toRecord({ record, value, histogram }: Series): TotalRecord {
  if (histogram === null || typeof record.value === 'number') return { ...record, value };
  return { ...record, value: { bounds: record.value.bounds, ...histogram } };
}

/** Histograms of runs and steps whose bounds are no longer the configured ones, at 0 and created now. @see spec rule 16 */
export function restartHistograms(totals: Totals, bounds: readonly number[], now: UnixSeconds): readonly TotalRecord[] {
  const restarted: TotalRecord[] = [];
  for (const series of totals.values()) {
    for (const record of series.values()) {
      if (typeof record.value === 'number' || record.value.bounds.join() === bounds.join()) continue;
      const zero = emptyHistogram(bounds);
      restarted.push({ ...record, value: zero, published: zero, createdAt: now });
    }
  }
  return restarted;
}

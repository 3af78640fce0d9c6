/** Adds facts to totals. Pure: totals and facts in, the totals that changed out. */
import type { Fact } from '../ledger/facts.ts';
import { type HistogramTotal, seriesKey, TARGET, type TotalRecord } from '../ledger/records.ts';
import type { UnixSeconds } from '../model/time.ts';
import { haveSameElements } from '../model/same-elements.ts';
import { METRICS, type MetricKey } from './catalogue.ts';
import type { Addition, DurableMetric, LabelCap, TotalLimits } from './catalogue/definition.ts';
import { bucketIndex, emptyHistogram } from './histogram.ts';
import type { Metric, Owner } from './metric.ts';
import type { Exemplar } from './samples.ts';

export interface TallyOptions extends TotalLimits {
  /** Upper bounds of the histograms of runs and steps. */
  readonly bounds: readonly number[];
  readonly now: UnixSeconds;
}

export type Totals = ReadonlyMap<string, ReadonlyMap<string, TotalRecord>>;

export interface Tallied {
  /** Changed totals; `published` is still what readers were shown last. */
  readonly totals: readonly TotalRecord[];
  /** Owners of which a series began or began anew. */
  readonly begun: ReadonlySet<string>;
  /** The newest run behind a series, by owner and `seriesKey`. */
  readonly exemplars: ReadonlyMap<string, ReadonlyMap<string, Exemplar>>;
}

/** A durable metric by its key. */
type Durable = readonly [key: MetricKey, metric: DurableMetric];

const DURABLE = (Object.entries(METRICS) as [MetricKey, Metric | DurableMetric][]).filter(
  (entry): entry is [MetricKey, DurableMetric] => entry[1].durable,
);
/** Metrics that a kind of fact adds to, in the order of the page. */
const FED_BY = new Map<string, Durable[]>();
for (const durable of DURABLE) {
  for (const kind of Object.keys(durable[1].adds)) FED_BY.set(kind, [...(FED_BY.get(kind) ?? []), durable]);
}

/** Working copy of a series; its histogram may be added to in place. */
interface Series {
  record: TotalRecord;
  /** True if it began, or began anew, with these facts. */
  isNew: boolean;
  value: number;
  histogram: { counts: number[]; sum: number; count: number } | null;
  /** The newest run behind it; null: none among these facts. */
  exemplar: Exemplar | null;
}

/** Adds facts to totals. */
export function tally(totals: Totals, facts: readonly Fact[], options: TallyOptions): Tallied {
  const touched = new Map<string, Map<string, Series>>();
  const begun = new Set<string>();
  const withinCap = createLabelCaps(
    (owner) => [
      ...(totals.get(owner)?.values() ?? []),
      ...[...(touched.get(owner)?.values() ?? [])].map(({ record }) => record),
    ],
    options,
  );

  const open = (owner: string, durable: Durable, labels: readonly string[]): Series => {
    const ofOwner = touched.get(owner) ?? new Map<string, Series>();
    touched.set(owner, ofOwner);
    const id = seriesKey(durable[0], labels);
    const opened = ofOwner.get(id);
    if (opened !== undefined) return opened;
    const known = totals.get(owner)?.get(id);
    if (known === undefined) begun.add(owner);
    const series = toSeries(known ?? newTotal(owner, durable, labels), known === undefined);
    ofOwner.set(id, series);
    return series;
  };
  const newTotal = (owner: string, [key, { kind }]: Durable, labels: readonly string[]): TotalRecord => {
    const zero = kind === 'histogram' ? emptyHistogram(options.bounds) : 0;
    return { owner, metric: key, labels, value: zero, published: zero, createdAt: options.now };
  };
  const add = (owner: string, durable: Durable, { labels, amount, run }: Addition): void => {
    const series = open(owner, durable, withinCap(owner, labels, durable[1].cap));
    const { histogram } = series;
    if (histogram === null) series.value += amount;
    else {
      const index = bucketIndex(options.bounds, amount);
      histogram.counts[index] = (histogram.counts[index] ?? 0) + 1;
      histogram.sum += amount;
      histogram.count += 1;
    }
    if (run !== undefined) series.exemplar = { runId: run.id, value: amount, at: run.endedAt };
  };
  /** Begins the series that are there from the start, where they are not there yet. */
  const begin = (owner: string, kind: Owner): void => {
    for (const durable of DURABLE) {
      const [, metric] = durable;
      if (metric.owner === kind) for (const labels of metric.fromStart(options)) open(owner, durable, labels);
    }
  };
  const restart = (owner: string): void => {
    const ofOwner = touched.get(owner) ?? new Map<string, Series>();
    touched.set(owner, ofOwner);
    for (const [id, record] of totals.get(owner) ?? []) {
      ofOwner.set(id, toSeries(restarted(record, options.bounds, options.now), true));
    }
    begun.add(owner);
  };

  for (const fact of facts) {
    const owner = 'owner' in fact ? fact.owner : TARGET;
    if (fact.kind === 'shown') {
      begin(owner, 'job');
      // A job that returns has its series already.
      begun.add(owner);
    }
    if (fact.kind === 'renamed') restart(owner);
    for (const durable of FED_BY.get(fact.kind) ?? []) {
      const addition = additionOf(durable[1], fact);
      if (addition !== null) add(owner, durable, addition);
    }
  }
  begin(TARGET, 'target');
  const changed = [...touched.values()].flatMap((series) => [...series.values()].filter(isChanged).map(toRecord));
  return { totals: changed, begun, exemplars: collectExemplars(touched) };
}

/** Gives labels, with the cap's `other` where as many values as may be are shown already. */
type WithinCap = (owner: string, labels: readonly string[], cap: LabelCap | null) => readonly string[];

/** @param recordsOf all series of an owner, those included that began with the present facts */
function createLabelCaps(recordsOf: (owner: string) => readonly TotalRecord[], limits: TotalLimits): WithinCap {
  /** Values of first labels that are shown by themselves, by cap and owner. */
  const shownValues = new Map<LabelCap, Map<string, Set<string>>>();

  const valuesOf = (owner: string, cap: LabelCap): Set<string> => {
    const ofCap = shownValues.get(cap) ?? new Map<string, Set<string>>();
    shownValues.set(cap, ofCap);
    const known = ofCap.get(owner);
    if (known !== undefined) return known;
    const capped = new Set<string>(DURABLE.flatMap(([key, metric]) => (metric.cap === cap ? key : [])));
    const values = new Set(
      recordsOf(owner).flatMap(({ metric, labels }) => (capped.has(metric) ? (labels[1] ?? '') : [])),
    );
    ofCap.set(owner, values);
    return values;
  };
  return (owner, labels, cap) => {
    if (cap === null) return labels;
    const values = valuesOf(owner, cap);
    const value = labels[1] ?? '';
    const shown = values.has(value) || values.size < cap.most(limits) ? value : cap.other;
    values.add(shown);
    return labels.with(1, shown);
  };
}

function additionOf({ adds }: DurableMetric, fact: Fact): Addition | null {
  // The compiler cannot tell that what is found by a fact's kind takes facts of that kind.
  const toAddition = adds[fact.kind] as ((fact: Fact) => Addition | null) | undefined;
  return toAddition?.(fact) ?? null;
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
    for (const [id, { exemplar }] of series) if (exemplar !== null) ofOwner.set(id, exemplar);
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
  return [...totals.values()].flatMap((series) =>
    [...series.values()].flatMap((record) =>
      typeof record.value === 'number' || haveSameElements(record.value.bounds, bounds)
        ? []
        : [restarted(record, bounds, now)],
    ),
  );
}

/** A total at 0, also as it is shown, and created now. */
function restarted(record: TotalRecord, bounds: readonly number[], now: UnixSeconds): TotalRecord {
  const zero: number | HistogramTotal = typeof record.value === 'number' ? 0 : emptyHistogram(bounds);
  return { ...record, value: zero, published: zero, createdAt: now };
}

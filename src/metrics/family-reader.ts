/** Families of samples of one owner. A family without samples is left out. */
import { seriesKey, type TotalRecord } from '../ledger/records.ts';
import { METRICS } from './catalogue.ts';
import type { CurrentMetric, MetricDefinition } from './catalogue/definition.ts';
import type { Metric } from './metric.ts';
import type { Block, Exemplar, Sample } from './samples.ts';

/** Durable totals as readers are shown them. */
export interface ShownTotals {
  readonly totals: ReadonlyMap<string, TotalRecord>;
  /** By `seriesKey`. */
  readonly exemplars: ReadonlyMap<string, Exemplar>;
}

/** Makes a function that gives the families of a view: those of its totals, and those that are read from it. */
export function createFamilyReader<View>(
  definitions: Readonly<Record<string, MetricDefinition<View>>>,
): (view: View, shown?: ShownTotals) => Block['families'] {
  const metrics = Object.values(definitions).filter((metric): metric is CurrentMetric<View> => !metric.durable);
  return (view, shown) => {
    const families: Map<Metric, readonly Sample[]> = shown === undefined ? new Map() : totalFamilies(shown);
    for (const metric of metrics) {
      const samples = metric.read(view);
      if (samples.length > 0) families.set(metric, samples);
    }
    return families;
  };
}

function totalFamilies({ totals, exemplars }: ShownTotals): Map<Metric, Sample[]> {
  const families = new Map<Metric, Sample[]>();
  for (const { metric: key, labels, value, published, createdAt } of totals.values()) {
    const metric = findMetric(key);
    if (metric === undefined) continue;
    const samples = families.get(metric) ?? [];
    families.set(metric, samples);
    // While a series is held, its newest run is not in what is shown.
    const exemplar = value === published ? (exemplars.get(seriesKey(key, labels)) ?? null) : null;
    samples.push({ labels, value: published, createdAt, exemplar });
  }
  return families;
}

/** undefined: the ledger was written by a version that had another metric. */
function findMetric(key: string): Metric | undefined {
  return (METRICS as Readonly<Record<string, Metric>>)[key];
}

import type { Metric } from '../metrics/metric.ts';
import type { Block, Exemplar, Sample } from '../metrics/samples.ts';
import { haveSameElements } from '../model/same-elements.ts';

/** True if two blocks with equal labels show the same of one family: most changes of a job touch few of its families. */
export function showSame(metric: Metric, a: Block, b: Block): boolean {
  if (a === b) return true;
  return haveSameElements(a.families.get(metric) ?? [], b.families.get(metric) ?? [], isSameSample);
}

function isSameSample(a: Sample, b: Sample): boolean {
  return (
    a === b ||
    (a.createdAt === b.createdAt &&
      haveSameElements(a.labels, b.labels) &&
      isSameExemplar(a.exemplar, b.exemplar) &&
      isSameValue(a.value, b.value))
  );
}

function isSameExemplar(a: Exemplar | null, b: Exemplar | null): boolean {
  if (a === null || b === null) return a === b;
  return a.runId === b.runId && a.value === b.value && a.at === b.at;
}

function isSameValue(a: Sample['value'], b: Sample['value']): boolean {
  if (typeof a === 'number' || typeof b === 'number') return Object.is(a, b);
  return (
    a.count === b.count &&
    Object.is(a.sum, b.sum) &&
    haveSameElements(a.counts, b.counts) &&
    haveSameElements(a.bounds, b.bounds)
  );
}

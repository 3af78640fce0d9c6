import type { Metric } from '../metrics/metric.ts';
import type { Block, Exemplar, Sample } from '../metrics/samples.ts';
import { haveSameElements } from './chunks.ts';

/** Whether two blocks with equal labels show the same of one family: most news of a job touches few of its families. */
export function showSame(metric: Metric, a: Block, b: Block): boolean {
  if (a === b) return true;
  const left = a.families.get(metric) ?? [];
  const right = b.families.get(metric) ?? [];
  return (
    left === right || (left.length === right.length && left.every((sample, index) => isSame(sample, right[index])))
  );
}

function isSame(a: Sample, b: Sample | undefined): boolean {
  if (b === undefined || a === b) return a === b;
  return (
    a.createdAt === b.createdAt &&
    haveSameElements(a.labels, b.labels) &&
    isSameExemplar(a.exemplar, b.exemplar) &&
    isSameValue(a.value, b.value)
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

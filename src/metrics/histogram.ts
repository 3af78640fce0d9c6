import type { HistogramValue } from './samples.ts';

/** A histogram without observations. */
export function emptyHistogram(bounds: readonly number[]): HistogramValue {
  return { bounds, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0, count: 0 };
}

/** Index of the bucket that holds a value: the first whose bound is not below it, else that of +Inf. */
export function bucketIndex(bounds: readonly number[], value: number): number {
  const index = bounds.findIndex((bound) => value <= bound);
  return index === -1 ? bounds.length : index;
}

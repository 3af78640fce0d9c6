/** A snapshot as what a client library's instruments are given, and whether a page of theirs shows the same samples. */
import { CATALOGUE } from '../../src/metrics/catalogue.ts';
import type { Sample, Snapshot } from '../../src/metrics/samples.ts';

/** One instrument; bench/promhttp/main.go reads these as JSON. */
export interface Instrument {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labelNames: readonly string[];
  /** Upper bounds of a histogram, else none. */
  readonly bounds: readonly number[];
  readonly samples: readonly {
    /** Values of the labels, in the order of `labelNames`. */
    readonly labels: readonly string[];
    /** The values to add, set or observe, one after another. */
    readonly values: readonly number[];
  }[];
}

export function toInstruments({ blocks }: Snapshot): Instrument[] {
  return CATALOGUE.flatMap((metric) => {
    const found = blocks.flatMap(({ labels, families }) =>
      (families.get(metric) ?? []).map((sample) => ({ ...sample, labels: [...labels, ...sample.labels] })),
    );
    const [first] = found;
    if (first === undefined) return [];
    const { name, help, kind } = metric;
    const labelNames = first.labels.filter((_, at) => at % 2 === 0);
    const bounds = typeof first.value === 'number' ? [] : first.value.bounds;
    const samples = found.map(({ labels, value }) => ({
      labels: labels.filter((_, at) => at % 2 === 1),
      values: toValues(value),
    }));
    return [{ name, help, kind, labelNames, bounds, samples }];
  });
}

/** Of a histogram: observations that fill its buckets as they are; their sum is another one. */
function toValues(value: Sample['value']): number[] {
  if (typeof value === 'number') return [value];
  const { bounds, counts } = value;
  const beyond = 2 * (bounds.at(-1) ?? 0);
  return counts.flatMap((count, at) => Array.from({ length: count }, () => bounds[at] ?? beyond));
}

/**
 * Counts the samples of a page of the instruments. Throws unless our page has them all, with the same values (but for
 * the sums of histograms), and beyond them only what it says of its own process.
 */
export function countSameSamples(ours: string, theirs: string): number {
  const expected = readSamples(ours);
  const samples = readSamples(theirs);
  for (const [series, value] of samples) {
    const shown = expected.get(series);
    if (shown === undefined || (shown !== value && !/^\w+_sum /.test(series))) {
      throw new Error(`Not the same samples: ${series} is ${value}, ours ${shown ?? 'has none'}.`);
    }
  }
  for (const series of expected.keys()) {
    if (!samples.has(series) && !/^(process|nodejs)_/.test(series)) throw new Error(`Only ours has ${series}.`);
  }
  return samples.size;
}

/** Values by name and sorted labels. */
function readSamples(page: string): Map<string, number> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const sorted = (labels.match(/\w+="[^"]*"/g) ?? []).toSorted();
      return [`${name} ${sorted.join(',')}`, Number(value)];
    }),
  );
}

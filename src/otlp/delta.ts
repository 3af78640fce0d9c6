/** Deltas: the gains of counters and histograms since a receiver last acknowledged them. */
import type { Sample } from '../metrics/samples.ts';
import { haveSameElements } from '../model/same-elements.ts';
import type { UnixSeconds } from '../model/time.ts';
import { keyOf, type OtlpBlock, type OtlpFamily } from './families.ts';

/** A block as it stood in the newest push that holds it and was acknowledged. */
export interface Acknowledged {
  readonly block: OtlpBlock;
  readonly at: UnixSeconds;
  /** False: it was not sent, but is what counting starts from. */
  readonly isSent: boolean;
}

/** A value over the time from `startedAt` to now. */
export interface Delta {
  readonly value: Sample['value'];
  readonly startedAt: UnixSeconds;
}

/** Converts one sample to its gain; null: it gained nothing, and the receiver knows the series. */
export type ToDelta = (family: OtlpFamily, sample: Sample) => Delta | null;

/**
 * Compares samples of one block with the block as it was acknowledged.
 *
 * A series that the acknowledged block lacks gains its whole value if it began since. If it is durable and older, it was
 * only not shown for a while: its value was sent before, so its gain starts from the present value. A series whose count
 * began anew gains its whole value.
 *
 * @param acknowledged null: the block was never in a push.
 * @param since time of the newest acknowledged push of any block, or of the start of pushing.
 */
export function createToDelta(acknowledged: Acknowledged | null, since: UnixSeconds): ToDelta {
  const before = new Map<OtlpFamily, ReadonlyMap<string, Sample>>();
  const findBefore = (family: OtlpFamily, sample: Sample): Sample | undefined => {
    let samples = before.get(family);
    if (samples === undefined) {
      samples = new Map((acknowledged?.block.families.get(family) ?? []).map((other) => [keyOf(other), other]));
      before.set(family, samples);
    }
    return samples.get(keyOf(sample));
  };
  return (family, sample) => {
    const createdAt = sample.createdAt ?? since;
    const known = findBefore(family, sample);
    if (known === undefined || acknowledged === null) {
      const wasHidden = family.durable && createdAt < since;
      return wasHidden
        ? { value: subtract(sample.value, sample.value), startedAt: since }
        : { value: sample.value, startedAt: createdAt };
    }
    if (known.createdAt !== sample.createdAt) return { value: sample.value, startedAt: createdAt };
    const value = known === sample && acknowledged.isSent ? null : subtract(sample.value, known.value);
    if (value === null || (acknowledged.isSent && isNothing(value))) return null;
    return { value, startedAt: acknowledged.at };
  };
}

function isNothing(value: Sample['value']): boolean {
  return typeof value === 'number' ? value === 0 : value.count === 0;
}

/** `value` − `before`; `value` itself where it fell, or has other buckets: it began anew. */
function subtract(value: Sample['value'], before: Sample['value']): Sample['value'] {
  if (typeof value === 'number') return typeof before !== 'number' || value < before ? value : value - before;
  if (typeof before === 'number' || value.count < before.count || !haveSameElements(value.bounds, before.bounds))
    return value;
  return {
    bounds: value.bounds,
    counts: value.counts.map((count, index) => count - (before.counts[index] ?? 0)),
    sum: value.sum - before.sum,
    count: value.count - before.count,
  };
}

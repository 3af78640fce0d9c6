/** What a counter or histogram has gained since a receiver last acknowledged it. */
import type { HistogramValue, Sample } from '../metrics/samples.ts';
import type { UnixSeconds } from '../model/time.ts';
import type { OtlpBlock, OtlpFamily } from './families.ts';

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

/** Takes one sample to what it has gained; null: nothing, and the receiver knows the series. */
export type ToDelta = (family: OtlpFamily, sample: Sample) => Delta | null;

/**
 * Compares samples of one block with the block as it was acknowledged.
 *
 * A series that was not there then gains its whole value, if it began since; a durable one that is older has been
 * away, and counts on from where it stands, as what it had before was sent before. One whose count began anew gains
 * its whole value.
 *
 * @param acknowledged null: the block was never in a push.
 * @param since the newest acknowledged push of anything, or when pushing began.
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
      const wasAway = family.durable && createdAt < since;
      return wasAway
        ? { value: subtract(sample.value, sample.value), startedAt: since }
        : { value: sample.value, startedAt: createdAt };
    }
    if (known.createdAt !== sample.createdAt) return { value: sample.value, startedAt: createdAt };
    const value = known === sample && acknowledged.isSent ? null : subtract(sample.value, known.value);
    if (value === null || (acknowledged.isSent && isNothing(value))) return null;
    return { value, startedAt: acknowledged.at };
  };
}

function keyOf({ labels }: Sample): string {
  return labels.join('\0');
}

function isNothing(value: Sample['value']): boolean {
  return typeof value === 'number' ? value === 0 : value.count === 0;
}

/** `value` − `before`; `value` itself where it fell, or has other buckets: it began anew. */
function subtract(value: Sample['value'], before: Sample['value']): Sample['value'] {
  if (typeof value === 'number') return typeof before !== 'number' || value < before ? value : value - before;
  if (typeof before === 'number' || value.count < before.count || !haveSameBounds(value, before)) return value;
  return {
    bounds: value.bounds,
    counts: value.counts.map((count, index) => count - (before.counts[index] ?? 0)),
    sum: value.sum - before.sum,
    count: value.count - before.count,
  };
}

function haveSameBounds(a: HistogramValue, b: HistogramValue): boolean {
  return (
    a.bounds === b.bounds ||
    (a.bounds.length === b.bounds.length && a.bounds.every((bound, index) => bound === b.bounds[index]))
  );
}

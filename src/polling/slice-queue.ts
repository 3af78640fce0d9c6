import type { Slice } from '../vendors/vendor.ts';

/** Slices that cut answers may add to one round of a scope; beyond it they count as cut for good. */
const MAX_EXTRA_SLICES = 128;
/** Times that a round divides all its slices because one took too long. */
const MAX_DIVISIONS = 3;

/** The slices that a round of a scope still has to read, oldest first. */
export interface SliceQueue {
  /** Takes the next slice; undefined: all were taken. */
  next(): Slice | undefined;
  isEmpty(): boolean;
  /** Puts the parts of a slice first; false where it has none, or the round has become too long already. */
  divide(slice: Slice): boolean;
  /** Divides a slice and all that are still to come; false where it has no parts, or that was done often enough. */
  divideAll(slice: Slice): boolean;
}

/** A queue of the slices of a round. @param split gives the parts of a slice; empty: it has none */
export function createSliceQueue(slices: readonly Slice[], split: (slice: Slice) => readonly Slice[]): SliceQueue {
  let queue = [...slices];
  let extra = 0;
  let divisions = 0;
  return {
    next: () => queue.shift(),
    isEmpty: () => queue.length === 0,
    divide(slice) {
      const parts = extra < MAX_EXTRA_SLICES ? split(slice) : [];
      extra += parts.length;
      queue.unshift(...parts);
      return parts.length > 0;
    },
    divideAll(slice) {
      const parts = divisions < MAX_DIVISIONS ? split(slice) : [];
      if (parts.length === 0) return false;
      divisions += 1;
      const others = queue.flatMap((other) => {
        const partsOfOther = split(other);
        return partsOfOther.length > 0 ? partsOfOther : [other];
      });
      queue = [...parts, ...others];
      return true;
    },
  };
}

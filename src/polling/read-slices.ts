import { VendorError } from '../http/errors.ts';
import type { Seconds } from '../model/time.ts';
import { within } from '../model/time-limit.ts';
import type { Scope, Slice, SliceResult, VendorClient, Window } from '../vendors/vendor.ts';
import { createSliceQueue } from './slice-queue.ts';

export interface ReadSlicesOptions {
  readonly client: VendorClient;
  readonly scope: Scope;
  readonly window: Window;
  /** True where all that the vendor has is to be read: slices that take too long are then divided. */
  readonly readAll: boolean;
  /** Longest time of one slice. */
  readonly timeout: Seconds;
  readonly signal: AbortSignal;
  /** The scope's live runs, as `SliceRequest.live`. */
  readonly live: () => ReadonlySet<string>;
  /** Looks for runs that an answer lacks though it should hold them: it was cut. Only the caller can know of such. */
  readonly findMissing: (slice: Slice, result: SliceResult) => Promise<readonly string[]>;
}

/** One answer of a window. */
export interface ReadSlice {
  readonly slice: Slice;
  readonly result: SliceResult;
  /** As `findMissing` found. */
  readonly missing: readonly string[];
  /** `divided`: it was cut, and its parts come next; `cut`: it was cut and has no parts. */
  readonly outcome: 'whole' | 'divided' | 'cut';
  /** True if no answer comes after this one. */
  readonly isLast: boolean;
}

/**
 * Reads a window slice by slice, oldest first. A slice whose answer was cut is divided and read again in parts. It knows
 * of no ledger, so that whoever reads a vendor reads it in this way.
 * @throws VendorError of the slice that failed
 * @see spec rule 5
 */
export async function* readSlices(options: ReadSlicesOptions): AsyncGenerator<ReadSlice, void, undefined> {
  const { client, scope, readAll, signal, live, findMissing } = options;
  const queue = createSliceQueue(client.slices(scope, options.window), (slice) => client.split(scope, slice));
  for (let slice = queue.next(); slice !== undefined; slice = queue.next()) {
    let result: SliceResult;
    try {
      const limit = within(options.timeout, signal);
      result = await client.poll({ scope, slice, readAll, live: live(), signal: limit });
    } catch (error) {
      // The slices of a full sync span so long a time that a vendor may not be able to list all of one in time.
      if (readAll && isTimeout(error) && !signal.aborted && queue.divideAll(slice)) continue;
      throw error;
    }
    const missing = await findMissing(slice, result);
    const isCut = result.truncated || missing.length > 0;
    const mayDivide = missing.length > 0 || result.isDivisible !== false;
    const outcome = !isCut ? 'whole' : mayDivide && queue.divide(slice) ? 'divided' : 'cut';
    yield { slice, result, missing, outcome, isLast: queue.isEmpty() };
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof VendorError && error.reason === 'timeout';
}

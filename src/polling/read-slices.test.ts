import { describe, expect, it } from 'vitest';
import type { VendorError } from '../http/errors.ts';
import { at, finishedRun } from '../../test/support/builders.ts';
import { holdTimeLimits } from '../../test/support/hold-time-limits.ts';
import { FAILURES } from '../../test/support/scripted-vendor.ts';
import { seconds } from '../model/time.ts';
import { halve } from '../vendors/frame/slices.ts';
import type { Slice, SliceRequest, SliceResult, VendorClient } from '../vendors/vendor.ts';
import { type ReadSlice, readSlices, type ReadSlicesOptions } from './read-slices.ts';

const SCOPE = { key: 'account' };
const WHOLE: SliceResult = { runs: [], rejected: [], truncated: false, vendorTime: null };
const CUT: SliceResult = { ...WHOLE, truncated: true };

function aSlice(from: number, to: number): Slice {
  return { from: at(from), to: at(to), part: null };
}

/** A slice by its ends: `0-8`. */
function nameOf({ from, to }: Slice): string {
  return `${from - at(0)}-${to - at(0)}`;
}

/** Slices of two seconds have no parts. */
const splitToTwo: VendorClient['split'] = (_scope, slice) => halve(slice, seconds(2));

interface Vendor {
  /** One slice, `0-8`, unless said. */
  readonly slices?: readonly Slice[];
  /** `splitToTwo` unless said. */
  readonly split?: VendorClient['split'];
  /** Answers a slice by its name, whole unless said; an error that is given is thrown. */
  readonly answer?: (name: string, request: SliceRequest) => SliceResult | VendorError;
}

type OtherOptions = Partial<Omit<ReadSlicesOptions, 'client'>>;

/** Begins to read a vendor; `asked` takes in each slice by its name as it is asked for. */
function startReading(
  { slices = [aSlice(0, 8)], split = splitToTwo, answer = () => WHOLE }: Vendor,
  options: OtherOptions = {},
  asked: string[] = [],
): AsyncGenerator<ReadSlice, void> {
  const client: VendorClient = {
    scopes: [SCOPE],
    slices: () => slices,
    split,
    poll: async (request) => {
      const name = nameOf(request.slice);
      asked.push(name);
      const answered = answer(name, request);
      if (answered instanceof Error) throw answered;
      return answered;
    },
    run: () => expect.unreachable('no run is asked for by itself'),
    details: () => expect.unreachable('no details are asked for'),
  };
  return readSlices({
    client,
    scope: SCOPE,
    window: aSlice(0, 8),
    readAll: false,
    timeout: seconds(60),
    signal: new AbortController().signal,
    live: () => new Set(),
    findMissing: async () => [],
    ...options,
  });
}

/** Reads a vendor to its end, or to the failure of a slice. */
async function read(vendor: Vendor, options: OtherOptions = {}) {
  const asked: string[] = [];
  const outcomes: string[] = [];
  const last: string[] = [];
  let failure: unknown = null;
  try {
    for await (const { slice, outcome, isLast } of startReading(vendor, options, asked)) {
      outcomes.push(`${nameOf(slice)} ${outcome}`);
      if (isLast) last.push(nameOf(slice));
    }
  } catch (error) {
    failure = error;
  }
  return { asked, outcomes, last, failure };
}

describe('slices of a window', () => {
  it('are read one after the other, oldest first, and the last one is known as such', async () => {
    const { outcomes, last } = await read({ slices: [aSlice(0, 4), aSlice(4, 6), aSlice(6, 8)] });

    expect(outcomes).toEqual(['0-4 whole', '4-6 whole', '6-8 whole']);
    expect(last).toEqual(['6-8']);
  });

  it('are asked for only once the answer before them was taken in', async () => {
    const asked: string[] = [];
    const reading = startReading({ slices: [aSlice(0, 4), aSlice(4, 8)] }, {}, asked);

    await reading.next();

    expect(asked).toEqual(['0-4']);
  });

  it('are asked for with the live runs, and with the word that all is to be read', async () => {
    const requests: SliceRequest[] = [];
    const answer = (_name: string, request: SliceRequest): SliceResult => {
      requests.push(request);
      return WHOLE;
    };
    const live = new Set(['r1']);

    await read({ answer }, { live: () => live, readAll: true });

    expect(requests).toMatchObject([{ scope: SCOPE, slice: aSlice(0, 8), live, readAll: true }]);
  });

  it('are read no further than to the first that fails', async () => {
    const failure = FAILURES.broken();

    const reading = await read({
      slices: [aSlice(0, 4), aSlice(4, 6), aSlice(6, 8)],
      answer: (name) => (name === '4-6' ? failure : WHOLE),
    });

    expect(reading).toEqual({ asked: ['0-4', '4-6'], outcomes: ['0-4 whole'], last: [], failure });
  });
});

describe('a slice whose answer was cut', () => {
  it('is divided, and its parts come next', async () => {
    const { outcomes, last } = await read({
      slices: [aSlice(0, 4), aSlice(4, 8)],
      answer: (name) => (name === '0-4' ? CUT : WHOLE),
    });

    expect(outcomes).toEqual(['0-4 divided', '0-2 whole', '2-4 whole', '4-8 whole']);
    expect(last).toEqual(['4-8']);
  });

  it('is cut where it has no parts', async () => {
    const { outcomes, last } = await read({ answer: (name) => (name === '4-8' || name === '0-2' ? WHOLE : CUT) });

    expect(outcomes).toEqual(['0-8 divided', '0-4 divided', '0-2 whole', '2-4 cut', '4-8 whole']);
    expect(last).toEqual(['4-8']);
  });

  it('is cut where smaller slices would be cut as well', async () => {
    const { outcomes } = await read({ answer: () => ({ ...CUT, isDivisible: false }) });

    expect(outcomes).toEqual(['0-8 cut']);
  });

  it('is the last one only where it has no parts', async () => {
    const { last } = await read({ answer: () => CUT });

    expect(last).toEqual(['6-8']);
  });

  it('is divided no more once 128 slices were added', async () => {
    const { asked, outcomes } = await read({ split: (_scope, slice) => [slice, slice], answer: () => CUT });

    expect(asked).toHaveLength(1 + 128);
    expect(outcomes.filter((outcome) => outcome.endsWith('divided'))).toHaveLength(64);
  });
});

describe('a slice whose answer lacks runs', () => {
  const findMissing: ReadSlicesOptions['findMissing'] = async (slice) => (nameOf(slice) === '0-8' ? ['r1'] : []);

  it('is divided as if the vendor had said that it was cut', async () => {
    const { outcomes } = await read({}, { findMissing });

    expect(outcomes).toEqual(['0-8 divided', '0-4 whole', '4-8 whole']);
  });

  it('is divided also where the vendor says that smaller slices would be cut as well', async () => {
    const { outcomes } = await read({ answer: () => ({ ...WHOLE, isDivisible: false }) }, { findMissing });

    expect(outcomes).toEqual(['0-8 divided', '0-4 whole', '4-8 whole']);
  });

  it('comes with their ids, and is cut where it has no parts', async () => {
    const result = { ...WHOLE, runs: [finishedRun({ id: 'r2' })] };
    const looked: unknown[] = [];
    const reading = startReading(
      { split: () => [], answer: () => result },
      {
        findMissing: async (...answer) => {
          looked.push(answer);
          return ['r1'];
        },
      },
    );

    const { value } = await reading.next();

    expect(value).toEqual({ slice: aSlice(0, 8), result, missing: ['r1'], outcome: 'cut', isLast: true });
    expect(looked).toEqual([[aSlice(0, 8), result]]);
  });
});

describe('a slice that takes the vendor too long', () => {
  const isLong = ({ from, to }: Slice): boolean => to - from > 2;
  const slow = (_name: string, { slice }: SliceRequest) => (isLong(slice) ? FAILURES.slow() : WHOLE);

  it('has all slices of a full sync divided, until they are short enough', async () => {
    const vendor = { slices: [aSlice(0, 8), aSlice(8, 16)], answer: slow };

    const { asked, outcomes, failure } = await read(vendor, { readAll: true });

    expect(asked.slice(0, 3)).toEqual(['0-8', '0-4', '0-2']);
    expect(outcomes).toEqual([0, 2, 4, 6, 8, 10, 12, 14].map((from) => `${from}-${from + 2} whole`));
    expect(failure).toBeNull();
  });

  it('leaves slices as they are that have no parts', async () => {
    const vendor: Vendor = {
      slices: [aSlice(0, 4), aSlice(4, 6)],
      answer: (name) => (name === '0-4' ? FAILURES.slow() : WHOLE),
    };

    const { outcomes } = await read(vendor, { readAll: true });

    expect(outcomes).toEqual(['0-2 whole', '2-4 whole', '4-6 whole']);
  });

  it('ends a full sync where it has no parts', async () => {
    const { asked, failure } = await read({ slices: [aSlice(0, 2)], answer: FAILURES.slow }, { readAll: true });

    expect(asked).toEqual(['0-2']);
    expect(failure).toMatchObject({ reason: 'timeout' });
  });

  it('ends a full sync once all slices were divided three times', async () => {
    const { asked, failure } = await read({ slices: [aSlice(0, 64)], answer: FAILURES.slow }, { readAll: true });

    expect(asked).toEqual(['0-64', '0-32', '0-16', '0-8']);
    expect(failure).toMatchObject({ reason: 'timeout' });
  });

  it('ends an ordinary round', async () => {
    const { asked, failure } = await read({ answer: slow });

    expect(asked).toEqual(['0-8']);
    expect(failure).toMatchObject({ reason: 'timeout' });
  });

  it('ends a full sync that was stopped meanwhile', async () => {
    const stopping = new AbortController();
    const answer = (): VendorError => {
      stopping.abort();
      return FAILURES.slow();
    };

    const { asked, failure } = await read({ answer }, { readAll: true, signal: stopping.signal });

    expect(asked).toEqual(['0-8']);
    expect(failure).toMatchObject({ reason: 'timeout' });
  });
});

describe('the signal of a request', () => {
  it('aborts when its own time is over, and not with the time of the slice before', async () => {
    const limits = holdTimeLimits();
    const aborted: (readonly boolean[])[] = [];
    const answer = (_name: string, { signal }: SliceRequest): SliceResult => {
      const atFirst = signal.aborted;
      limits.end();
      aborted.push([atFirst, signal.aborted]);
      return WHOLE;
    };

    await read({ slices: [aSlice(0, 4), aSlice(4, 8)], answer });

    expect(aborted).toEqual([
      [false, true],
      [false, true],
    ]);
  });

  it('aborts when the whole reading is stopped', async () => {
    const stopping = new AbortController();
    const aborted: boolean[] = [];
    const answer = (_name: string, { signal }: SliceRequest): SliceResult => {
      stopping.abort();
      aborted.push(signal.aborted);
      return WHOLE;
    };

    await read({ answer }, { signal: stopping.signal });

    expect(aborted).toEqual([true]);
  });
});

import {
  after,
  before,
  DAY,
  earlier,
  later,
  type Seconds,
  seconds,
  startOfDay,
  type UnixSeconds,
  unixSeconds,
} from '../../model/time.ts';
import type { Slice, Window } from '../vendor.ts';

/** The way in which a vendor's lists are asked for by time. */
export interface Slicing {
  /** True if a list is asked for by time, so that a known run missing from its window means that the answer was cut. */
  readonly isWindowed: boolean;
  /** Cuts a window into slices that the vendor allows, oldest first, together covering all that can be asked for. */
  slices(window: Window, now: UnixSeconds): readonly Slice[];
  /** Smaller slices that together cover a cut one; empty when it cannot be divided further. */
  split(slice: Slice): readonly Slice[];
  /** The part of a slice that can still be asked for; it was cut some time ago. */
  clip(slice: Slice, now: UnixSeconds): Slice;
}

/** Lists that cannot be asked for by time: a window is one slice, and what is cut stays cut. */
export function inOneSlice(): Slicing {
  return {
    isWindowed: false,
    slices: (window) => [{ ...window, part: null }],
    split: () => [],
    clip: (slice) => slice,
  };
}

interface WidthOptions {
  readonly longest: Seconds;
  /** A cut slice is halved until its halves would be shorter. */
  readonly shortest: Seconds;
  /**
   * The furthest that a window may begin back from now: `cut` when slices are made, `asked` when they are asked for, a
   * while later. Absent: any time.
   */
  readonly reach?: { readonly cut: Seconds; readonly asked: Seconds };
}

/** Windows of any bounds, up to a width. */
export function byWidth({ longest, shortest, reach }: WidthOptions): Slicing {
  return {
    isWindowed: true,
    slices: ({ from, to }, now) =>
      sliceByWidth({ from: reach === undefined ? from : later(from, before(now, reach.cut)), to }, longest),
    split: (slice) => halve(slice, shortest),
    clip: (slice, now) =>
      reach === undefined ? slice : { ...slice, from: later(slice.from, before(now, reach.asked)) },
  };
}

/** The length of a day to its last microsecond (times are kept that fine): a run of midnight belongs to the day that begins. */
const WHOLE_DAY = seconds(DAY - 1e-6);

/** Whole UTC days. A cut one is divided into `parts`, which only the vendor's own requests know the meaning of. */
export function byDay({ parts }: { readonly parts: readonly string[] }): Slicing {
  return {
    isWindowed: true,
    slices: ({ from, to }) => {
      const slices: Slice[] = [];
      for (let day = startOfDay(from); day <= to; day = after(day, DAY))
        slices.push({ from: day, to: after(day, WHOLE_DAY), part: null });
      return slices;
    },
    split: (slice) => (slice.part === null ? parts.map((part) => ({ ...slice, part })) : []),
    clip: (slice) => slice,
  };
}

/** Cuts a window into slices of at most `width`, oldest first; neighbours share their edge, so nothing falls between. */
export function sliceByWidth(window: Window, width: Seconds): readonly Slice[] {
  const slices: Slice[] = [];
  let from = window.from;
  do {
    const to = earlier(after(from, width), window.to);
    slices.push({ from, to, part: null });
    from = to;
  } while (from < window.to);
  return slices;
}

/** The two halves of a slice; empty when they would be shorter than `shortest`. */
export function halve(slice: Slice, shortest: Seconds): readonly Slice[] {
  const middle = unixSeconds(Math.floor((slice.from + slice.to) / 2));
  if (middle - slice.from < shortest) return [];
  return [
    { ...slice, to: middle },
    { ...slice, from: middle },
  ];
}

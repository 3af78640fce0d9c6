import { after, earlier, type Seconds, unixSeconds } from '../model/time.ts';
import type { Slice, Window } from './vendor.ts';

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

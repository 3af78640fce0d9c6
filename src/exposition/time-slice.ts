import { scheduler } from 'node:timers/promises';

/** Longest time that a piece of work keeps the event loop before it lets others go first. */
const SLICE_MS = 5;

/** Makes a function to be awaited between the steps of long work: it lets others go first when a slice is used up. */
export function createTimeSlice(): () => Promise<void> {
  let start = performance.now();
  return async () => {
    if (performance.now() - start < SLICE_MS) return;
    await scheduler.yield();
    start = performance.now();
  };
}

import type { Clock } from '../../src/model/clock.ts';
import { after, type Seconds, seconds, type UnixSeconds, unixSeconds } from '../../src/model/time.ts';

/** 2026-11-22T09:00:00Z, when tests begin unless they say otherwise. */
export const NOW = unixSeconds(Date.UTC(2026, 10, 22, 9) / 1000);

/** A clock that stands still until it is set, forwards or back. Sleepers wake up when their time has come. */
export interface SettableClock extends Clock {
  advance(duration: Seconds | number): void;
  /** Sets the time of day alone, as a person or a time server may: `monotonic` stays where it is. */
  set(instant: UnixSeconds | number): void;
  /** Lengths of all sleeps so far, in order. */
  readonly slept: readonly number[];
  /** Number of sleeps under way. */
  sleeping(): number;
  /** Resolves once so many sleep at the same time: those then wait for nothing but the clock. */
  asleep(count: number): Promise<void>;
}

export function createSettableClock(start: UnixSeconds = NOW): SettableClock {
  let now = start;
  let elapsed = seconds(0);
  const slept: number[] = [];
  const sleepers = new Set<() => void>();
  /** Called with every sleep that begins. */
  const watchers = new Set<() => void>();
  const set = (instant: UnixSeconds | number): void => {
    now = unixSeconds(instant);
    for (const look of sleepers) look();
  };
  return {
    slept,
    now: () => now,
    set,
    monotonic: () => elapsed,
    advance: (duration) => {
      elapsed = seconds(elapsed + duration);
      set(now + duration);
    },
    sleep: (duration, signal) =>
      new Promise((resolve) => {
        slept.push(duration);
        const until = after(now, duration);
        const look = (): void => {
          if (!signal.aborted && now < until) return;
          sleepers.delete(look);
          resolve();
        };
        sleepers.add(look);
        signal.addEventListener('abort', look, { once: true });
        look();
        for (const watch of watchers) watch();
      }),
    sleeping: () => sleepers.size,
    asleep: (count) =>
      new Promise((resolve) => {
        const watch = (): void => {
          if (sleepers.size < count) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
        watch();
      }),
  };
}

import { type Seconds, seconds, type UnixSeconds, unixSeconds } from './time.ts';

/** The product's source of time. Passed in everywhere, so that tests and the demo can run time as they need. */
export interface Clock {
  now(): UnixSeconds;
  /**
   * Time since an arbitrary moment, to measure how long something lasts. It passes as `now` does, but never jumps when
   * somebody sets the machine's clock.
   */
  monotonic(): Seconds;
  /** Resolves after `duration` of this clock's time, or as soon as `signal` aborts; never rejects. */
  sleep(duration: Seconds, signal: AbortSignal): Promise<void>;
}

/** The longest delay that a Node timer holds; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A clock that starts at `start` and runs `speed` times as fast as the machine's: at 60 an hour passes in a minute.
 * At speed 1 from the present it is the machine's own clock.
 */
export function createClock(speed = 1, start: UnixSeconds = unixSeconds(Date.now() / 1000)): Clock {
  const origin = Date.now() / 1000;
  return {
    now: () =>
      unixSeconds(speed === 1 ? Date.now() / 1000 + (start - origin) : start + (Date.now() / 1000 - origin) * speed),
    monotonic: () => seconds((performance.now() / 1000) * speed),
    sleep: (duration, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const stop = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', stop);
          resolve();
        };
        const timer = setTimeout(stop, Math.min(Math.max(0, (duration * 1000) / speed), LONGEST_TIMER_MS));
        signal.addEventListener('abort', stop, { once: true });
      }),
  };
}

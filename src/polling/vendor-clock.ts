import type { Clock } from '../model/clock.ts';
import { after, between, DAY, MINUTE, type Seconds, seconds, type UnixSeconds, unixSeconds } from '../model/time.ts';
import { CLOCK_TOLERANCE } from '../ledger/run-times.ts';

/** This program is of 2026: a clock that says an earlier time is wrong. */
const EARLIEST_PRESENT = unixSeconds(Date.UTC(2026, 0, 1) / 1000);
/** A `Date` further ahead of a clock that may be right is not believed. */
const LONGEST_LEAD = seconds(400 * DAY);
/** A `Date` that hardly moves for so long comes out of a cache. */
const STANDS_STILL = seconds(10 * MINUTE);
/** The difference to a vendor's clock is kept until it has changed by so much: answers take their time. */
const STEADY = MINUTE;

/**
 * The time by which one target is read: the machine's, unless the vendor's `Date` says another. Then it is the vendor's,
 * as windows, baselines and what can be true are a matter of its time.
 */
export interface VendorClock extends Clock {
  /**
   * Takes in the `Date` of an answer.
   * @returns the date; null where there was none, or it cannot be the present time
   */
  learn(date: UnixSeconds | null): UnixSeconds | null;
  /** The machine's time, for what is shown and logged of the exporter's own doing. */
  machineNow(): UnixSeconds;
  /** The lead of the vendor's clock over the machine's; negative: it is behind; 0: too little to matter. */
  offset(): Seconds;
  /** True if the last answer said a time that `now` agrees with. */
  isConfirmed(): boolean;
}

/** @param changed called when the clocks begin to differ, differ otherwise, or agree again (0) */
export function createVendorClock(clock: Clock, changed: (offset: Seconds) => void): VendorClock {
  let offset = seconds(0);
  let isConfirmed = false;
  /** When the clocks began to differ, by a clock that never jumps, and what `Date` said then. */
  let began: { readonly monotonic: Seconds; readonly date: UnixSeconds } | null = null;

  const setOffset = (next: Seconds): void => {
    if (next === offset || (offset !== 0 && next !== 0 && Math.abs(next - offset) < STEADY)) return;
    offset = next;
    changed(offset);
  };
  const isPresent = (date: UnixSeconds, difference: Seconds): boolean => {
    if (date < EARLIEST_PRESENT) return false;
    if (difference > LONGEST_LEAD && clock.now() >= EARLIEST_PRESENT) return false;
    const since = began ?? { monotonic: clock.monotonic(), date };
    began = since;
    const elapsed = clock.monotonic() - since.monotonic;
    return elapsed < STANDS_STILL || between(since.date, date) >= elapsed / 2;
  };

  return {
    now: () => after(clock.now(), offset),
    machineNow: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (duration, signal) => clock.sleep(duration, signal),
    offset: () => offset,
    isConfirmed: () => isConfirmed,
    learn: (date) => {
      isConfirmed = false;
      if (date === null) return null;
      const difference = between(clock.now(), date);
      if (Math.abs(difference) <= CLOCK_TOLERANCE) {
        began = null;
        setOffset(seconds(0));
        isConfirmed = true;
        return date;
      }
      const isTrusted = isPresent(date, difference);
      setOffset(isTrusted ? difference : seconds(0));
      isConfirmed = isTrusted;
      return isTrusted ? date : null;
    },
  };
}

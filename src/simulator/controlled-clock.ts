/** A clock that a test or a person can hold and push, over one that runs. */
import type { Clock } from '../model/clock.ts';
import { after, between, type Seconds, seconds } from '../model/time.ts';

export interface ControlledClock extends Clock {
  readonly isFrozen: boolean;
  /** Holds the present until `resume`. */
  freeze(): void;
  /** Runs on from where it stands. */
  resume(): void;
  /** Jumps ahead; sleepers whose time has then come wake up. @throws RangeError for a negative duration */
  advance(duration: Seconds): void;
}

/** Creates a clock that shows the time of `clock` until it is commanded otherwise. */
export function createControlledClock(clock: Clock): ControlledClock {
  let lead = seconds(0);
  let frozenAt = null as ReturnType<Clock['now']> | null;
  /** The same for `monotonic`, which never goes back where the clock below is set back. */
  let elapsedLead = seconds(0);
  let frozenElapsed = seconds(0);
  /** Aborted and replaced at every command, so that sleepers look again. */
  let change = new AbortController();
  const now: Clock['now'] = () => frozenAt ?? after(clock.now(), lead);
  const monotonic: Clock['monotonic'] = () =>
    frozenAt === null ? seconds(clock.monotonic() + elapsedLead) : frozenElapsed;

  function announce(): void {
    const previous = change;
    change = new AbortController();
    previous.abort();
  }

  return {
    now,
    monotonic,
    get isFrozen() {
      return frozenAt !== null;
    },
    freeze() {
      frozenElapsed = monotonic();
      frozenAt = now();
      announce();
    },
    resume() {
      if (frozenAt === null) return;
      lead = between(clock.now(), frozenAt);
      elapsedLead = seconds(frozenElapsed - clock.monotonic());
      frozenAt = null;
      announce();
    },
    advance(duration) {
      if (duration < 0) throw new RangeError(`time cannot run backwards: ${duration} s`);
      if (frozenAt === null) {
        lead = seconds(lead + duration);
        elapsedLead = seconds(elapsedLead + duration);
      } else {
        frozenAt = after(frozenAt, duration);
        frozenElapsed = seconds(frozenElapsed + duration);
      }
      announce();
    },
    async sleep(duration, signal) {
      const until = after(now(), duration);
      while (!signal.aborted) {
        const rest = between(now(), until);
        if (rest <= 0) return;
        const interrupted = AbortSignal.any([signal, change.signal]);
        if (frozenAt === null) await clock.sleep(rest, interrupted);
        else await aborted(interrupted);
      }
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Signals that abort after a time limit and, unlike an `AbortSignal` by itself, tell how much of it is left. */
import { type Seconds, seconds } from './time.ts';

const END = Symbol('end');

/** `[END]`: the latest time at which it aborts, in milliseconds as `performance.now()` counts them. */
type TimedSignal = AbortSignal & { readonly [END]?: number };

/** Returns a signal that aborts with `signal`, or after `limit` of real time. */
export function within(limit: Seconds, signal: AbortSignal): AbortSignal {
  const milliseconds = Math.ceil(limit * 1000);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
  return Object.assign(limited, { [END]: performance.now() + milliseconds });
}

/** True if a signal of `within` aborted because its time was over, rather than with the signal that it limits. */
export function isTimeOver(signal: AbortSignal): boolean {
  // Not by the clock: a timer may be a little early, and a signal that was aborted before stays so after its time.
  return signal.aborted && signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
}

/** Returns the real time until a signal of `within` aborts by itself, 0 after that; null for any other signal. */
export function timeLeft(signal: TimedSignal): Seconds | null {
  const end = signal[END];
  return end === undefined ? null : seconds(Math.max(0, end - performance.now()) / 1000);
}

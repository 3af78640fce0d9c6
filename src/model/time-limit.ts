/** Signals that end work after a while and, other than an `AbortSignal` by itself, tell how much of it is left. */
import { type Seconds, seconds } from './time.ts';

const END = Symbol('end');

/** `[END]`: when it aborts at the latest, in milliseconds as `performance.now()` has them. */
type TimedSignal = AbortSignal & { readonly [END]?: number };

/** Aborts with `signal`, or after `limit` of real time. */
export function within(limit: Seconds, signal: AbortSignal): AbortSignal {
  const milliseconds = Math.ceil(limit * 1000);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
  return Object.assign(limited, { [END]: performance.now() + milliseconds });
}

/** Whether a signal of `within` aborted as its time was over, rather than with the signal that it limits. */
export function isTimeOver(signal: AbortSignal): boolean {
  // Not by the clock: a timer may be a little early, and what was aborted before stays so when its time comes.
  return signal.aborted && signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
}

/** Real time until a signal of `within` aborts by itself, 0 once it is over; null for any other signal. */
export function timeLeft(signal: TimedSignal): Seconds | null {
  const end = signal[END];
  return end === undefined ? null : seconds(Math.max(0, end - performance.now()) / 1000);
}

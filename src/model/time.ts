/**
 * Time as the product speaks it: seconds, and seconds since the Unix epoch. Every conversion from a vendor's
 * text lives here, so that no other file decides what a zone-less timestamp or a `1 day, 0:00:01` means.
 */

declare const unit: unique symbol;

/** A length of time in seconds; may have a fraction, is never negative unless said. */
export type Seconds = number & { readonly [unit]: 'seconds' };

/** An instant: seconds since 1970-01-01T00:00:00Z, with a fraction where the source had one. */
export type UnixSeconds = number & { readonly [unit]: 'unix-seconds' };

/** States that a plain number is a length of time in seconds. */
export function seconds(value: number): Seconds {
  return value as Seconds;
}

/** States that a plain number is an instant in seconds since the epoch. */
export function unixSeconds(value: number): UnixSeconds {
  return value as UnixSeconds;
}

/** The instant that lies `duration` after `instant`. */
export function after(instant: UnixSeconds, duration: Seconds): UnixSeconds {
  return unixSeconds(instant + duration);
}

/** The instant that lies `duration` before `instant`. */
export function before(instant: UnixSeconds, duration: Seconds): UnixSeconds {
  return unixSeconds(instant - duration);
}

/** Seconds from `start` to `end`; negative when `end` is the earlier one. */
export function between(start: UnixSeconds, end: UnixSeconds): Seconds {
  return seconds(end - start);
}

/** The earlier of two instants. */
export function earlier(a: UnixSeconds, b: UnixSeconds): UnixSeconds {
  return a < b ? a : b;
}

/** The later of two instants. */
export function later(a: UnixSeconds, b: UnixSeconds): UnixSeconds {
  return a > b ? a : b;
}

export const MINUTE = seconds(60);
export const HOUR = seconds(3600);
export const DAY = seconds(86_400);

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * Reads an ISO 8601 timestamp. One without a zone is UTC (ECMAScript would read it as local time); fractions of any
 * length are kept to the microsecond, e.g. `2024-10-24T15:10:06.223303` or `2020-12-30T11:30:07.960767+00:00`.
 *
 * @returns null for anything that is not such a timestamp; never throws.
 * @see spec section 1: zone-less timestamps are UTC
 */
export function parseTimestamp(text: string): UnixSeconds | null {
  const match = TIMESTAMP.exec(text.trim());
  if (match === null) return null;
  const [, date, time = '00:00:00', fraction = '', zone = 'Z'] = match;
  const offset = /^z$/i.test(zone) || zone.includes(':') ? zone.toUpperCase() : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const milliseconds = Date.parse(`${date}T${time}${offset}`);
  if (Number.isNaN(milliseconds)) return null;
  return unixSeconds(milliseconds / 1000 + Number(`0${fraction.slice(0, 7)}`));
}

/** `2024-10-24T15:10:06Z`: the instant in UTC, whole seconds (rounded down), as every vendor accepts it. */
export function formatTimestamp(instant: UnixSeconds): string {
  return new Date(Math.floor(instant) * 1000).toISOString().replace('.000Z', 'Z');
}

/** `2024-10-24`: the UTC day that an instant falls in. */
export function formatDay(instant: UnixSeconds): string {
  return formatTimestamp(instant).slice(0, 10);
}

/** Midnight UTC at the start of the day that an instant falls in. */
export function startOfDay(instant: UnixSeconds): UnixSeconds {
  return unixSeconds(Math.floor(instant / DAY) * DAY);
}

/** Adds up the parts of a length of time, each in its unit; a part that is not there is 0. */
function sumParts(parts: readonly (string | undefined)[], unitsInSeconds: readonly number[]): number {
  return unitsInSeconds.reduce((total, size, index) => total + Number(parts[index] ?? 0) * size, 0);
}

const ISO_DURATION = /^P(?:([\d.]+)W)?(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$/i;

/**
 * Reads an ISO 8601 duration of weeks, days, hours, minutes and seconds: `PT1M`, `P1DT2H`, `PT0.5S`.
 * Years and months have no fixed length and are refused.
 *
 * @returns null for anything else; never throws.
 */
export function parseIsoDuration(text: string): Seconds | null {
  const match = ISO_DURATION.exec(text.trim());
  if (match === null || match.slice(1).every((part) => part === undefined) || /T$/i.test(text.trim())) return null;
  const total = sumParts(match.slice(1), [7 * DAY, DAY, HOUR, MINUTE, 1]);
  return Number.isFinite(total) ? seconds(total) : null;
}

const TIMEDELTA = /^(?:(-?\d+) days?, )?(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)$/;

/**
 * Reads Python's `str(timedelta)`: `0:01:24.002519`, `1 day, 0:00:01`, `2 days, 3:04:05.000006`.
 *
 * @returns null for anything else, and for a negative length; never throws.
 * @see https://docs.python.org/3/library/datetime.html#datetime.timedelta (read 2026-11-22)
 */
export function parseTimedelta(text: string): Seconds | null {
  const match = TIMEDELTA.exec(text.trim());
  if (match === null) return null;
  const total = sumParts(match.slice(1), [DAY, HOUR, MINUTE, 1]);
  return total < 0 ? null : seconds(total);
}

const PROMETHEUS_DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const PROMETHEUS_UNITS = [365 * DAY, 7 * DAY, DAY, HOUR, MINUTE, 1, 0.001];

/**
 * Reads a duration as Prometheus writes them: `30s`, `5m`, `1h30m`, `250ms`, `0`.
 *
 * @returns null for anything else; never throws.
 * @see https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations (read 2026-11-22)
 */
export function parsePrometheusDuration(text: string): Seconds | null {
  if (text === '0') return seconds(0);
  const match = PROMETHEUS_DURATION.exec(text);
  if (match === null || text === '') return null;
  return seconds(sumParts(match.slice(1), PROMETHEUS_UNITS));
}

/** `1h30m`: a length of time as Prometheus writes it, to the second (to the millisecond below one second). */
export function formatPrometheusDuration(duration: Seconds): string {
  if (duration < 1) return duration === 0 ? '0s' : `${Math.round(duration * 1000)}ms`;
  let rest = Math.round(duration);
  let text = '';
  for (const [size, name] of [
    [DAY, 'd'],
    [HOUR, 'h'],
    [MINUTE, 'm'],
    [1, 's'],
  ] as const) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${name}`;
    rest -= count * size;
  }
  return text;
}

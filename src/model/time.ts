/**
 * Time in the product: seconds, and seconds since the Unix epoch. Every conversion from a vendor's text is here, so
 * that no other file decides what a zone-less timestamp or a `1 day, 0:00:01` means.
 */

declare const unit: unique symbol;

/** A length of time in seconds; may have a fraction, is never negative unless said. */
export type Seconds = number & { readonly [unit]: 'seconds' };

/** An instant: seconds since 1970-01-01T00:00:00Z, with a fraction where the source had one. */
export type UnixSeconds = number & { readonly [unit]: 'unix-seconds' };

/** Marks a plain number as a length of time in seconds. */
export function seconds(value: number): Seconds {
  return value as Seconds;
}

/** Marks a plain number as an instant in seconds since the epoch. */
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

/** Seconds from `start` to `end`, to the microsecond; negative when `end` is the earlier one. */
export function between(start: UnixSeconds, end: UnixSeconds): Seconds {
  // Present-day instants have no finer digits: anything below is noise of the subtraction.
  return seconds(Math.round((end - start) * 1e6) / 1e6);
}

/** The earlier of two instants. */
export function earlier(a: UnixSeconds, b: UnixSeconds): UnixSeconds {
  return a < b ? a : b;
}

/** The later of two instants. */
export function later(a: UnixSeconds, b: UnixSeconds): UnixSeconds {
  return a > b ? a : b;
}

/** The later of two instants, where null is never. */
export function latest(a: UnixSeconds | null, b: UnixSeconds | null): UnixSeconds | null {
  return a === null || b === null ? (a ?? b) : later(a, b);
}

export const MINUTE = seconds(60);
export const HOUR = seconds(3600);
export const DAY = seconds(86_400);

/** Text after the seconds of a time in UTC. */
const UTC_END = /^(\.\d+)?(?:Z|\+00:?00)?$/i;

/** The number that two digits make; NaN where they are none. */
function twoDigits(text: string, index: number): number {
  const tens = text.charCodeAt(index) - 48;
  const ones = text.charCodeAt(index + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : Number.NaN;
}

/**
 * Reads the layout that nearly every vendor's times have, `2024-10-24T15:10:06.223303Z`, at a third of the time that
 * the general way takes: a list has three times a run (bench/parse.ts). null for everything else.
 */
function parseUsualTimestamp(text: string): UnixSeconds | null {
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') return null;
  const year = 100 * twoDigits(text, 0) + twoDigits(text, 2);
  const [month, day] = [twoDigits(text, 5), twoDigits(text, 8)];
  const [hour, minute, second] = [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)];
  const isDate = year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
  if (!isDate || !(hour <= 23 && minute <= 59 && second <= 59)) return null;
  const end = UTC_END.exec(text.slice(19));
  if (end === null) return null;
  const milliseconds = Date.UTC(year, month - 1, day, hour, minute, second);
  // There is no 31st of February; the constructor would make it the 2nd of March.
  if (day > 28 && new Date(milliseconds).getUTCDate() !== day) return null;
  return unixSeconds(milliseconds / 1000 + toFraction(end[1]));
}

/** `.2233031` as a fraction of a second, to the microsecond. */
function toFraction(text: string | undefined): number {
  return text === undefined ? 0 : Number(`0${text.slice(0, 7)}`);
}

/** Calendar date, ordinal date or week date, each in the extended form or the basic one. */
const DATE = String.raw`(?<date>\d{4}-\d{2}-\d{2}|\d{8}|\d{4}-?\d{3}|\d{4}-?W\d{2}-?[1-7])`;
/** Hours, then minutes and seconds where they are there; the last of them may have a fraction. */
const TIME = String.raw`(?<hour>\d{2})(?::?(?<minute>\d{2})(?::?(?<second>\d{2}))?)?(?<fraction>[.,]\d+)?`;
const ZONE = String.raw`(?<zone>Z|UTC|[+\-\u2212]\d{2}(?::?\d{2})?)`;
const TIMESTAMP = new RegExp(String.raw`^${DATE}(?:[T ]${TIME})?\s*${ZONE}?$`, 'i');

/** Midnight UTC of a calendar, ordinal or week date; null where there is no such day. */
function parseDate(text: string): UnixSeconds | null {
  const year = Number(text.slice(0, 4));
  const rest = text.slice(4).replaceAll('-', '').toUpperCase();
  if (rest.startsWith('W')) {
    // The first week has the 4th of January in it, and begins on a Monday.
    const fourth = Date.UTC(year, 0, 4);
    const monday =
      fourth / 1000 - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY + 7 * (Number(rest.slice(1, 3)) - 1) * DAY;
    // A week is of the year that its Thursday is in.
    const isOfYear = new Date((monday + 3 * DAY) * 1000).getUTCFullYear() === year;
    return isOfYear ? unixSeconds(monday + (Number(rest[3]) - 1) * DAY) : null;
  }
  const [month, day] = rest.length === 3 ? [1, Number(rest)] : [Number(rest.slice(0, 2)), Number(rest.slice(2))];
  const date = new Date(new Date(0).setUTCFullYear(year, month - 1, day));
  // There is no 31st of February and no 366th day of most years; the constructor would take a later day for it.
  const isThere =
    rest.length === 3
      ? day > 0 && date.getUTCFullYear() === year
      : date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isThere ? unixSeconds(date.getTime() / 1000) : null;
}

/** Seconds east of UTC of `Z`, `+02:00`, `+0200` or `+02`; null where there is no such zone. */
function parseZone(text: string): number | null {
  if (/^[a-z]/i.test(text)) return 0;
  const digits = text.slice(1).replace(':', '').padEnd(4, '0');
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  if (hours > 23 || minutes > 59) return null;
  return (text.startsWith('+') ? 1 : -1) * (hours * HOUR + minutes * MINUTE);
}

/**
 * Reads an ISO 8601 timestamp in any of its forms that need no guess: extended or basic, calendar, ordinal or week
 * date, a fraction after a point or a comma, zones of hours alone, 24:00, a leap second. One without a zone is UTC
 * (ECMAScript would read it as local time); fractions are kept to the microsecond, e.g. `2024-10-24T15:10:06.223303`,
 * `2020-12-30T11:30:07,960767+00` or `20201230T113007Z`. A number is no timestamp: it may be seconds or milliseconds.
 *
 * @returns null for anything that is not such a timestamp; never throws.
 * @see spec section 1: zone-less timestamps are UTC
 */
export function parseTimestamp(text: string): UnixSeconds | null {
  const usual = parseUsualTimestamp(text);
  if (usual !== null) return usual;
  const groups = TIMESTAMP.exec(text.trim())?.groups;
  if (groups === undefined) return null;
  const { date = '', hour = '0', minute, second, fraction, zone = 'Z' } = groups;
  const day = parseDate(date);
  const offset = parseZone(zone);
  const [hours, minutes, secs] = [Number(hour), Number(minute ?? 0), Number(second ?? 0)];
  if (day === null || offset === null || hours > 24 || minutes > 59 || secs > 60) return null;
  const finest = second !== undefined ? 1 : minute !== undefined ? MINUTE : HOUR;
  const time = hours * HOUR + minutes * MINUTE + secs + finest * toFraction(fraction?.replace(',', '.'));
  // 24:00 ends a day; nothing comes after it.
  return time > DAY && hours === 24 ? null : unixSeconds(day + time - offset);
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

/** Adds up the parts of a length of time that a pattern found, each in its unit; a part that is not there is 0. */
function sumParts(match: RegExpExecArray, unitsInSeconds: readonly number[]): number {
  let total = 0;
  unitsInSeconds.forEach((size, index) => {
    const part = match[index + 1];
    if (part === undefined) return;
    const count = Number(part.includes(',') ? part.replace(',', '.') : part);
    // A month has no fixed length in seconds, but 0 months are 0 seconds.
    if (count !== 0) total += count * size;
  });
  return total;
}

const NUMBER = String.raw`(\d+(?:[.,]\d+)?)`;
const ISO_DURATION = new RegExp(
  `^P(?:${NUMBER}Y)?(?:${NUMBER}M)?(?:${NUMBER}W)?(?:${NUMBER}D)?(?:T(?:${NUMBER}H)?(?:${NUMBER}M)?(?:${NUMBER}S)?)?$`,
  'i',
);
/** Years and months have no fixed length: only none of them can be read. */
const ISO_UNITS = [Number.NaN, Number.NaN, 7 * DAY, DAY, HOUR, MINUTE, 1];

/**
 * Reads an ISO 8601 duration of weeks, days, hours, minutes and seconds: `PT1M`, `P1DT2H`, `PT0.5S`, `P0Y0M0DT1M`.
 * Years and months have no fixed length: any but 0 of them is refused.
 *
 * @returns null for anything else; never throws.
 */
export function parseIsoDuration(text: string): Seconds | null {
  const match = ISO_DURATION.exec(text.trim());
  // The pattern allows for a `P` or `T` with nothing behind it.
  if (match === null || !/\d[A-Z]$/i.test(match[0])) return null;
  const total = sumParts(match, ISO_UNITS);
  return Number.isFinite(total) ? seconds(total) : null;
}

const TIMEDELTA = /^(?:(-?\d+) days?,? )?\+?(\d+):([0-5]\d):([0-5]\d(?:[.,]\d+)?)$/;
const TIMEDELTA_UNITS = [DAY, HOUR, MINUTE, 1];

/**
 * Reads Python's `str(timedelta)`: `0:01:24.002519`, `1 day, 0:00:01`, `2 days, 3:04:05.000006`; and as pandas writes
 * it, `0 days 00:01:30`.
 *
 * @returns null for anything else, and for a negative length; never throws.
 * @see https://docs.python.org/3/library/datetime.html#datetime.timedelta (read 2026-11-22)
 */
export function parseTimedelta(text: string): Seconds | null {
  const match = TIMEDELTA.exec(text.trim());
  if (match === null) return null;
  const total = sumParts(match, TIMEDELTA_UNITS);
  return total < 0 ? null : seconds(total);
}

/** Reads a duration in ISO 8601 or as Python writes it. @returns null for anything else; never throws. */
export function parseDuration(text: string): Seconds | null {
  return /^\s*p/i.test(text) ? parseIsoDuration(text) : parseTimedelta(text);
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
  return seconds(sumParts(match, PROMETHEUS_UNITS));
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

/** Optional fields of a vendor's records: one that cannot be read is absent and reported, and never costs the record. */
import type { UnreadableField } from '../../model/run.ts';
import {
  after,
  DAY,
  MINUTE,
  parseDuration,
  parseTimestamp,
  type Seconds,
  seconds,
  type UnixSeconds,
  unixSeconds,
} from '../../model/time.ts';

/** No job platform of ours is older. An earlier time is how a program writes "none": year 1, 1900, 1970. */
const EARLIEST = unixSeconds(Date.UTC(2000, 0, 1) / 1000);
/** The furthest that a time may lie ahead before it is reported: clocks differ. */
const REPORTED_LEAD = seconds(5 * MINUTE);
/** The furthest that a start or an end may lie ahead at all: a zone was misread, or a clock is off. Later ones are ignored. */
const LONGEST_LEAD = seconds(2 * DAY);
/** The furthest that a run may be scheduled ahead: more than a year. */
const LONGEST_SCHEDULE = seconds(400 * DAY);
/** Characters of a text whose form is shown: more than any form of a time has. */
const LONGEST_FORM = 40;

/** Reads the optional fields of records. null, a missing field and an empty text are absent, and nothing is reported of them. */
export interface FieldReader {
  /** A time that has passed. null: absent, no time, or one that cannot be true. */
  instant(field: string, value: unknown): UnixSeconds | null;
  /** A time that may lie ahead by a year: when a run is to begin. */
  schedule(field: string, value: unknown): UnixSeconds | null;
  /** A length of time, 0 or more. null also: what began at `since` would then end too far in the future. */
  duration(field: string, value: unknown, since?: UnixSeconds | null): Seconds | null;
  text(field: string, value: unknown): string | null;
  number(field: string, value: unknown): number | null;
  /** Something with fields of its own. */
  part(field: string, value: unknown): object | null;
  /** A word of a closed list, as it came. One that is not on the list is reported, and returned all the same. */
  word(field: string, value: unknown, listed: ReadonlySet<string>): string | null;
  /** Returns the fields that could not be read since the last call. Called once a record, so that one reader serves a list. */
  unreadable(): readonly UnreadableField[];
}

const NONE: readonly UnreadableField[] = [];

/**
 * A reader for one record after the other.
 * @param now tells times that can be true from those that cannot
 */
export function createFieldReader(now: UnixSeconds): FieldReader {
  let unreadable: UnreadableField[] | null = null;
  const report = (field: string, problem: string): null => {
    (unreadable ??= []).push({ field, problem });
    return null;
  };
  const parse = <Value>(
    field: string,
    value: unknown,
    expected: string,
    parseText: (text: string) => Value | null,
  ): Value | null => {
    if (isAbsent(value)) return null;
    const parsed = typeof value === 'string' ? parseText(value) : null;
    return parsed ?? report(field, `expected ${expected}, got ${describeForm(value)}`);
  };
  const time = (field: string, value: unknown, reported: Seconds, longest: Seconds): UnixSeconds | null => {
    const instant = parse(field, value, 'an ISO 8601 time', parseTimestamp);
    if (instant === null) return null;
    if (instant < EARLIEST) return report(field, 'a time before 2000, which stands for none');
    if (instant > after(now, longest)) return report(field, 'a time too far in the future');
    if (instant > after(now, reported)) report(field, "a time in the future; check this machine's clock");
    return instant;
  };
  const text = (field: string, value: unknown): string | null => {
    if (isAbsent(value)) return null;
    return typeof value === 'string' ? value : report(field, `expected text, got ${describeForm(value)}`);
  };
  return {
    instant: (field, value) => time(field, value, REPORTED_LEAD, LONGEST_LEAD),
    schedule: (field, value) => time(field, value, LONGEST_SCHEDULE, LONGEST_SCHEDULE),
    duration: (field, value, since = null) => {
      const length = parse(field, value, 'a duration', parseDuration);
      if (length === null || since === null || after(since, length) <= after(now, LONGEST_LEAD)) return length;
      return report(field, 'a duration that ends too far in the future');
    },
    text,
    number: (field, value) => {
      if (isAbsent(value)) return null;
      return typeof value === 'number' && Number.isFinite(value)
        ? value
        : report(field, `expected a number, got ${describeForm(value)}`);
    },
    part: (field, value) => {
      if (isAbsent(value)) return null;
      return typeof value === 'object' && !Array.isArray(value)
        ? value
        : report(field, `expected an object, got ${describeForm(value)}`);
    },
    word: (field, value, listed) => {
      const word = text(field, value);
      if (word !== null && !listed.has(word)) report(field, `not a word that is known: ${describeWord(word)}`);
      return word;
    },
    unreadable: () => {
      const found = unreadable ?? NONE;
      unreadable = null;
      return found;
    },
  };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** `text like 99/99/9999`: the form of a value, never the value. */
function describeForm(value: unknown): string {
  if (typeof value === 'string') {
    const form = value
      .slice(0, LONGEST_FORM)
      .replaceAll(/\p{Nd}/gu, '9')
      .replaceAll(/\p{L}/gu, 'a')
      .replaceAll(/[^\x20-\x7e]/g, '?');
    return `text like ${form}`;
  }
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'an object';
  return typeof value === 'boolean' ? 'true or false' : 'a number';
}

/** A word as it came, where it looks like one of a vendor's codes; of any other text only its form. */
function describeWord(word: string): string {
  return /^[\w.-]{1,64}$/.test(word) ? word : describeForm(word);
}

/** A field of something that should be an object; undefined where it is none, as where the field is missing. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

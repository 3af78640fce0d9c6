/** Rules between keys. They read the file's plain values, so that one wrong key does not hide another problem. */
import { refuseInsecure } from './insecure.ts';
import { formatPrometheusDuration, parsePrometheusDuration, type Seconds, seconds } from '../model/time.ts';
import { innerSchemas, type JsonSchema, schemasAt } from './json-schema.ts';
import type { Path, PathProblem } from './path-problem.ts';
import { isRaw, type Raw } from './raw.ts';

/** The time between two polls, and the longest that one slice may take. */
export interface PollTiming {
  readonly interval: Seconds;
  /** While nothing runs and nothing is due; null: as always. */
  readonly idle: Seconds | null;
  readonly timeout: Seconds;
}

/** @see spec section 4: `poll_interval: 60s`, `poll_timeout: 45s` */
const DEFAULT_TIMING: PollTiming = { interval: seconds(60), idle: null, timeout: seconds(45) };

/**
 * Reads the timing of the file or of one target. A timeout that is written must not be longer than the interval that holds
 * there; one that is inherited or default is shortened to it. The idle interval must not be shorter where it is written.
 */
export function checkPollTiming(
  raw: Raw,
  path: Path,
  inherited: PollTiming = DEFAULT_TIMING,
): { timing: PollTiming; problems: readonly PathProblem[] } {
  const problems: PathProblem[] = [];
  const written = (key: string): Seconds | null => {
    const value = raw[key];
    const duration = typeof value === 'string' ? parsePrometheusDuration(value) : null;
    if (duration === null || duration >= 1) return duration;
    problems.push({ path: [...path, key], at: 'value', what: 'expected at least 1s' });
    return null;
  };
  const interval = written('poll_interval') ?? inherited.interval;
  const timeout = written('poll_timeout');
  if (timeout !== null && timeout > interval) {
    const what = `longer than the poll interval of ${formatPrometheusDuration(interval)}; shorten it, or poll less often`;
    problems.push({ path: [...path, 'poll_timeout'], at: 'value', what });
  }
  const idle = written('idle_poll_interval');
  if (idle !== null && idle < interval) {
    const what = `shorter than the poll interval of ${formatPrometheusDuration(interval)}; lengthen it, or leave it out`;
    problems.push({ path: [...path, 'idle_poll_interval'], at: 'value', what });
  }
  const timing = {
    interval,
    idle: idle ?? inherited.idle,
    timeout: seconds(Math.min(timeout ?? inherited.timeout, interval)),
  };
  return { timing, problems };
}

/** Finds names and ids that two targets share. */
export function checkNames(targets: readonly unknown[]): readonly PathProblem[] {
  const problems: PathProblem[] = [];
  const names = new Map<string, number>();
  const ids = new Map<string, number>();
  const claim = (taken: Map<string, number>, word: unknown, index: number, path: Path, noun: string): void => {
    if (typeof word !== 'string') return;
    const first = taken.get(word);
    if (first === undefined) taken.set(word, index);
    else problems.push({ path, at: 'value', what: `${noun} of targets[${first}] already; each needs its own` });
  };
  const maps = targets.map((target) => (isRaw(target) ? target : {}));
  maps.forEach(({ name }, index) => claim(names, name, index, ['targets', index, 'name'], 'the name'));
  maps.forEach(({ name, id }, index) => {
    // Two targets of one name are reported above.
    if (id === undefined && typeof name === 'string' && names.get(name) !== index) return;
    claim(ids, id ?? name, index, ['targets', index, id === undefined ? 'name' : 'id'], 'the id');
  });
  maps.forEach(({ previous_names: previous }, index) => {
    if (!Array.isArray(previous)) return;
    previous.forEach((word: unknown, at) => claim(ids, word, index, ['targets', index, 'previous_names', at], 'an id'));
  });
  return problems;
}

/**
 * Finds the URLs of a target that would carry credentials unencrypted.
 *
 * @param schema describes the target, and thereby says which texts are URLs.
 * @see spec section 4
 */
export function checkUrls(target: Raw, schema: JsonSchema, path: Path): readonly PathProblem[] {
  const visit = (value: unknown, schemas: readonly JsonSchema[], at: Path): readonly PathProblem[] => {
    if (typeof value === 'string') {
      const url = schemas.some((one) => one.url === true) ? URL.parse(value) : null;
      const what = url === null ? null : refuseInsecure(url);
      return what === null ? [] : [{ path: at, at: 'value', what }];
    }
    const entries = Array.isArray(value) ? [...value.entries()] : isRaw(value) ? Object.entries(value) : [];
    return entries.flatMap(([step, inner]) => visit(inner, innerSchemas(schemas, step), [...at, step]));
  };
  return target['allow_insecure'] === true ? [] : visit(target, schemasAt(schema, []), path);
}

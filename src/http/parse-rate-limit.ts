/** Reads the rate limit from an answer's headers, in each of the spellings in use. */
import type { RateLimit } from '../model/rate-limit.ts';
import { after, parseTimestamp, seconds, type UnixSeconds, unixSeconds } from '../model/time.ts';
import { headerOf, type ResponseHeaders } from './response-headers.ts';
import { parseHttpDate } from './retry-after.ts';

type Part = 'limit' | 'remaining' | 'reset';

/** One member of a structured list and its parameters: `"burst";q=100;w=60`. */
interface Item {
  /** Without its quotes. */
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Three headers each, by what stands before `-limit`, `-remaining` and `-reset`. */
const PREFIXES = ['ratelimit', 'x-ratelimit', 'x-rate-limit'];
/** Names of a quota of requests; the draft has both. Other quotas (bytes) do not say how many requests are left. */
const UNITS_OF_REQUESTS: ReadonlySet<string> = new Set(['requests', 'request']);
/** In characters; far longer than any policy's text. A longer one is not read. */
const LONGEST_FIELD = 2000;
const QUOTED = /"(?:[^"\\]|\\.)*"/g;
/** From here on a number cannot be a length of time in seconds (31 years) but is an instant (2001). */
const FIRST_INSTANT_SECONDS = 1e9;
/** From here on an instant cannot be in seconds (the year 5138) but is in milliseconds (1973). */
const FIRST_INSTANT_MILLISECONDS = 1e11;

/**
 * Reads the draft's `RateLimit` (`"default";r=50;t=30`) with what `RateLimit-Policy` (`"default";q=100;w=60`) adds, of
 * several policies the one with the fewest requests left; its one-line form of 2023 (`limit=100, remaining=50,
 * reset=30`); else the three headers `RateLimit-*`, `X-RateLimit-*` or `X-Rate-Limit-*`. For the end of the window see
 * `parseReset`.
 *
 * @param now when the answer came, by our clock
 * @returns null where no number of requests left can be read, the limit is 0, or a cache answered; never throws.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/11/ (of 2026-05-23), for the three
 *   headers its version 06, for the one line its version 07 (read 2026-11-22)
 */
export function parseRateLimit(headers: ResponseHeaders, now: UnixSeconds): RateLimit | null {
  if ((parseCount(headerOf(headers, 'age')) ?? 0) > 0) return null;
  const items = parseItems(listOf(headers, 'ratelimit'));
  const line = new Map(items.map(({ name }) => [name.split('=')[0], name.split('=')[1] ?? null]));
  const inOne = tightest(items, parseItems(listOf(headers, 'ratelimit-policy')), now);
  let found = inOne ?? parseParts((part) => line.get(part) ?? null, now);
  for (const prefix of PREFIXES) found ??= parseParts((part) => headerOf(headers, `${prefix}-${part}`), now);
  // Nothing could ever be asked: some gateways say "no limit" so.
  return found?.limit === 0 ? null : found;
}

/**
 * Reads the end of a window: an HTTP date, an ISO 8601 timestamp, or a number. What kind of number is not said in the
 * header, and vendors differ: below 10^9 it is taken for seconds from now, below 10^11 for seconds since 1970, else for
 * milliseconds since 1970. Milliseconds from now look the same as seconds.
 */
function parseReset(text: string | null, now: UnixSeconds): UnixSeconds | null {
  if (text === null) return null;
  const number = parseNumber(text);
  if (number === null) return parseTimestamp(text) ?? parseHttpDate(text);
  if (number < FIRST_INSTANT_SECONDS) return after(now, seconds(number));
  return unixSeconds(number < FIRST_INSTANT_MILLISECONDS ? number : number / 1000);
}

function parseParts(read: (part: Part) => string | null, now: UnixSeconds): RateLimit | null {
  const remaining = parseCount(read('remaining'));
  if (remaining === null) return null;
  return { limit: parseCount(read('limit')), remaining, resetAt: parseReset(read('reset'), now) };
}

/** The policy with the fewest requests left; of several with as few, the one that lasts longest. */
function tightest(items: readonly Item[], policies: readonly Item[], now: UnixSeconds): RateLimit | null {
  const limits = items.flatMap(({ name, parameters }) => {
    const policy = policies.find((candidate) => candidate.name === name)?.parameters;
    const remaining = parseCount(parameters.get('r') ?? null);
    if (remaining === null || !UNITS_OF_REQUESTS.has(policy?.get('qu') ?? 'requests')) return [];
    return [
      { limit: parseCount(policy?.get('q') ?? null), remaining, resetAt: parseReset(parameters.get('t') ?? null, now) },
    ];
  });
  return limits.sort((a, b) => a.remaining - b.remaining || (b.resetAt ?? 0) - (a.resetAt ?? 0))[0] ?? null;
}

/** A list that may be spread over several headers of one name; empty where a quote is never closed. */
function listOf(headers: ResponseHeaders, name: string): string {
  const text = [headers[name] ?? []].flat().join(',');
  const isReadable = text.length <= LONGEST_FIELD && !text.replaceAll(QUOTED, '').includes('"');
  return isReadable ? text : '';
}

/** Members of a structured list. More is taken for one than RFC 9651 allows; what makes no sense is found out later. */
function parseItems(text: string): readonly Item[] {
  return split(text, ',').flatMap((member) => {
    const [name, ...parameters] = split(member, ';').map((part) => part.trim());
    if (name === undefined) return [];
    const pairs = parameters.map((parameter): [string, string] => {
      const [key = '', value = ''] = parameter.split('=', 2);
      return [key.trim(), unquote(value.trim())];
    });
    return [{ name: unquote(name), parameters: new Map(pairs) }];
  });
}

/** The parts of a text between separators that stand outside of quotes. */
function split(text: string, separator: ',' | ';'): readonly string[] {
  return text.match(separator === ',' ? /(?:"(?:[^"\\]|\\.)*"|[^",])+/g : /(?:"(?:[^"\\]|\\.)*"|[^";])+/g) ?? [];
}

function unquote(text: string): string {
  return text.replace(/^"(.*)"$/, '$1');
}

/** The count at the beginning of a header; old drafts and proxies have more behind it: `100, 100;w=60`. */
function parseCount(text: string | null): number | null {
  return parseNumber(/^[^,;]*/.exec(text ?? '')?.[0] ?? '');
}

/** No sign: at some vendors `-1` is no limit at all, at others a limit overdrawn. */
function parseNumber(text: string): number | null {
  return /^\s*\d{1,15}(?:\.\d{1,15})?\s*$/.test(text) ? Number(text) : null;
}

/** Reads `OTEL_*` variables: empty is unset, and so is what cannot be used. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that is set, by its name. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

export interface Variables {
  /** Finds the variables of these names that are set, in their order. */
  find(...names: string[]): readonly Variable[];
  /** Finds `OTEL_EXPORTER_OTLP_METRICS_` + ending, then `OTEL_EXPORTER_OTLP_` + ending. */
  findOtlp(ending: string): readonly Variable[];
  /** True if the first says `true`, in any case; anything else is false, with a warning unless it is `false`. */
  isTrue(variables: readonly Variable[]): boolean;
  /** Reads one of a few words, in any case; null: none of the variables has one. */
  choose<Choice extends string>(variables: readonly Variable[], choices: readonly Choice[]): Choice | null;
  /** Reads whole milliseconds above 0; null: none of the variables has them. */
  parseMilliseconds(variables: readonly Variable[]): number | null;
  /** Reads `key=value,key=value`, percent-encoded; for one key the first variable wins. One bad pair spoils its variable. */
  parsePairs(variables: readonly Variable[]): Readonly<Record<string, string>>;
  /** Warns that a variable is ignored. */
  ignore(variable: Variable, why: string): void;
}

/**
 * Reads variables of an environment. One that cannot be used is warned of by its name, without the value, which may be
 * a secret, and is then as if it were not set: a variable never keeps the exporter from its work.
 *
 * @param warn called once with each variable
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and
 *   https://opentelemetry.io/docs/specs/otel/configuration/common/ (read 2026-11-30): what is not recognised or out of
 *   range is ignored with a warning, a Boolean that is neither true nor false is false
 */
export function createVariables(env: Environment, warn: (warning: string) => void): Variables {
  const warned = new Set<string>();
  const say = ({ name }: Variable, what: string): void => {
    if (warned.has(name)) return;
    warned.add(name);
    warn(`${name}: ${what}`);
  };
  const ignore = (variable: Variable, why: string): void => say(variable, `${why}; it is ignored`);
  const find = (...names: string[]): readonly Variable[] =>
    names.flatMap((name) => {
      const value = env[name]?.trim() ?? '';
      return value === '' ? [] : [{ name, value }];
    });
  /** The value of the first variable that can be read; null: none can. */
  const firstOf = <Value>(
    variables: readonly Variable[],
    parse: (value: string) => Value | null,
    expected: string,
  ): Value | null => {
    for (const variable of variables) {
      const value = parse(variable.value);
      if (value !== null) return value;
      ignore(variable, expected);
    }
    return null;
  };
  return {
    find,
    findOtlp: (ending) => find(`OTEL_EXPORTER_OTLP_METRICS_${ending}`, `OTEL_EXPORTER_OTLP_${ending}`),
    isTrue: ([variable]) => {
      const word = variable?.value.toLowerCase() ?? 'false';
      if (variable !== undefined && word !== 'true' && word !== 'false') {
        say(variable, 'expected true or false; it is taken for false');
      }
      return word === 'true';
    },
    choose: (variables, choices) =>
      firstOf(
        variables,
        (value) => choices.find((word) => word === value.toLowerCase()) ?? null,
        `expected ${choices.join(', ')}`,
      ),
    parseMilliseconds: (variables) =>
      firstOf(variables, parseWholeAboveZero, 'expected whole milliseconds above 0, at most 2147483647'),
    parsePairs: (variables) => {
      const all = variables.map((variable) => {
        const pairs = parsePairs(variable.value);
        if (pairs === null) ignore(variable, 'expected key=value,key=value with percent-encoded values');
        return pairs ?? {};
      });
      return Object.assign({}, ...all.toReversed()) as Readonly<Record<string, string>>;
    },
    ignore,
  };
}

/** Longer times make Node's timers go off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function parseWholeAboveZero(text: string): number | null {
  const number = Number(text);
  return /^\+?\d+$/.test(text) && number > 0 && number <= LONGEST_TIMER_MS ? number : null;
}

function parsePairs(text: string): Readonly<Record<string, string>> | null {
  const pairs = text.split(',').flatMap((pair) => (pair.trim() === '' ? [] : [parsePair(pair)]));
  return pairs.includes(null) ? null : Object.fromEntries(pairs.filter((pair) => pair !== null));
}

function parsePair(pair: string): readonly [string, string] | null {
  const at = pair.indexOf('=');
  if (at < 1) return null;
  try {
    const key = decodeURIComponent(pair.slice(0, at).trim());
    const value = decodeURIComponent(pair.slice(at + 1).trim());
    return key === '' ? null : [key, value];
  } catch {
    return null;
  }
}

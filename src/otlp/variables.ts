/** Reads `OTEL_*` variables: empty is unset, the metrics' own variable wins over the general one. */
import type { ConfigProblem } from '../config/config.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that is set, by the name it was found under; or a key of the file that stands in for one. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

export interface Variables {
  /** The variable of that name; null where it is unset or empty. */
  find(name: string): Variable | null;
  /** `OTEL_EXPORTER_OTLP_METRICS_` + ending, else `OTEL_EXPORTER_OTLP_` + ending. */
  findOtlp(ending: string): Variable | null;
  /** Whether the variable says `true`, in any case; anything else is false. */
  isTrue(variable: Variable | null): boolean;
  /** One of a few words, in any case; another one is a problem. */
  choose<Choice extends string>(variable: Variable | null, choices: readonly Choice[]): Choice | null;
  /** Whole milliseconds above 0; anything else is a problem. */
  parseMilliseconds(variable: Variable | null): number | null;
  /** `key=value,key=value`, percent-encoded; anything else is a problem. */
  parsePairs(variable: Variable | null): Readonly<Record<string, string>>;
  report(variable: Variable, what: string): void;
}

/**
 * Reads variables of an environment; what is wrong with them is added to `problems`, without the value, which may
 * be a secret.
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ (read 2026-11-22)
 */
export function createVariables(env: Environment, problems: ConfigProblem[]): Variables {
  const find = (name: string): Variable | null => {
    const value = env[name]?.trim() ?? '';
    return value === '' ? null : { name, value };
  };
  const report = ({ name }: Variable, what: string): void => {
    problems.push({ place: name, message: what });
  };
  return {
    find,
    findOtlp: (ending) => find(`OTEL_EXPORTER_OTLP_METRICS_${ending}`) ?? find(`OTEL_EXPORTER_OTLP_${ending}`),
    isTrue: (variable) => variable?.value.toLowerCase() === 'true',
    choose: (variable, choices) => {
      if (variable === null) return null;
      const choice = choices.find((word) => word === variable.value.toLowerCase());
      if (choice === undefined) report(variable, `expected ${choices.join(', ')}`);
      return choice ?? null;
    },
    parseMilliseconds: (variable) => {
      if (variable === null) return null;
      const milliseconds = Number(variable.value);
      if (Number.isInteger(milliseconds) && milliseconds > 0) return milliseconds;
      report(variable, 'expected whole milliseconds above 0');
      return null;
    },
    parsePairs: (variable) => {
      if (variable === null) return {};
      const pairs = variable.value.split(',').flatMap((pair) => (pair.trim() === '' ? [] : [parsePair(pair)]));
      if (!pairs.includes(null)) return Object.fromEntries(pairs.filter((pair) => pair !== null));
      report(variable, 'expected key=value,key=value with percent-encoded values');
      return {};
    },
    report,
  };
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

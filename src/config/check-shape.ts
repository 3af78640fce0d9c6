/** Parses with a zod shape and says what is wrong in the words of the people who write the file. */
import type { z } from 'zod';
import { type JsonSchema, schemasAt } from './json-schema.ts';
import { formsAt, knownKeys, nearest } from './known-keys.ts';
import type { Path, PathProblem } from './path-problem.ts';
import { toSecretKey } from './secret-keys.ts';
import { absence, describeIssue, list, MISSING, UNSAID } from './describe-issue.ts';

/** The parsed value, or null with at least one problem. */
export interface Checked<Value> {
  readonly value: Value | null;
  readonly problems: readonly PathProblem[];
}

/**
 * Parses `value` with `shape`.
 *
 * @param path where the value stands in the file.
 * @param schema describes what may stand at that path, for suggestions; called only when something is wrong.
 */
export function checkShape<Value>(
  shape: z.ZodType<Value>,
  value: unknown,
  path: Path,
  schema: () => JsonSchema,
): Checked<Value> {
  const result = shape.safeParse(value, { error: describeIssue });
  if (result.success) return { value: result.data, problems: [] };
  const root = schema();
  return { value: null, problems: result.error.issues.flatMap((issue) => toProblems(issue, value, path, root)) };
}

/** Leaves out that a key is missing where a mistyped one beside it was probably meant: one mistake, one problem. */
export function dropEchoes(problems: readonly PathProblem[]): readonly PathProblem[] {
  const idOf = (path: Path): string => JSON.stringify(path);
  const meant = new Set(
    problems.flatMap((problem) =>
      problem.meant === undefined ? [] : [idOf([...problem.path.slice(0, -1), problem.meant])],
    ),
  );
  return problems.filter(({ path, what }) => !(what.startsWith(MISSING) && meant.has(idOf(path))));
}

type Issue = z.core.$ZodIssue;

function toProblems(issue: Issue, value: unknown, base: Path, schema: JsonSchema): readonly PathProblem[] {
  const inner = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const path = [...base, ...inner];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => toUnknownKey(path, key, at(schema, inner)));
  }
  if (issue.code === 'invalid_key') {
    return [{ path, at: 'key', what: issue.issues[0]?.message ?? issue.message }];
  }
  const given = valueAt(value, inner);
  const isBlank = typeof given !== 'object' || given === null || Object.keys(given).length === 0;
  if (issue.code === 'invalid_union' && !isBlank) {
    return closestBranch(issue.errors).flatMap((one) => toProblems(one, given, path, at(schema, inner)));
  }
  return [{ path, at: 'value', what: absence(given) + expectation(issue, given, schema, inner) }];
}

function toUnknownKey(path: Path, key: string, objects: JsonSchema): PathProblem {
  const known = knownKeys(objects, []);
  const problem = (what: string): PathProblem => ({ path: [...path, key], at: 'key', what });
  if (known.includes(key)) return problem('does not go with the keys beside it; keep one way of writing this');
  const guess = nearest(key, known);
  if (guess === null) return problem(`unknown key; expected ${list(known)}`);
  const meant = toSecretKey(guess, schemasAt(objects, []))?.name ?? guess;
  return { ...problem(`unknown key; did you mean ${guess}?`), meant };
}

function expectation(issue: Issue, given: unknown, schema: JsonSchema, path: Path): string {
  if (issue.code === 'invalid_union' && issue.message === UNSAID)
    return `expected ${formsAt(schema, path) || alternatives(issue.errors)}`;
  if (issue.code !== 'invalid_value' || typeof given !== 'string') return issue.message;
  const guess = nearest(given, issue.values.map(String));
  return guess === null ? issue.message : `${issue.message}; did you mean ${guess}?`;
}

/** Of a union's branches, the one with fewest keys that it does not know, then with fewest other problems. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const unknown = (issues: readonly Issue[]): number =>
    issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0);
  const [closest = []] = branches.toSorted((a, b) => unknown(a) - unknown(b) || a.length - b.length);
  return closest;
}

function alternatives(branches: readonly (readonly Issue[])[]): string {
  const words = branches.flatMap((issues) => issues.map(({ message }) => message.replace(/^(?:.*; )?expected /, '')));
  return [...new Set(words)].join(' or ');
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[step] : undefined,
    value,
  );
}

function at(schema: JsonSchema, path: Path): JsonSchema {
  return { anyOf: schemasAt(schema, path) };
}

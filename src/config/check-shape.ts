/** Runs a zod shape and says what is wrong in the words of the people who write the file. */
import type { z } from 'zod';
import type { Fault, Path } from './fault.ts';
import type { JsonSchema } from './json-schema.ts';
import { formsAt, knownKeys, nearest, schemasAt } from './known-keys.ts';
import { absence, describeIssue, list, MISSING, UNSAID } from './describe-issue.ts';

/** The parsed value, or null with at least one fault. */
export interface Checked<Value> {
  readonly value: Value | null;
  readonly faults: readonly Fault[];
}

/**
 * Parses `value` with `shape`.
 *
 * @param path where the value stands in the file.
 * @param schema what may stand at that path, for suggestions; called only when something is wrong.
 */
export function checkShape<Value>(
  shape: z.ZodType<Value>,
  value: unknown,
  path: Path,
  schema: () => JsonSchema,
): Checked<Value> {
  const result = shape.safeParse(value, { error: describeIssue });
  if (result.success) return { value: result.data, faults: [] };
  const root = schema();
  return { value: null, faults: result.error.issues.flatMap((issue) => toFaults(issue, value, path, root)) };
}

/** Leaves out that a key is missing where a mistyped one beside it was probably meant: one mistake, one problem. */
export function dropEchoes(faults: readonly Fault[]): readonly Fault[] {
  const meant = new Set(faults.flatMap(({ path, what }) => (what.startsWith(UNKNOWN) ? [sibling(path, what)] : [])));
  return faults.filter(({ path, what }) => !(what.startsWith(MISSING) && meant.has(path.join('\n'))));
}

type Issue = z.core.$ZodIssue;

const UNKNOWN = 'unknown key; did you mean ';

function sibling(path: Path, what: string): string {
  const meant = what.slice(UNKNOWN.length, -1).replace(/_(?:file|env)$/, '');
  return [...path.slice(0, -1), meant].join('\n');
}

function toFaults(issue: Issue, value: unknown, base: Path, schema: JsonSchema): readonly Fault[] {
  const inner = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const path = [...base, ...inner];
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, inner);
    return issue.keys.map((key) => ({ path: [...path, key], at: 'key', what: unknownKey(key, known) }));
  }
  if (issue.code === 'invalid_key') {
    return [{ path, at: 'key', what: issue.issues[0]?.message ?? issue.message }];
  }
  const given = valueAt(value, inner);
  const isBlank = typeof given !== 'object' || given === null || Object.keys(given).length === 0;
  if (issue.code === 'invalid_union' && !isBlank) {
    return closestBranch(issue.errors).flatMap((issue) => toFaults(issue, given, path, at(schema, inner)));
  }
  return [{ path, at: 'value', what: absence(given) + expectation(issue, given, schema, inner) }];
}

function unknownKey(key: string, known: readonly string[]): string {
  if (known.includes(key)) return 'does not go with the keys beside it; keep one way of writing this';
  const guess = nearest(key, known);
  return guess === null ? `unknown key; expected ${list(known)}` : `${UNKNOWN}${guess}?`;
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

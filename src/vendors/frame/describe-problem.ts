import type { z } from 'zod';

/**
 * Says in words what is wrong with something that a vendor sent: `datastream.id: expected text, got an object`. Never a
 * value: it may be personal.
 *
 * @param sent what did not parse
 * @param whole stands for the place where all of it is wrong: `the whole answer`
 */
export function describeProblem(error: z.ZodError, sent: unknown, whole: string): string {
  const issue = error.issues[0];
  if (issue === undefined) return `${whole}: unreadable`;
  const place = issue.path.length === 0 ? whole : issue.path.map(String).join('.');
  return `${place}: ${describeIssue(issue, valueAt(sent, issue.path))}`;
}

function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  const expected = expectedOf(issue);
  if (expected !== null) return `expected ${expected}, got ${kindOf(value)}`;
  return issue.code === 'too_small' && issue.origin === 'string' ? 'is empty' : issue.code;
}

/** The kind of value that was expected; null where the problem is another one. */
function expectedOf(issue: z.core.$ZodIssue): string | null {
  if (issue.code === 'invalid_type') return TYPE_WORDS[issue.expected] ?? issue.expected;
  if (issue.code !== 'invalid_union') return null;
  const branches = issue.errors.map(([first]) => (first?.path.length === 0 ? expectedOf(first) : null));
  const kinds = branches.filter((kind) => kind !== null);
  return kinds.length === 0 ? null : kinds.join(' or ');
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'empty text';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a fraction';
  return TYPE_WORDS[Array.isArray(value) ? 'array' : typeof value] ?? typeof value;
}

function valueAt(sent: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    sent,
  );
}

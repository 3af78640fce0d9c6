import { z } from 'zod';
import { secretForms } from './secret-keys.ts';

/** The beginning of every message about something that is not there. */
export const MISSING = 'is missing';

/** Stands for a union without a message of its own, until its branches are looked at. */
export const UNSAID = 'unsaid';

/** Puts a zod issue into words, where the shape has none of its own. Never the value: it may be a secret under a wrong key. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      const expected = TYPE_WORDS[issue.expected] ?? issue.expected;
      const isUnquoted = issue.expected === 'string' && ['number', 'boolean'].includes(typeof issue.input);
      return `expected ${expected}${isUnquoted ? '; put it in quotes' : ''}`;
    }
    case 'invalid_union':
      return UNSAID;
    case 'custom':
      return isOfSecret(issue) ? `give ${formsOf(String(issue.path?.at(-1) ?? ''))}` : undefined;
    case 'invalid_value':
      return `expected ${list(issue.values.map(String))}`;
    case 'too_small':
      if (issue.origin === 'string') return 'is empty';
      return issue.origin === 'array'
        ? `expected at least ${String(issue.minimum)} of them`
        : `expected ${issue.inclusive === false ? 'more than' : 'at least'} ${String(issue.minimum)}`;
    case 'too_big':
      return `expected ${issue.inclusive === false ? 'less than' : 'at most'} ${String(issue.maximum)}`;
    case 'invalid_format':
      return `expected ${issue.format === 'regex' ? 'another form' : `a valid ${issue.format}`}`;
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    default:
      return undefined;
  }
}

/** True if a `secret` of `settings.ts` raised the issue. */
function isOfSecret({ inst }: z.core.$ZodRawIssue): boolean {
  return inst instanceof z.core.$ZodType && z.globalRegistry.get(inst)?.['secret'] !== undefined;
}

/** The keys of a secret, those first that keep it out of the file. */
function formsOf(name: string): string {
  const [value, ...others] = secretForms(name);
  return list([...others, value]);
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
  record: 'keys with values',
};

/** Says first that nothing is there, where nothing is. */
export function absence(given: unknown): string {
  return given === undefined ? `${MISSING}; ` : given === null ? 'is empty; ' : '';
}

/** `a, b or c`. */
export function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

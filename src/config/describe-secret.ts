/**
 * Recognises texts that stand where a secret should and are none. The vendor would only answer 401, and nobody would
 * look for a pair of quotes.
 */
import type { SecretKey, SecretSource } from './secret-keys.ts';

/** A secret of the file; without a name where it stands in a list, or in a mapping whose keys are the user's own words. */
export type FoundSecret = Omit<SecretKey, 'name'> & { readonly name: string | null };

interface Form {
  /** Goes on from `is`: `is a placeholder`. */
  readonly is: string;
  readonly remedy: (name: string) => string;
  readonly matches: RegExp;
  /** True if a password, which a person may have chosen, is judged too. */
  readonly judgesPasswords: boolean;
}

const bare = (): string => 'write the bare key alone';

/** The first that fits is reported. `$` within a secret is a character as any other. */
const FORMS: readonly Form[] = [
  {
    is: 'of more than one line, or has control characters',
    remedy: bare,
    matches: /[\p{Cc}\u2028\u2029]/u,
    judgesPasswords: true,
  },
  {
    is: 'a reference to a variable, which nothing replaces here',
    remedy: (name) => `name the variable with ${name}_env, without $ and braces`,
    matches: /^(?:\$[A-Z_][A-Z0-9_]*|\$\{[^{}]*\}|\$\([^()]*\)|%[A-Z_][A-Z0-9_]*%)$/,
    judgesPasswords: true,
  },
  {
    is: 'a reference to a variable, which nothing replaces here',
    remedy: (name) => `name the variable with ${name}_env, without $ and braces`,
    matches: /^\$[A-Za-z_]\w*$/,
    judgesPasswords: false,
  },
  {
    is: 'a template that nobody filled in',
    remedy: (name) => `have it filled in, or use ${name}_file or ${name}_env`,
    matches: /^\{\{.*\}\}$|^<%.*%>$/,
    judgesPasswords: true,
  },
  { is: 'a placeholder', remedy: bare, matches: /^<[^<>]*>$/, judgesPasswords: true },
  {
    is: 'in quotes that are part of it',
    remedy: () => 'write the bare key, without quotes',
    matches: /^(?:"(?:.*)"|'(?:.*)'|“.*”|‘.*’|`.*`)$/,
    judgesPasswords: true,
  },
  {
    is: 'a whole header rather than a key',
    remedy: () => 'write the bare key; the word before it (Bearer, Basic, Token) is added',
    matches: /^(?:Authorization\s*:|(?:Bearer|Basic)$|(?:Bearer|Basic|Token|ApiKey)\s)/i,
    judgesPasswords: false,
  },
];

/** Only a key goes into a header or a URL as it is; other secrets may have any character. */
const NO_KEY: Pick<Form, 'is' | 'remedy'> = {
  is: 'not a key: it has characters that are not ASCII (copied from a page?)',
  remedy: bare,
};

const SUBJECTS: Readonly<Record<SecretSource, string>> = {
  value: '',
  file: 'the secret in the file ',
  env: "the variable's value ",
};

/**
 * Says what is wrong with the form of a secret and what to do, without the secret: `is a placeholder; write the bare key
 * alone`. Null where nothing is wrong.
 */
export function describeSecret({ name, kind, source }: FoundSecret, value: string): string | null {
  if (kind === 'service_account') return describeServiceAccount(value);
  const form =
    FORMS.find(({ matches, judgesPasswords }) => (judgesPasswords || kind !== 'password') && matches.test(value)) ??
    (kind === 'key' && /[^\x20-\x7e]/.test(value) ? NO_KEY : null);
  if (form === null) return null;
  return `${SUBJECTS[source]}is ${form.is}; ${name === null ? bare() : form.remedy(name)}`;
}

function describeServiceAccount(value: string): string | null {
  try {
    const key: unknown = JSON.parse(value);
    if (typeof key === 'object' && key !== null && 'client_email' in key && 'private_key' in key) return null;
  } catch {
    // Not JSON: reported below, without the parser's message, which quotes the text.
  }
  return 'expected the JSON key file of a Google service account, with client_email and private_key';
}

/** What a secret looks like that is none: the vendor would only say 401, and nobody would look for a pair of quotes. */

/** How its key was written; where it is from decides what to do. */
type Source = 'value' | 'file' | 'env';

interface Form {
  /** Goes on from `is`: `is a placeholder`. */
  readonly is: string;
  readonly remedy: (name: string) => string;
  readonly matches: RegExp;
  /** Whether a password, which a person may have chosen, is judged too. */
  readonly judgesPasswords: boolean;
}

const bare = (): string => 'write the bare key alone';

/** The first that fits is told. `$` within a secret is a character as any other. */
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

/** Secrets that go into a header or a URL as they are; others may have any character. */
const KEYS: ReadonlySet<string> = new Set(['api_key', 'token', 'refresh_token', 'firebase_api_key']);
const NO_KEY: Pick<Form, 'is' | 'remedy'> = {
  is: 'not a key: it has characters that are not ASCII (copied from a page?)',
  remedy: bare,
};

const SUBJECTS: Readonly<Record<Source, string>> = {
  value: '',
  file: 'the secret in the file ',
  env: "the variable's value ",
};

/**
 * What is wrong with the form of a secret and what to do, without the secret: `is a placeholder; write the bare key
 * alone`; null where nothing is.
 * @param name its plain key, e.g. `token`
 */
export function describeSecret(name: string, value: string, source: Source): string | null {
  const isPassword = name === 'password';
  const form =
    FORMS.find(({ matches, judgesPasswords }) => (judgesPasswords || !isPassword) && matches.test(value)) ??
    (KEYS.has(name) && /[^\x20-\x7e]/.test(value) ? NO_KEY : null);
  return form === null ? null : `${SUBJECTS[source]}is ${form.is}; ${form.remedy(name)}`;
}

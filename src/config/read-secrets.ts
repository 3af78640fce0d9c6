import { resolve } from 'node:path';
import { ConfigError } from './config.ts';
import { describeSecret, type FoundSecret } from './describe-secret.ts';
import { type Files, fileTrouble } from './files.ts';
import { innerSchemas, type JsonSchema, schemasAt } from './json-schema.ts';
import type { Path, PathProblem } from './path-problem.ts';
import { isRaw, type Raw } from './raw.ts';
import { Secret, toSecret } from './secret.ts';
import { fittingForms, secretForms, secretKind, toSecretKey } from './secret-keys.ts';

/** The sources that secrets come from. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: Files;
  /** The folder that relative paths start at. */
  readonly folder: string;
}

/** A value in which each secret has become one `Secret` under its plain name. */
export interface ReadSecrets {
  readonly value: unknown;
  readonly problems: readonly PathProblem[];
  /** For each secret that is there, how its key was written, by the object that now holds it. */
  readonly written: ReadonlyMap<object, ReadonlyMap<string, string>>;
}

/**
 * Replaces each secret by a `Secret`, and its key `x`, `x_file` or `x_env` by `x`. A secret that cannot be read is a
 * problem, and still there.
 *
 * @param schema describes the value, and thereby says which keys are secrets.
 * @param path where the value stands in the file.
 */
export function readSecrets(value: unknown, schema: JsonSchema, path: Path, sources: SecretSources): ReadSecrets {
  const problems: PathProblem[] = [];
  const written = new Map<object, ReadonlyMap<string, string>>();

  const take = (key: FoundSecret, given: unknown, at: Path): Secret => {
    const secret = readSecret(key, given, sources);
    if (typeof secret !== 'string') return secret;
    problems.push({ path: at, at: 'value', what: secret });
    return new Secret(() => '');
  };

  const visit = (given: unknown, schemas: readonly JsonSchema[], at: Path, name: string | null = null): unknown => {
    const kind = secretKind(schemas);
    if (kind !== null && !isOtherForm(given, schemas)) return take({ name, source: 'value', kind }, given, at);
    if (Array.isArray(given))
      return given.map((item, index) => visit(item, innerSchemas(schemas, index), [...at, index]));
    return isRaw(given) ? visitMapping(given, fittingForms(given, schemas), at) : given;
  };

  const visitMapping = (given: Raw, schemas: readonly JsonSchema[], at: Path): Raw => {
    const entries: [string, unknown][] = [];
    const names = new Map<string, string>();
    for (const [key, inner] of Object.entries(given)) {
      const secret = toSecretKey(key, schemas);
      const first = secret === null ? undefined : names.get(secret.name);
      if (secret !== null && first !== undefined) {
        const [one, two, three] = secretForms(secret.name);
        const what = `the same secret as ${first}; keep one of ${one}, ${two} and ${three}`;
        problems.push({ path: [...at, key], at: 'key', what });
        continue;
      }
      if (secret !== null) names.set(secret.name, key);
      const isPlain = secret === null || secret.source === 'value';
      const read = isPlain
        ? visit(inner, innerSchemas(schemas, key), [...at, key], secret?.name)
        : take(secret, inner, [...at, key]);
      entries.push([secret?.name ?? key, read]);
    }
    const result = Object.fromEntries(entries);
    written.set(result, names);
    return result;
  };

  return { value: visit(value, schemasAt(schema, []), path), problems, written };
}

/** True if a mapping or a list stands where not only a secret may. */
function isOtherForm(given: unknown, schemas: readonly JsonSchema[]): boolean {
  return typeof given === 'object' && given !== null && schemas.some(({ secret }) => secret === undefined);
}

/** Reads a secret, or says what is wrong with it. Names neither the variable nor the file: people put secrets there by mistake. */
function readSecret(key: FoundSecret, given: unknown, sources: SecretSources): Secret | string {
  if (typeof given !== 'string') return given === null ? 'is empty' : 'expected text; put it in quotes';
  if (given.trim() === '') return 'is empty';
  if (key.source === 'env') {
    const value = sources.env[given]?.trim() ?? '';
    if (value === '') return `the environment variable it names is not set or empty; set it, or use ${key.name}_file`;
    return describeSecret(key, value) ?? new Secret(() => value, `env:${given}`);
  }
  if (key.source === 'file') return readSecretFile(key, resolve(sources.folder, given), sources.files);
  const value = given.trim();
  return describeSecret(key, value) ?? toSecret(value);
}

/** The text of a secret's file, and what is wrong with it; null: nothing. */
interface ReadFile {
  readonly value: string;
  readonly problem: string | null;
}

function readSecretFile(key: FoundSecret, path: string, files: Files): Secret | string {
  let known: (ReadFile & { readonly version: string }) | null = null;
  const load = (): ReadFile => {
    // The version is taken first: a file that changes between the two is read again next time.
    const version = files.version(path);
    if (known?.version !== version) {
      const value = files.read(path).trim();
      known = { version, value, problem: value === '' ? null : describeSecret(key, value) };
    }
    return known;
  };
  let first: ReadFile;
  try {
    first = load();
  } catch (error) {
    return `the file cannot be read (${fileTrouble(error)}); relative paths start at the config file's folder`;
  }
  if (first.value === '') return 'the file is empty';
  return first.problem ?? new Secret(() => revealAgain(path, load), `file:${path}`);
}

/** Returns the secret as its file has it now. @throws ConfigError when the file is gone, empty, or holds what is no secret by now */
function revealAgain(path: string, load: () => ReadFile): string {
  let present: ReadFile;
  try {
    present = load();
  } catch (error) {
    throw new ConfigError([{ place: path, message: `the secret cannot be read any more (${fileTrouble(error)})` }]);
  }
  if (present.value === '') throw new ConfigError([{ place: path, message: 'the secret is empty by now' }]);
  if (present.problem !== null) throw new ConfigError([{ place: path, message: present.problem }]);
  return present.value;
}

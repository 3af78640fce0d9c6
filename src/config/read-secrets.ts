import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { ConfigError } from './config.ts';
import { describeSecret } from './describe-secret.ts';
import type { Fault, Path } from './fault.ts';
import { type Files, fileTrouble } from './files.ts';
import { Secret } from './secret.ts';

/**
 * Every key that is a secret. Each may be written as itself, with `_file` or with `_env`.
 *
 * @see spec section 4
 */
const SECRET_KEYS = [
  'api_key',
  'password',
  'client_secret',
  'token',
  'refresh_token',
  'firebase_api_key',
  'google_service_account',
] as const;

/** Keys of a target whose own keys are the user's words, not ours. */
const FREE_KEYS: ReadonlySet<string> = new Set(['labels', 'state_map']);

/** Where secrets come from. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: Files;
  /** The folder that relative paths start at. */
  readonly folder: string;
}

/** Whether a key holds a secret. */
export function isSecretKey(key: string): boolean {
  return (SECRET_KEYS as readonly string[]).includes(key);
}

/** A value in which each secret has become one `Secret` under its plain name. */
export interface ReadSecrets {
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** For each secret that is there, how its key was written, by the object that now holds it. */
  readonly written: ReadonlyMap<object, ReadonlyMap<string, string>>;
}

/** Replaces `x`, `x_file` and `x_env` by a `Secret` under `x`, at any depth. A secret that cannot be read is a fault, and still there. */
export function readSecrets(value: unknown, path: Path, sources: SecretSources): ReadSecrets {
  const faults: Fault[] = [];
  const written = new Map<object, ReadonlyMap<string, string>>();

  const visit = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    const entries: [string, unknown][] = [];
    const names = new Map<string, string>();
    for (const [key, inner] of Object.entries(value)) {
      const name = key.replace(/_(?:file|env)$/, '');
      if (!isSecretKey(name)) {
        entries.push([key, FREE_KEYS.has(key) ? inner : visit(inner, [...path, key])]);
        continue;
      }
      const earlier = names.get(name);
      const what =
        earlier === undefined
          ? null
          : `the same secret as ${earlier}; keep one of ${name}, ${name}_file and ${name}_env`;
      const secret = readSecret(name, key, inner, sources);
      if (what !== null) faults.push({ path: [...path, key], at: 'key', what });
      else if (typeof secret === 'string') faults.push({ path: [...path, key], at: 'value', what: secret });
      entries.push([name, typeof secret === 'string' ? new Secret(() => '') : secret]);
      names.set(name, earlier ?? key);
    }
    const result: Record<string, unknown> = Object.fromEntries(entries);
    written.set(result, names);
    return result;
  };

  return { value: visit(value, path), faults, written };
}

/** A secret that stands in the configuration itself. */
export function toSecret(value: string): Secret {
  return new Secret(() => value, `value:${createHash('sha256').update(value).digest('hex')}`);
}

/** The secret, or what is wrong with it. Says neither the variable nor the file: people put secrets there by mistake. */
function readSecret(name: string, key: string, given: unknown, sources: SecretSources): Secret | string {
  if (typeof given !== 'string') return given === null ? 'is empty' : 'expected text; put it in quotes';
  if (given.trim() === '') return 'is empty';
  if (key === `${name}_env`) {
    const value = sources.env[given]?.trim() ?? '';
    if (value === '') return `the environment variable it names is not set or empty; set it, or use ${name}_file`;
    return checked(name, value, 'env') ?? new Secret(() => value, `env:${given}`);
  }
  if (key === `${name}_file`) return readSecretFile(name, resolve(sources.folder, given), sources.files);
  const value = given.trim();
  return checked(name, value, 'value') ?? toSecret(value);
}

/** What a secret's file holds, and what is wrong with it; null: nothing. */
interface ReadFile {
  readonly value: string;
  readonly problem: string | null;
}

function readSecretFile(name: string, path: string, files: Files): Secret | string {
  let known: (ReadFile & { readonly version: string }) | null = null;
  const load = (): ReadFile => {
    // The version is taken first: a file that changes between the two is read again next time.
    const version = files.version(path);
    if (known?.version !== version) {
      const value = files.read(path).trim();
      known = { version, value, problem: value === '' ? null : checked(name, value, 'file') };
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

/** The secret as its file has it now. @throws ConfigError when the file is gone, empty, or holds what is no secret by now */
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

/** What is wrong with the form of a secret; null where nothing is. */
function checked(name: string, value: string, source: Parameters<typeof describeSecret>[2]): string | null {
  if (name !== 'google_service_account') return describeSecret(name, value, source);
  try {
    const key: unknown = JSON.parse(value);
    if (typeof key === 'object' && key !== null && 'client_email' in key && 'private_key' in key) return null;
  } catch {
    // Not JSON: told below, without the parser's message, which quotes the text.
  }
  return 'expected the JSON key file of a Google service account, with client_email and private_key';
}

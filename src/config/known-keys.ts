import { closest, distance } from 'fastest-levenshtein';
import { type JsonSchema, schemasAt } from './json-schema.ts';
import type { Path } from './path-problem.ts';
import { secretForms, secretKind } from './secret-keys.ts';

/** Lists the keys that may stand in the object at a path, in the order of the documentation; empty where any key may. */
export function knownKeys(schema: JsonSchema, path: Path): readonly string[] {
  const keys = schemasAt(schema, path).flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([name, property]) =>
      secretKind([property]) === null ? [name] : secretForms(name),
    ),
  );
  return [...new Set(keys)];
}

/** Lists the ways in which the object at a path can be written, by the keys each needs: `token_file (or _env); or username and password_file (or _env)`. */
export function formsAt(schema: JsonSchema, path: Path): string {
  const forms = schemasAt(schema, path)
    .map((form) => (form.secret === undefined ? requiredKeys(form) : [secretHint(String(path.at(-1)))]))
    .filter((keys) => keys.length > 0)
    .map((keys) => (keys.length < 2 ? keys.join('') : `${keys.slice(0, -1).join(', ')} and ${keys.at(-1)}`));
  return [...new Set(forms)].join('; or ');
}

/** Returns the word that was probably meant; null where none is near. */
export function nearest(word: string, words: readonly string[]): string | null {
  if (words.length === 0) return null;
  const found = closest(word, words);
  return distance(word, found) <= Math.max(2, Math.ceil(found.length / 2)) ? found : null;
}

/** The keys that an object needs, secrets last. */
function requiredKeys({ required = [], properties = {} }: JsonSchema): readonly string[] {
  const isSecret = (name: string): boolean => secretKind([properties[name] ?? {}]) !== null;
  return [...required.filter((name) => !isSecret(name)), ...required.filter(isSecret).map(secretHint)];
}

function secretHint(name: string): string {
  return `${name}_file (or _env)`;
}

import { closest, distance } from 'fastest-levenshtein';
import type { Path } from './fault.ts';
import type { JsonSchema } from './json-schema.ts';

/** Keys that may stand in the object at a path, in the order of the documentation; empty where any key may. */
export function knownKeys(schema: JsonSchema, path: Path): readonly string[] {
  return [...new Set(schemasAt(schema, path).flatMap((found) => Object.keys(found.properties ?? {})))];
}

/** The ways in which the object at a path can be written, by the keys each needs: `token_file (or _env); or username and password_file (or _env)`. */
export function formsAt(schema: JsonSchema, path: Path): string {
  const forms = schemasAt(schema, path)
    .map((found) => [...(found.required ?? []), ...requiredSecrets(found)])
    .filter((keys) => keys.length > 0)
    .map((keys) => (keys.length < 2 ? keys.join('') : `${keys.slice(0, -1).join(', ')} and ${keys.at(-1)}`));
  return [...new Set(forms)].join('; or ');
}

/** The word that was probably meant; null where none is near. */
export function nearest(word: string, words: readonly string[]): string | null {
  if (words.length === 0) return null;
  const found = closest(word, words);
  return distance(word, found) <= Math.max(2, Math.ceil(found.length / 2)) ? found : null;
}

/** What may stand at a path: one schema, or one for each form of a union. */
export function schemasAt(schema: JsonSchema, path: Path): readonly JsonSchema[] {
  const branches = (schema.anyOf ?? schema.oneOf)?.flatMap((branch) => schemasAt(branch, [])) ?? [schema];
  const [step, ...rest] = path;
  if (step === undefined) return branches;
  return branches.flatMap((branch) => {
    const inner = typeof step === 'number' ? branch.items : (branch.properties?.[step] ?? branch.additionalProperties);
    return typeof inner === 'object' ? schemasAt(inner, rest) : [];
  });
}

/** `api_key (or _file, _env)` for each secret that an object needs. */
function requiredSecrets(schema: JsonSchema): readonly string[] {
  return ((schema['allOf'] ?? []) as readonly JsonSchema[]).flatMap(({ oneOf = [] }) => {
    const isOptional = oneOf.some((form) => form['not'] !== undefined);
    return isOptional ? [] : [`${oneOf[0]?.required?.[0]}_file (or _env)`];
  });
}

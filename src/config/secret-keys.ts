/** Finds the keys of an object that are secrets, and the ways each may be written, by its schema alone. */
import { type JsonSchema, ownProperty, schemasAt } from './json-schema.ts';
import type { SecretKind } from './settings.ts';

/** The way in which the key of a secret `x` was written: `x`, `x_file` or `x_env`. */
export type SecretSource = 'value' | 'file' | 'env';

/** A secret by the key that was found. */
export interface SecretKey {
  /** The key without `_file` and `_env`. */
  readonly name: string;
  readonly source: SecretSource;
  readonly kind: SecretKind;
}

/** Lists the keys that a secret can be given with. */
export function secretForms(name: string): readonly [string, string, string] {
  return [name, `${name}_file`, `${name}_env`];
}

/** Finds the secret that a key of an object gives; null where it gives none. A key that the shape names is that key, however it ends. */
export function toSecretKey(key: string, schemas: readonly JsonSchema[]): SecretKey | null {
  const named = ownProperties(schemas, key);
  if (named.length > 0) {
    const kind = secretKind(named);
    return kind === null ? null : { name: key, source: 'value', kind };
  }
  const [, name, source] = /^(.+)_(file|env)$/.exec(key) ?? [];
  if (name === undefined) return null;
  const kind = secretKind(ownProperties(schemas, name));
  return kind === null ? null : { name, source: source === 'file' ? 'file' : 'env', kind };
}

/** The kind of the secret that may stand where these schemas hold; null where none may. */
export function secretKind(schemas: readonly JsonSchema[]): SecretKind | null {
  return schemas.flatMap((schema) => schemasAt(schema, [])).find(({ secret }) => secret !== undefined)?.secret ?? null;
}

/**
 * Returns those forms of a union that an object can mean: they know all of its keys, and have the same fixed words, such
 * as a `kind`. All forms of a mapping where none fits.
 */
export function fittingForms(
  given: Readonly<Record<string, unknown>>,
  forms: readonly JsonSchema[],
): readonly JsonSchema[] {
  const mappings = forms.filter(({ type = 'object' }) => type === 'object');
  const fitting = mappings.filter((form) => Object.entries(given).every(([key, value]) => mayHold(form, key, value)));
  return fitting.length > 0 ? fitting : mappings;
}

function ownProperties(schemas: readonly JsonSchema[], key: string): readonly JsonSchema[] {
  return schemas.map((schema) => ownProperty(schema, key)).filter((property) => property !== null);
}

function mayHold(form: JsonSchema, key: string, value: unknown): boolean {
  const property = ownProperty(form, key);
  if (property === null) return toSecretKey(key, [form]) !== null || form.additionalProperties !== false;
  return schemasAt(property, []).some((schema) => {
    const words = Array.isArray(schema['enum']) ? schema['enum'] : 'const' in schema ? [schema['const']] : null;
    return words === null || words.includes(value);
  });
}

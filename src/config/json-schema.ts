/** The JSON Schema of a zod shape: the one form in which this folder looks into shapes. */
import { z } from 'zod';
import type { Path } from './path-problem.ts';
import type { SecretKind } from './settings.ts';

/** The part of JSON Schema (2020-12) that our shapes become, and the marks of `settings.ts`. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
  /** A mark that the secrets of `settings.ts` leave. It is not of JSON Schema, so `config-schema.ts` takes it out. */
  readonly secret?: SecretKind;
  /** The same of URLs. */
  readonly url?: true;
}

/** Made once for each shape: a vendor's takes milliseconds, and is needed for each of its targets. */
const made = new WeakMap<z.ZodType, JsonSchema>();

/** Describes what a shape takes, before defaults and transformations. */
export function toJsonSchema(shape: z.ZodType): JsonSchema {
  const known = made.get(shape);
  if (known !== undefined) return known;
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' });
  made.set(shape, schema as JsonSchema);
  return schema as JsonSchema;
}

/** Finds what may stand at a path: one schema, or one for each form of a union; empty where nothing is said of it. */
export function schemasAt(schema: JsonSchema, path: Path): readonly JsonSchema[] {
  const forms = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  const branches = forms?.flatMap((form) => schemasAt(form, [])) ?? [schema];
  const [step, ...rest] = path;
  if (step === undefined) return branches;
  return branches.flatMap((branch) => {
    const inner = typeof step === 'number' ? itemAt(branch, step) : propertyAt(branch, step);
    return inner === null ? [] : schemasAt(inner, rest);
  });
}

/** Finds what may stand one step inside of where these schemas hold. */
export function innerSchemas(schemas: readonly JsonSchema[], step: string | number): readonly JsonSchema[] {
  return schemas.flatMap((schema) => schemasAt(schema, [step]));
}

/** The schema of the property that an object's schema names; null where it names none. */
export function ownProperty({ properties = {} }: JsonSchema, key: string): JsonSchema | null {
  return Object.hasOwn(properties, key) ? (properties[key] ?? null) : null;
}

function propertyAt(schema: JsonSchema, key: string): JsonSchema | null {
  const { additionalProperties: others } = schema;
  return ownProperty(schema, key) ?? (typeof others === 'object' ? others : null);
}

function itemAt({ prefixItems = [], items }: JsonSchema, index: number): JsonSchema | null {
  return prefixItems[index] ?? items ?? null;
}

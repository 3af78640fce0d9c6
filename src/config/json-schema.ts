/** The configuration's JSON Schema, made from the same zod shapes that check the file. */
import { z } from 'zod';
import { ConfigFile, targetKeys, type VendorSettings } from './config-file.ts';

/** The part of JSON Schema (2020-12) that our shapes become. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
}

const DURATION_PATTERN = '^(?=.)(\\d+y)?(\\d+w)?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?$|^0$';

/** What the file may hold, as editors understand it. Secrets show as the three keys they can be written as. */
export function configSchema(vendors: readonly VendorSettings[]): JsonSchema {
  const { targets, ...file } = toJsonSchema(ConfigFile).properties ?? {};
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'datajobs-exporter configuration',
    type: 'object',
    properties: { ...file, targets: { ...targets, items: { anyOf: vendors.map(targetSchema) } } },
    required: ['targets'],
    additionalProperties: false,
  };
}

/** `configSchema` as the text of docs/config.schema.json. */
export function renderConfigSchema(vendors: readonly VendorSettings[]): string {
  return `${JSON.stringify(configSchema(vendors), null, 2)}\n`;
}

function targetSchema(vendor: VendorSettings): JsonSchema {
  const common = toJsonSchema(targetKeys([vendor]));
  const own = toJsonSchema(vendor.settings);
  return {
    ...own,
    properties: { ...common.properties, ...own.properties },
    required: [...(common.required ?? []), ...(own.required ?? [])],
    additionalProperties: false,
  };
}

/** What a file of this shape may hold. */
export function toJsonSchema(shape: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' });
  return withWords(schema) as JsonSchema;
}

/** Replaces the marks that `settings.ts` leaves by what they mean. Secrets wait for their object. */
function withWords(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withWords);
  if (typeof node !== 'object' || node === null) return node;
  const { duration, url, ...rest } = node as Record<string, unknown>;
  const entries = Object.entries(rest).map(([key, value]) => [key, withWords(value)]);
  const plain = Object.fromEntries(entries) as Record<string, unknown>;
  if (duration === true) plain['pattern'] = DURATION_PATTERN;
  else if (duration !== undefined) plain['duration'] = withWords(duration);
  if (url === true) plain['pattern'] = '^https?://';
  else if (url !== undefined) plain['url'] = withWords(url);
  if (plain['properties'] !== undefined) return withSecretForms(plain);
  return plain;
}

/** Turns each property that is a secret into `x`, `x_file` and `x_env`, of which one is given. */
function withSecretForms(schema: JsonSchema): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  const choices: JsonSchema[] = [];
  const secrets = new Set<string>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property['secret'] !== true) {
      properties[name] = property;
      continue;
    }
    secrets.add(name);
    const { secret: _, ...rest } = property;
    properties[name] = { ...rest, type: 'string', minLength: 1 };
    properties[`${name}_file`] = { type: 'string', minLength: 1, description: `File that holds ${name}` };
    properties[`${name}_env`] = {
      type: 'string',
      minLength: 1,
      description: `Environment variable that holds ${name}`,
    };
    const forms = [name, `${name}_file`, `${name}_env`].map((form) => ({ required: [form] }));
    const none = schema.required?.includes(name) === true ? [] : [{ not: { anyOf: forms } }];
    choices.push({ oneOf: [...forms, ...none] });
  }
  if (choices.length === 0) return schema;
  return {
    ...schema,
    properties,
    required: (schema.required ?? []).filter((name) => !secrets.has(name)),
    allOf: choices,
  };
}

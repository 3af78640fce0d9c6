/** The configuration's JSON Schema, made from the same zod shapes that check the file. */
import { ConfigFile, targetKeys, type VendorSettings } from './config-file.ts';
import { type JsonSchema, toJsonSchema } from './json-schema.ts';
import { secretForms, secretKind } from './secret-keys.ts';

/** Keywords of our own, which no editor knows. */
const MARKS: ReadonlySet<string> = new Set(['secret', 'url']);

/** Describes the whole file; marks are left in. */
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

/** Describes a target of one vendor; marks are left in. */
export function targetSchema(vendor: VendorSettings): JsonSchema {
  const common = toJsonSchema(targetKeys([vendor]));
  const own = toJsonSchema(vendor.settings);
  return {
    ...own,
    properties: { ...common.properties, ...own.properties },
    required: [...(common.required ?? []), ...(own.required ?? [])],
    additionalProperties: false,
  };
}

/** The text of docs/config.schema.json: what the file may hold, as editors understand it. */
export function renderConfigSchema(vendors: readonly VendorSettings[]): string {
  return `${JSON.stringify(withSecretForms(configSchema(vendors)), null, 2)}\n`;
}

/** Takes the marks out, and makes each property that is a secret `x`, `x_file` and `x_env`, of which one is given. */
function withSecretForms(marked: JsonSchema): JsonSchema {
  const schema: JsonSchema = Object.fromEntries(Object.entries(marked).filter(([keyword]) => !MARKS.has(keyword)));
  const { properties, items, prefixItems, additionalProperties } = schema;
  const forms = Object.entries(schema).filter(([keyword]) => ['anyOf', 'oneOf', 'allOf'].includes(keyword));
  return {
    ...schema,
    ...(items && { items: withSecretForms(items) }),
    ...(prefixItems && { prefixItems: prefixItems.map(withSecretForms) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: withSecretForms(additionalProperties) }),
    ...Object.fromEntries(forms.map(([keyword, inner]) => [keyword, (inner as JsonSchema[]).map(withSecretForms)])),
    ...(properties && withPropertyForms(schema, properties)),
  };
}

function withPropertyForms({ required = [], allOf }: JsonSchema, properties: NonNullable<JsonSchema['properties']>) {
  const secrets = Object.keys(properties).filter((name) => secretKind([properties[name] ?? {}]) !== null);
  const entries = Object.entries(properties).flatMap(([name, property]): [string, JsonSchema][] => {
    const [, file, env] = secretForms(name);
    const own: [string, JsonSchema] = [name, withSecretForms(property)];
    if (!secrets.includes(name)) return [own];
    return [
      own,
      [file, { type: 'string', minLength: 1, description: `File that holds ${name}` }],
      [env, { type: 'string', minLength: 1, description: `Environment variable that holds ${name}` }],
    ];
  });
  if (secrets.length === 0) return { properties: Object.fromEntries(entries) };
  const choices = secrets.map((name) => {
    const given = secretForms(name).map((form) => ({ required: [form] }));
    return { oneOf: required.includes(name) ? given : [...given, { not: { anyOf: given } }] };
  });
  return {
    properties: Object.fromEntries(entries),
    required: required.filter((name) => !secrets.includes(name)),
    allOf: [...(allOf?.map(withSecretForms) ?? []), ...choices],
  };
}

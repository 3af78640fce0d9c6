import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { CONFIG_VENDORS } from '../../test/support/config-vendors.ts';
import { renderConfigSchema } from './config-schema.ts';

const validate = new Ajv2020({ strict: true, allErrors: true, strictRequired: false, strictTypes: false }).compile(
  JSON.parse(renderConfigSchema(CONFIG_VENDORS)) as object,
);

/** A file with one target that is right but for these keys. */
function file(keys: object = {}, top: object = {}): object {
  return { ...top, targets: [{ name: 'a', vendor: 'acme', account: 'x', auth: { token: 's' }, ...keys }] };
}

describe('the JSON Schema of the configuration', () => {
  it.each([
    ['a short file', file()],
    ['a secret in a file', file({ auth: { token_file: 't' } })],
    ['a secret in a variable', file({ auth: { api_key_id: 'k', api_key_env: 'K' } })],
    ['every section', file({}, { poll_interval: '1h30m', ledger: { url: 'sqlite:x' }, otlp: { enabled: true } })],
    ['another vendor', file({ vendor: 'umbrella', account: undefined, base_url: 'https://x', auth: {} })],
  ])('accepts %s', (_name, value) => {
    const isValid = validate(JSON.parse(JSON.stringify(value)));

    expect(validate.errors ?? []).toEqual([]);
    expect(isValid).toBe(true);
  });

  it.each([
    ['no targets', {}],
    ['a mistyped key', file({}, { poll_intervall: '30s' })],
    ['a mistyped key of a target', file({ stepps: true })],
    ["another vendor's key", file({ projects: [] })],
    ['an unknown vendor', file({ vendor: 'acne' })],
    ['a duration as a number', file({ poll_interval: 30 })],
    ['a duration without a unit', file({ poll_interval: '30' })],
    ['no secret', file({ auth: { api_key_id: 'k' } })],
    ['a secret twice', file({ auth: { token: 's', token_file: 't' } })],
    ['an unknown meaning', file({ state_map: { X: 'sucess' } })],
  ])('refuses %s', (_name, value) => {
    const isValid = validate(value);

    expect(isValid).toBe(false);
  });
});

import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createFiles } from '../src/config/files.ts';
import { renderConfigSchema } from '../src/config/config-schema.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { VENDORS } from '../src/vendors/registry.ts';

const EXAMPLE = 'datajobs.example.yml';

/** The real file, with its secrets where it says they are. */
function loadExample() {
  const disk = createFiles();
  const read = (path: string): string => {
    if (!path.includes('/secrets/')) return disk.read(path);
    return path.endsWith('.json') ? '{"client_email":"a@b.example","private_key":"PEM"}' : 's3cret';
  };
  const env = { MATATIKA_CLIENT_SECRET: 's3cret', POLARIS_API_KEY: 's3cret' };
  return loadConfig(EXAMPLE, { vendors: VENDORS, env, files: { read, version: read } });
}

function createValidator() {
  const options = { strict: true, strictRequired: false, strictTypes: false, formats: { uuid: true as const } };
  return new Ajv2020(options).compile(JSON.parse(renderConfigSchema(VENDORS)) as object);
}

describe('the example configuration', () => {
  it('loads, with a target for every vendor', () => {
    const config = loadExample();

    expect(config.targets.map(({ vendor }) => vendor)).toEqual(VENDORS.map(({ id }) => id));
    expect(JSON.stringify(config)).not.toContain('s3cret');
  });

  it('is right for editors', () => {
    const validate = createValidator();

    validate(parse(readFileSync(EXAMPLE, 'utf8')));

    expect(validate.errors ?? []).toEqual([]);
  });

  it('is wrong for editors with one key mistyped', () => {
    const validate = createValidator();

    const isValid = validate(parse(readFileSync(EXAMPLE, 'utf8').replace('datastream_ids', 'datastream_id')));

    expect(isValid).toBe(false);
  });

  it('has its JSON Schema in docs/, as the shapes say now', () => {
    const written = readFileSync('docs/config.schema.json', 'utf8');

    expect(written).toBe(renderConfigSchema(VENDORS));
  });
});

/** A vendor whose secrets nobody would know by their names: only its shape says which keys they are. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createMemoryFiles } from '../../test/support/config-vendors.ts';
import type { VendorSettings } from './config-file.ts';
import { renderConfigSchema } from './config-schema.ts';
import { ConfigError } from './config.ts';
import { parseConfig } from './load-config.ts';
import { Secret } from './secret.ts';
import { clientSecret, httpUrl, password, secret } from './settings.ts';

const initech: VendorSettings = {
  id: 'initech',
  settings: z.strictObject({
    base_url: httpUrl.prefault('https://api.initech.example'),
    /** Plain keys that end as the forms of a secret do. */
    report_file: z.string().optional(),
    token: z.string().default('none'),
    doorbell: secret.optional(),
    vault: z.strictObject({ inner: z.strictObject({ stapler_code: clientSecret, shelf_env: z.string().optional() }) }),
    way_in: z.union([
      secret,
      z.strictObject({ badge: z.string(), tps_cover: password }),
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('open'), phrase: z.string() }),
        z.strictObject({ kind: z.literal('closed'), phrase: secret.describe('Said at the door') }),
      ]),
    ]),
    desks: z.array(z.strictObject({ drawer: z.string(), drawer_key: secret })).default([]),
    doors: z.array(z.strictObject({ front: httpUrl })).default([]),
    codes: z.array(secret).default([]),
    by_room: z.record(z.string(), secret).default({}),
  }),
};
const RIGHT = { vault: { inner: { stapler_code: 's' } }, way_in: { badge: '7', tps_cover: 'c' } };
const ENV = { A: 'from-a', B: 'from-b' };

function toFile(keys: object): object {
  return { targets: [{ name: 'a', vendor: 'initech', ...RIGHT, ...keys }] };
}

/** The vendor's own keys as they were parsed. */
function settingsOf(keys: object): Readonly<Record<string, unknown>> {
  const files = createMemoryFiles({ '/etc/code': 'from-file\n' });
  const config = parseConfig(JSON.stringify(toFile(keys)), '/etc/datajobs.yml', {
    vendors: [initech],
    env: ENV,
    files,
  });
  return config.targets[0]!.settings;
}

function problemsOf(keys: object): readonly string[] {
  try {
    settingsOf(keys);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ message }) => message.replace('targets[0].', ''));
  }
}

/** Shows what each secret is, in place of the secret. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return `secret ${value.reveal()}`;
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
}

describe('a key that the shape calls a secret', () => {
  it.each([
    ['at the top', { doorbell: 'ding' }, { doorbell: 'secret ding' }],
    ['in a variable', { doorbell_env: 'A' }, { doorbell: 'secret from-a' }],
    ['in a file', { doorbell_file: 'code' }, { doorbell: 'secret from-file' }],
    [
      'deep inside',
      { vault: { inner: { stapler_code_file: 'code' } } },
      { vault: { inner: { stapler_code: 'secret from-file' } } },
    ],
    [
      'in a form of a union',
      { way_in: { badge: '7', tps_cover_env: 'A' } },
      { way_in: { badge: '7', tps_cover: 'secret from-a' } },
    ],
    ['as a whole form of a union', { way_in: 'knock' }, { way_in: 'secret knock' }],
    [
      'in a form that a word tells from the others',
      { way_in: { kind: 'closed', phrase_env: 'B' } },
      { way_in: { kind: 'closed', phrase: 'secret from-b' } },
    ],
    [
      'in the objects of a list',
      {
        desks: [
          { drawer: '1', drawer_key_env: 'A' },
          { drawer: '2', drawer_key: 'k' },
        ],
      },
      {
        desks: [
          { drawer: '1', drawer_key: 'secret from-a' },
          { drawer: '2', drawer_key: 'secret k' },
        ],
      },
    ],
    ['as the items of a list', { codes: ['x', 'y'] }, { codes: ['secret x', 'secret y'] }],
    ['by names of the user', { by_room: { hall_env: 'x' } }, { by_room: { hall_env: 'secret x' } }],
  ])('is one %s', (_where, keys, expected) => {
    const settings = settingsOf(keys);

    expect(revealed(settings)).toMatchObject(expected);
    expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).not.toMatch(/ding|from-|knock/);
  });

  it.each([
    ['that ends in _file', { report_file: 'r.csv' }],
    [
      'that ends in _env',
      { vault: { inner: { stapler_code: 's', shelf_env: 'top' } } },
      { vault: { inner: { stapler_code: 'secret s', shelf_env: 'top' } } },
    ],
    ['by which others call a secret', { token: 'plain' }],
    ['in a form in which it is none', { way_in: { kind: 'open', phrase: 'please' } }],
  ])('is not a plain one %s', (_which, keys, expected: object = keys) => {
    const settings = settingsOf(keys);

    expect(revealed(settings)).toMatchObject(expected);
  });

  it.each([
    [
      'is missing',
      { vault: { inner: {} } },
      'vault.inner.stapler_code: is missing; give stapler_code_file, stapler_code_env or stapler_code',
    ],
    [
      'is mistyped',
      { vault: { inner: { stapler_kode_file: 'code' } } },
      'vault.inner.stapler_kode_file: unknown key; did you mean stapler_code_file?',
    ],
    [
      'is in a form of a union with a key of none',
      { way_in: { badge: '7', tps_cover_env: 'NOPE', plant: 'fern' } },
      'way_in.tps_cover_env: the environment variable it names is not set or empty; set it, or use tps_cover_file',
      'way_in.plant: unknown key; expected badge, tps_cover, tps_cover_file, tps_cover_env, kind, phrase, phrase_file or phrase_env',
    ],
    [
      'is given twice',
      { desks: [{ drawer: '1', drawer_key: 'k', drawer_key_env: 'A' }] },
      'desks[0].drawer_key_env: the same secret as drawer_key; keep one of drawer_key, drawer_key_file and drawer_key_env',
    ],
    [
      'names a variable that is not set',
      { doorbell_env: 'NOPE' },
      'doorbell_env: the environment variable it names is not set or empty; set it, or use doorbell_file',
    ],
    [
      'is a reference',
      { doorbell: '$DOOR' },
      'doorbell: is a reference to a variable, which nothing replaces here; name the variable with doorbell_env, without $ and braces',
    ],
    [
      'is a reference in a list',
      { codes: ['x', '$DOOR'] },
      'codes[1]: is a reference to a variable, which nothing replaces here; write the bare key alone',
    ],
    [
      'is no key',
      { doorbell: 'dïng' },
      'doorbell: is not a key: it has characters that are not ASCII (copied from a page?); write the bare key alone',
    ],
    ['is a number', { by_room: { hall: 7 } }, 'by_room.hall: expected text; put it in quotes'],
    [
      'stands in no form of a union',
      { way_in: {} },
      'way_in: expected way_in_file (or _env); or badge and tps_cover_file (or _env); or kind and phrase; or kind and phrase_file (or _env)',
    ],
  ])('is told by its own name where it %s', (_what, keys, ...expected) => {
    const problems = problemsOf(keys);

    expect(problems).toEqual(expected);
  });

  it('may be a password or a client secret of any characters', () => {
    const keys = {
      vault: { inner: { stapler_code: 'rëd' } },
      way_in: { badge: '7', tps_cover: '$ecret' },
    };

    const settings = settingsOf(keys);

    expect(revealed(settings)).toMatchObject({
      vault: { inner: { stapler_code: 'secret rëd' } },
      way_in: { tps_cover: 'secret $ecret' },
    });
  });
});

it('knows URLs by the shape as well, so that none carries a secret unencrypted', () => {
  const doors = [{ front: 'https://x.example' }, { front: 'http://x.example' }];

  const problems = problemsOf({ doors });

  expect(problems).toEqual([
    'doors[1].front: plain http to x.example would send the credentials unencrypted; use https, or say allow_insecure: true',
  ]);
});

describe('the JSON Schema of such a vendor', () => {
  const text = renderConfigSchema([initech]);
  const validate = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false }).compile(
    JSON.parse(text) as object,
  );

  it.each([
    ['the key itself', { doorbell: 'x' }],
    ['a variable deep inside', { vault: { inner: { stapler_code_env: 'A' } } }],
    ['a file in a form of a union', { way_in: { badge: '7', tps_cover_file: 'f' } }],
    ['another form', { way_in: { kind: 'closed', phrase_env: 'B' } }],
    ['a file for a whole form', { way_in: undefined, way_in_file: 'f' }],
    ['a list', { desks: [{ drawer: '1', drawer_key_env: 'A' }], codes: ['x'] }],
  ])('takes %s', (_name, keys) => {
    const isValid = validate(JSON.parse(JSON.stringify(toFile(keys))));

    expect(validate.errors ?? []).toEqual([]);
    expect(isValid).toBe(true);
  });

  it.each([
    ['a secret twice', { doorbell: 'x', doorbell_env: 'A' }],
    ['a missing one', { vault: { inner: {} } }],
    ['a file for a plain key', { token_file: 'f' }],
    ['a file for a list', { codes_file: 'f' }],
  ])('refuses %s', (_name, keys) => {
    const isValid = validate(toFile(keys));

    expect(isValid).toBe(false);
  });
});

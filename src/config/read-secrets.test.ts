import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createMemoryFiles, problemsOf } from '../../test/support/config-vendors.ts';
import { ConfigError } from './config.ts';
import { createFiles } from './files.ts';
import { toJsonSchema } from './json-schema.ts';
import { readSecrets } from './read-secrets.ts';
import { Secret } from './secret.ts';
import { clientSecret, password, secret, serviceAccount } from './settings.ts';

const SERVICE_ACCOUNT = JSON.stringify({ client_email: 'a@b.example', private_key: 'PEM' });

const SCHEMA = toJsonSchema(
  z.strictObject({
    token: secret,
    password,
    client_secret: clientSecret,
    google_service_account: serviceAccount,
    certificate_file: z.string(),
    auth: z.strictObject({ token: secret }),
    labels: z.record(z.string(), z.string()),
    state_map: z.record(z.string(), z.string()),
  }),
);

function read(value: unknown, env: Record<string, string> = {}, texts: Record<string, string> = {}): unknown {
  const sources = { env, files: createMemoryFiles(texts), folder: '/etc' };
  const { value: result, problems } = readSecrets(value, SCHEMA, [], sources);
  expect(problems).toEqual([]);
  return result;
}

describe('a secret', () => {
  it.each([
    ['as it stands', { token: ' s3cret ' }],
    ['from a variable', { token_env: 'TOKEN' }],
    ["from a file beside the config file's", { token_file: 'run/token' }],
    ['from a file elsewhere', { token_file: '/run/token' }],
  ])('can be given %s', (_name, keys) => {
    const result = read({ auth: keys }, { TOKEN: 's3cret' }, { '/etc/run/token': 's3cret\n', '/run/token': 's3cret' });

    const { auth } = result as { auth: Record<string, Secret> };
    expect(Object.keys(auth)).toEqual(['token']);
    expect(auth['token']!.reveal()).toBe('s3cret');
  });

  it('may be a whole key file', () => {
    const result = read({ google_service_account_file: 'key.json' }, {}, { '/etc/key.json': SERVICE_ACCOUNT });

    const { google_service_account: account } = result as { google_service_account: Secret };
    expect(JSON.parse(account.reveal())).toEqual({ client_email: 'a@b.example', private_key: 'PEM' });
  });

  it("leaves keys alone that are the user's own words, and files that are no secrets", () => {
    const plain = { labels: { token: 'x' }, state_map: { api_key_file: 'success' }, certificate_file: 'ca.pem' };

    const result = read(plain);

    expect(result).toEqual(plain);
  });

  it('is read again when its file changes, and says so when it cannot be', () => {
    const folder = mkdtempSync(join(tmpdir(), 'datajobs-'));
    const path = join(folder, 'token');
    writeFileSync(path, 'first');
    const sources = { env: {}, files: createFiles(), folder };
    const { token } = readSecrets({ token_file: 'token' }, SCHEMA, [], sources).value as { token: Secret };

    const before = token.reveal();
    writeFileSync(path, 'second one');
    const after = token.reveal();
    rmSync(folder, { recursive: true });

    expect([before, after]).toEqual(['first', 'second one']);
    expect(() => token.reveal()).toThrow(
      new ConfigError([{ place: path, message: 'the secret cannot be read any more (no such file)' }]),
    );
  });

  it('is refused once its file is empty, rather than sent as nothing', () => {
    const texts = { '/t': 's3cret' };
    const sources = { env: {}, files: createMemoryFiles(texts), folder: '/' };
    const { token } = readSecrets({ token_file: '/t' }, SCHEMA, [], sources).value as { token: Secret };

    texts['/t'] = '\n';

    expect(() => token.reveal()).toThrow(new ConfigError([{ place: '/t', message: 'the secret is empty by now' }]));
  });

  it.each([
    ['"quoted"', 'the secret in the file is in quotes that are part of it; write the bare key, without quotes'],
    [
      'Bearer s3cret',
      'the secret in the file is a whole header rather than a key; write the bare key; the word before it (Bearer, Basic, Token) is added',
    ],
    [
      'old\nnew',
      'the secret in the file is of more than one line, or has control characters; write the bare key alone',
    ],
  ])('is refused once its file holds %j, and taken again when that is put right', (text, message) => {
    const texts = { '/t': 's3cret' };
    const sources = { env: {}, files: createMemoryFiles(texts), folder: '/' };
    const { token } = readSecrets({ token_file: '/t' }, SCHEMA, [], sources).value as { token: Secret };

    texts['/t'] = text;
    const refused = (): string => token.reveal();

    expect(refused).toThrow(new ConfigError([{ place: '/t', message }]));
    texts['/t'] = 'n3w';
    expect(token.reveal()).toBe('n3w');
  });

  it.each([
    'pa$$word',
    'ab$CDE',
    '$2b$10$abcdefghijklmnop',
    'a{{b',
    '<a>b',
    "it's",
    'x"y"',
    'dG9rZW4=',
    'a.b-c_d~e',
    'Token',
    'BearerABC',
    '-----',
    '{a}',
    '%41%42x',
  ])('may be %j', (value) => {
    for (const name of ['token', 'password', 'client_secret']) {
      const { [name]: given } = read({ [name]: value }) as Record<string, Secret>;
      expect(given!.reveal()).toBe(value);
    }
  });

  it.each(['$ecret', 'Token of love', 'pässword with blanks'])('may be %j where it is a password', (value) => {
    const { password: given } = read({ password: value }) as { password: Secret };

    expect(given.reveal()).toBe(value);
  });

  it('is not read again while its file stays the same', () => {
    const reads: string[] = [];
    const files = { read: (path: string) => `${path}${reads.push(path)}`, version: () => 'same' };
    const sources = { env: {}, files, folder: '/' };
    const { token } = readSecrets({ token_file: '/t' }, SCHEMA, [], sources).value as { token: Secret };

    const values = [token.reveal(), token.reveal()];

    expect(values).toEqual(['/t1', '/t1']);
  });

  it('is the same as another of the same source only', () => {
    const sources = { env: { A: 'x', B: 'x' }, files: createMemoryFiles({ '/f': 'x' }), folder: '/' };
    const make = (keys: object) => (readSecrets(keys, SCHEMA, [], sources).value as { token: Secret }).token;
    const forms = [{ token: 'x' }, { token: 'y' }, { token_env: 'A' }, { token_env: 'B' }, { token_file: 'f' }];

    const same = forms.map((one) => forms.map((other) => make(one).isSameAs(make(other))));

    expect(same).toEqual(forms.map((one) => forms.map((other) => one === other)));
    expect(new Secret(() => 'x').isSameAs(new Secret(() => 'x'))).toBe(false);
  });
});

describe('a secret that is wrong is told without it', () => {
  const FILES = { '/etc/empty': ' \n', '/etc/leak': 'pr1vate', '/etc/half.json': '{"client_email":"x"}' };

  it.each([
    [
      'unset',
      '{ token_env: pr1vate }',
      'auth.token_env: the environment variable it names is not set or empty; set it, or use token_file',
    ],
    [
      'empty variable',
      '{ token_env: EMPTY }',
      'auth.token_env: the environment variable it names is not set or empty; set it, or use token_file',
    ],
    [
      'no file',
      '{ token_file: pr1vate }',
      "auth.token_file: the file cannot be read (no such file); relative paths start at the config file's folder",
    ],
    ['empty file', '{ token_file: empty }', 'auth.token_file: the file is empty'],
    ['empty', '{ token: "" }', 'auth.token: is empty'],
    ['nothing', '{ token: }', 'auth.token: is empty'],
    ['a number', '{ token: 12345678 }', 'auth.token: expected text; put it in quotes'],
    ['a list', '{ token: [pr1vate] }', 'auth.token: expected text; put it in quotes'],
    [
      'twice',
      '{ token: pr1vate, token_file: leak }',
      'auth.token_file: the same secret as token; keep one of token, token_file and token_env',
    ],
    [
      'not JSON',
      '{ google_service_account_file: leak }',
      'auth.google_service_account_file: expected the JSON key file of a Google service account, with client_email and private_key',
    ],
    ...(
      [
        [
          '${PR1VATE}',
          'is a reference to a variable, which nothing replaces here; name the variable with token_env, without $ and braces',
        ],
        [
          '$PR1VATE',
          'is a reference to a variable, which nothing replaces here; name the variable with token_env, without $ and braces',
        ],
        [
          '$pr1vate',
          'is a reference to a variable, which nothing replaces here; name the variable with token_env, without $ and braces',
        ],
        ['{{ pr1vate }}', 'is a template that nobody filled in; have it filled in, or use token_file or token_env'],
        ['<pr1vate>', 'is a placeholder; write the bare key alone'],
        ['"pr1vate"', 'is in quotes that are part of it; write the bare key, without quotes'],
        ["'pr1vate'", 'is in quotes that are part of it; write the bare key, without quotes'],
        [
          'Token pr1vate',
          'is a whole header rather than a key; write the bare key; the word before it (Bearer, Basic, Token) is added',
        ],
        [
          'Bearer',
          'is a whole header rather than a key; write the bare key; the word before it (Bearer, Basic, Token) is added',
        ],
        ['pr1vate\npr1vate', 'is of more than one line, or has control characters; write the bare key alone'],
        [
          'pr1vate\u200b',
          'is not a key: it has characters that are not ASCII (copied from a page?); write the bare key alone',
        ],
      ] as const
    ).flatMap(([value, what]): [string, string, string][] => [
      [`${value} as it stands`, `{ token: ${JSON.stringify(value)} }`, `auth.token: ${what}`],
      [`${value} in a variable`, '{ token_env: ODD }', `auth.token_env: the variable's value ${what}`],
      [`${value} in a file`, '{ token_file: odd }', `auth.token_file: the secret in the file ${what}`],
    ]),
    [
      'half a key file',
      '{ google_service_account_file: half.json }',
      'auth.google_service_account_file: expected the JSON key file of a Google service account, with client_email and private_key',
    ],
  ])('%s', (name, auth, expected) => {
    const vendor = auth.includes('google') ? 'umbrella' : 'acme';
    const keys = vendor === 'acme' ? 'account: x' : 'base_url: https://x.example, projects: [{ id: p }]';
    const text = `targets:\n- { name: a, vendor: ${vendor}, ${keys},\n    auth: ${auth} }`;

    const odd = name.replace(/ (?:as it stands|in a variable|in a file)$/, '');
    const problems = problemsOf(text, { EMPTY: ' ', ODD: odd }, { ...FILES, '/etc/odd': `${odd}\n` });

    expect(problems.join('\n')).not.toMatch(/pr1vate|12345678/);
    expect(problems.map((problem) => problem.replace(/^.*targets\[0\]\./, ''))).toEqual([expected]);
  });

  it('nor where it stands under a wrong key, or as a wrong value', () => {
    const keys =
      'base_url: pr1vate, projects: pr1vate, auth: { api_keey: pr1vate, encoding: pr1vate }, max_jobs: pr1vate';

    const problems = problemsOf(`targets: [{ name: a, vendor: umbrella, ${keys} }]`);

    expect(problems.length).toBe(5);
    expect(problems.join('\n')).not.toContain('pr1vate');
  });

  it('nor by the YAML parser', () => {
    const problems = problemsOf('targets: [{ auth: { token: "pr1vate" "pr1vate" } ]');

    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).not.toContain('pr1vate');
  });
});

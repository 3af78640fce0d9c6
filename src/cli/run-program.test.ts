import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runProgram } from './run-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'datajobs-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command line in this process, and tells what it printed. */
async function run(args: readonly string[], env: Record<string, string> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runProgram(args, {
    env,
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    stopSignal: new AbortController().signal,
    onReload: () => undefined,
    version: { version: '1.2.3', revision: 'abc', nodeVersion: '24.0.0' },
  });
  return { code, out: out.join(''), err: err.join('') };
}

function writeConfig(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const TAILER = `targets:
  - name: acme
    vendor: tailer
    account: "000099"
    environment: DEV
    configuration_types: [storage-to-storage, table-to-table]
    expect: [{ job: "*", every: 1d }]
    auth: { token_env: TOKEN }
`;

describe('the command line', () => {
  it('prints its version as other exporters do', async () => {
    const result = await run(['--version']);

    expect(result).toEqual({
      code: 0,
      out: 'datajobs-exporter, version 1.2.3 (revision: abc)\n  node version:     24.0.0\n',
      err: '',
    });
  });

  it.each([[['--help']], [['serve', '--help']], [['demo', '--help']]])('shows every flag for %j', async (args) => {
    const { code, out } = await run(args);

    expect(code).toBe(0);
    const flags = [...out.matchAll(/^ +(--[a-z.-]+)/gm)].map(([, flag]) => flag);
    expect(flags.filter((flag) => flag !== '--speed')).toEqual([
      '--version',
      '--config.file',
      '--web.listen-address',
      '--web.telemetry-path',
      '--web.enable-lifecycle',
      '--web.max-requests',
      '--storage.path',
      '--log.level',
      '--log.format',
    ]);
  });

  it.each([
    [['--web.config.file=x'], "error: unknown option '--web.config.file=x'"],
    [['chek'], "error: unexpected argument 'chek'; did you mean check?"],
    [['check', 'datajobs.yml'], "error: unexpected argument 'datajobs.yml'"],
    [['backfill'], "error: unexpected argument 'backfill'"],
    [['--web.listen-address=9000'], 'Expected an address such as :10876, 127.0.0.1:10876 or [::1]:10876.'],
    [['--web.listen-address=', '--web.listen-address=:1'], 'The empty address turns HTTP off'],
    [['--web.telemetry-path=metrics'], 'Expected a path such as /metrics, outside of /-/ and /api/.'],
    [['--web.telemetry-path=/-/healthy'], 'Expected a path such as /metrics, outside of /-/ and /api/.'],
    [['--web.max-requests=-1'], 'Expected a whole number of 0 or more.'],
    [['--log.level=trace'], 'Allowed choices are debug, info, warn, error.'],
    [['demo', '--speed=0'], 'Expected a number above 0, such as 60.'],
    [['simulate', '--port=70000'], 'Expected a port of at most 65535.'],
    [['--speed=60'], "error: unknown option '--speed=60'"],
  ])('refuses %j', async (args, message) => {
    const { code, out, err } = await run(args);

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(message);
    expect(err).toContain('(see datajobs-exporter --help)');
  });
});

describe('check', () => {
  it.each([
    ['before', (file: string) => [`--config.file=${file}`, 'check']],
    ['after', (file: string) => ['check', '--config.file', file]],
  ])('tells what is configured; flags may stand %s the command', async (_where, toArgs) => {
    const file = writeConfig('good.yml', TAILER);

    const result = await run(toArgs(file), { TOKEN: 's3cret' });

    expect(result).toEqual({
      code: 0,
      out: [
        `${file}: ok, 1 target`,
        '  acme: Tailer at https://tailer-api-nqonovswsq-ew.a.run.app, polled every 1m, 45s at most for a slice, 1 expected to succeed regularly',
        '    scopes: type:storage-to-storage, type:table-to-table',
        '',
      ].join('\n'),
      err: '',
    });
  });

  it('tells every problem and exits 1', async () => {
    const file = writeConfig('bad.yml', TAILER.replace('account:', 'acount:').replace('DEV', ''));

    const result = await run(['check', `--config.file=${file}`]);

    expect(result).toEqual({
      code: 1,
      out: '',
      err: [
        `${file}:4:5: targets[0].acount: unknown key; did you mean account?`,
        `${file}:5:5: targets[0].environment: is empty; expected text`,
        `${file}:8:24: targets[0].auth.token_env: the environment variable it names is not set or empty; set it, or use token_file`,
        '',
      ].join('\n'),
    });
  });
});

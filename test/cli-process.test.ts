import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const start = promisify(execFile);

/** Runs the built program in a process of its own. */
async function run(...args: string[]) {
  const { code, stdout, stderr } = await start(process.execPath, ['dist/main.js', ...args]).then(
    (result) => ({ code: 0, ...result }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  return { code, stdout, stderr };
}

describe('the built program', () => {
  it('prints the version of its package', async () => {
    const { code, stdout } = await run('--version');

    expect(code).toBe(0);
    expect(stdout).toMatch(/^datajobs-exporter, version \d+\.\d+\.\d+ \(revision: \w+\)\n/);
  });

  it('says in one line which Node it needs on an older one', async () => {
    const pretend = `data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '22.1.0' })`;

    const { code, stderr } = await start(process.execPath, ['--import', pretend, 'dist/main.js', '--version']).then(
      () => ({ code: 0, stderr: '' }),
      (error: { code: number; stderr: string }) => error,
    );

    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'datajobs-exporter: needs Node 24 or newer and this is 22.1.0; in a checkout, npx datajobs-exporter brings its own\n',
    });
  });

  it('exits 1 and says what to do without a configuration', async () => {
    const result = await run('check', '--config.file=nowhere.yml');

    expect(result).toEqual({
      code: 1,
      stdout: '',
      stderr: 'nowhere.yml: cannot be read (no such file); name the configuration file with --config.file\n',
    });
  });
});

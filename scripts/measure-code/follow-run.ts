/** Runs a checkout's built program on a simulated vendor and reports which of its code ran. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

/** The folders that a run passes from the vendor's answer to the page; both the present names and those before them. */
const FOLDERS = new Set(['http', 'vendors', 'ledger', 'polling', 'targets', 'engine', 'metrics', 'exposition']);

const Simulated = z.object({ config: z.looseObject({ targets: z.array(z.looseObject({ vendor: z.string() })) }) });
const Coverage = z.object({
  result: z.array(
    z.object({
      url: z.string(),
      functions: z.array(z.object({ ranges: z.array(z.object({ startOffset: z.number(), count: z.number() })) })),
    }),
  ),
});

/**
 * Files of the folders, as paths from `dist`, in which `once` ran any function other than the top level of the module.
 * Code that only starts or ends the program counts as well.
 */
export async function listOpenedFiles(root: string, vendor: string): Promise<readonly string[]> {
  return runOnce(
    root,
    vendor,
    (folder) => ({ NODE_V8_COVERAGE: join(folder, 'coverage') }),
    (folder) => {
      const [name = ''] = readdirSync(join(folder, 'coverage'));
      const { result } = Coverage.parse(JSON.parse(readFileSync(join(folder, 'coverage', name), 'utf8')));
      return result
        .filter(({ functions }) => functions.slice(1).some(({ ranges }) => (ranges[0]?.count ?? 0) > 0))
        .flatMap(({ url }) => folderFile(root, url))
        .sort();
    },
  );
}

/**
 * The frames within the folders, innermost first, that lead to the INSERT of the first run: from the statement out to where
 * the poll starts. Callers that wait for a promise are among them.
 */
export async function listInsertStack(root: string, vendor: string): Promise<readonly string[]> {
  const preload = new URL('record-insert.ts', import.meta.url).href;
  return runOnce(
    root,
    vendor,
    (folder) => ({ NODE_OPTIONS: `--import ${preload}`, INSERT_STACK_FILE: join(folder, 'stack') }),
    (folder) => {
      const lines = readFileSync(join(folder, 'stack'), 'utf8').split('\n');
      return lines.flatMap((line) => {
        const [name, url = ''] = line.split('\t');
        return folderFile(root, url).map((path) => `${name || '(no name)'} in ${path}`);
      });
    },
  );
}

/** The path from `dist` of a file that belongs to the folders; empty for any other. */
function folderFile(root: string, url: string): readonly string[] {
  const dist = pathToFileURL(join(root, 'dist/')).href;
  const path = url.startsWith(dist) ? url.slice(dist.length) : '';
  return FOLDERS.has(path.split('/')[0] ?? '') ? [path] : [];
}

/** Runs `once` on one target of a simulated vendor, and reads what it left in a folder of its own. */
async function runOnce<T>(
  root: string,
  vendor: string,
  toEnv: (folder: string) => Readonly<Record<string, string>>,
  read: (folder: string) => T,
): Promise<T> {
  const program = join(root, 'dist/main.js');
  const folder = mkdtempSync(join(tmpdir(), 'measure-code-'));
  const simulate = spawn(process.execPath, [program, 'simulate'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const { config } = await readSimulated(simulate.stdout);
    const configFile = join(folder, 'datajobs.yml');
    const targets = config.targets.filter((target) => target.vendor === vendor);
    writeFileSync(configFile, JSON.stringify({ ...config, targets }));
    const args = [program, 'once', '--config.file', configFile, '--storage.path', join(folder, 'data')];
    const env = { ...process.env, http_proxy: '', https_proxy: '', ...toEnv(folder) };
    await promisify(execFile)(process.execPath, args, { env, maxBuffer: Infinity });
    return read(folder);
  } finally {
    simulate.kill();
    await once(simulate, 'close');
    rmSync(folder, { recursive: true });
  }
}

/** Reads the output of `simulate`: one object, whose last line is its brace. */
async function readSimulated(stdout: AsyncIterable<Buffer>): Promise<z.output<typeof Simulated>> {
  let text = '';
  for await (const chunk of stdout) {
    text += String(chunk);
    if (text.endsWith('\n}\n')) return Simulated.parse(JSON.parse(text));
  }
  throw new Error(`simulate ended early: ${text}`);
}

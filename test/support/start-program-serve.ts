/** The built program's `serve`, on a configuration and a ledger of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readExposition, type Exposition } from './exposition.ts';
import { type RunningProgram, startProgram } from './start-program.ts';
import { eventually } from './eventually.ts';

/** A folder for one test: its configuration and its ledger. Gone when disposed. */
export interface Workplace extends Disposable {
  readonly folder: string;
  readonly configFile: string;
  readonly storagePath: string;
  /** Writes the configuration; JSON is YAML. */
  configure(config: unknown): void;
}

export function createWorkplace(config?: unknown): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'datajobs-test-'));
  const configFile = join(folder, 'datajobs.yml');
  const configure = (next: unknown): void =>
    writeFileSync(configFile, typeof next === 'string' ? next : JSON.stringify(next, null, 2));
  if (config !== undefined) configure(config);
  return {
    folder,
    configFile,
    configure,
    storagePath: join(folder, 'data'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface RunningServe extends RunningProgram {
  /** Where it listens: `http://127.0.0.1:41001`. */
  origin(): Promise<string>;
  /** Fetches a path of it. */
  get(path: string, options?: RequestInit): Promise<Response>;
  metrics(): Promise<Exposition>;
  /** Waits until the page of metrics says what is asked for, and returns it. */
  metricsOnce(what: string, isSo: (page: Exposition) => boolean): Promise<Exposition>;
}

interface ServeOptions {
  /** 0: any free port. */
  readonly port?: number;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `serve` on a free port of loopback; it may not listen yet when this returns. */
export function startServe({ configFile, storagePath }: Workplace, options: ServeOptions = {}): RunningServe {
  const { port = 0, flags = [], env = {} } = options;
  const args = ['--config.file', configFile, '--storage.path', storagePath];
  const program = startProgram([...args, '--web.listen-address', `127.0.0.1:${port}`, ...flags], env);
  const origin = async (): Promise<string> => {
    const [, address = ''] = await program.printed(/msg=listening address=(\S+)/);
    return `http://${address}`;
  };
  const get = async (path: string, request?: RequestInit): Promise<Response> =>
    fetch(`${await origin()}${path}`, { ...request, signal: AbortSignal.timeout(120_000) });
  const metrics = async (): Promise<Exposition> => readExposition(await (await get('/metrics')).text());
  return {
    ...program,
    origin,
    get,
    metrics,
    metricsOnce: (what, isSo) =>
      eventually(
        async () => {
          if (program.ending() !== null) throw new Error(`the program has ended:\n${program.stderr()}`);
          const page = await metrics();
          return isSo(page) ? page : null;
        },
        { what },
      ),
  };
}

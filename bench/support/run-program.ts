/** Starts the built program as a user would: `npm run build` first. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;
const READY_WITHIN_MS = 60_000;

export interface RunningProgram {
  /** `http://127.0.0.1:…` */
  readonly origin: string;
  /** Milliseconds from the start of the process to the first 200 of `/-/ready`. */
  readonly startTime: number;
  /** Megabytes: now, and at most since the start. */
  memory(): { readonly rss: number; readonly peak: number };
  /** All that it wrote. */
  output(): string;
  stop(): Promise<void>;
}

/** A folder that is removed when the bench ends. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'datajobs-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Starts `serve` with a configuration and waits until it is ready.
 *
 * @param env beside the environment of the bench
 */
export async function startProgram(
  config: object,
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProgram> {
  const port = await freePort();
  const file = join(folder, 'datajobs.yml');
  writeFileSync(file, JSON.stringify(config));
  const started = performance.now();
  const flags = [`--config.file=${file}`, `--storage.path=${folder}`, `--web.listen-address=127.0.0.1:${port}`];
  const running = start([MAIN, 'serve', ...flags], env);
  const origin = `http://127.0.0.1:${port}`;
  await untilReady(origin, running);
  return { ...running, origin, startTime: performance.now() - started };
}

/** Starts the simulated vendors; the configuration is one that reads them. */
export async function startSimulators(): Promise<{
  readonly config: object;
  readonly control: string;
  stop(): Promise<void>;
}> {
  const running = start([MAIN, 'simulate']);
  for (let waited = 0; waited < READY_WITHIN_MS; waited += 50) {
    await setTimeout(50);
    const text = running.output();
    if (!text.trimEnd().endsWith('}')) continue;
    const { config, control } = JSON.parse(text) as { config: object; control: string };
    return { config, control, stop: running.stop };
  }
  throw new Error(`the simulators did not start: ${running.output()}`);
}

function start(
  parameters: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Pick<RunningProgram, 'memory' | 'output' | 'stop'> {
  const child = spawn(process.execPath, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    output: () => Buffer.concat(chunks).toString(),
    memory: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const megabytes = (key: string): number =>
        Math.round(Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024);
      return { rss: megabytes('VmRSS'), peak: megabytes('VmHWM') };
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function untilReady(origin: string, { output }: Pick<RunningProgram, 'output'>): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline) {
    const response = await fetch(`${origin}/-/ready`).catch(() => null);
    await response?.arrayBuffer();
    if (response?.status === 200) return;
    await setTimeout(5);
  }
  throw new Error(`the exporter was not ready in time: ${output()}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

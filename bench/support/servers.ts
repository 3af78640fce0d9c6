/** The servers that are measured, each in a process of its own on loopback. */
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Instrument } from './instruments.ts';

/** Debian's folder of the sources of Go libraries. */
const GOPATH = '/usr/share/gocode';

export interface MeasuredServer {
  readonly url: string;
  /** Processes whose CPU and memory count. */
  readonly pids: () => readonly number[];
  readonly stop: () => Promise<void>;
}

/** Starts one of the scrape servers of bench/scrape-server.ts in its own process. */
export async function startNode(kind: 'ours' | 'prom-client' | 'node', series: number): Promise<MeasuredServer> {
  const child = tie(fork(join(import.meta.dirname, '..', 'scrape-server.ts'), [kind, String(series)]));
  const [port] = (await once(child, 'message')) as [number];
  return { url: `http://127.0.0.1:${port}/metrics`, pids: () => [child.pid ?? 0], stop: () => stopChild(child) };
}

/** Path of Go on this machine; null: it or the sources of client_golang are not installed. */
export function findGo(): string | null {
  return existsSync(join(GOPATH, 'src/github.com/prometheus/client_golang/prometheus/promhttp')) ? find('go') : null;
}

/** Builds bench/promhttp and starts it with these instruments. */
export async function startPromhttp(go: string, instruments: readonly Instrument[]): Promise<MeasuredServer> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-promhttp-'));
  try {
    const program = join(directory, 'promhttp');
    const source = join(import.meta.dirname, '..', 'promhttp', 'main.go');
    execFileSync(go, ['build', '-o', program, source], {
      env: { ...process.env, GOPATH, GO111MODULE: 'off' },
      stdio: 'inherit',
    });
    const child = tie(spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] }));
    child.stdin.end(JSON.stringify(instruments));
    const failed = once(child, 'exit').then(() => Promise.reject(new Error('promhttp ended before it listened')));
    const [line] = (await Promise.race([once(child.stdout, 'data'), failed])) as [Buffer];
    const url = `http://127.0.0.1:${Number(line.toString())}/metrics`;
    return { url, pids: () => [child.pid ?? 0], stop: () => stopChild(child) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Path of nginx on this machine; null: not installed. */
export function findNginx(): string | null {
  return find('nginx');
}

/** Starts nginx with a page as a static file, and compressed beside it (`gzip_static`). */
export async function startNginx(program: string, page: Buffer): Promise<MeasuredServer> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-nginx-'));
  const port = await freePort();
  mkdirSync(join(directory, 'html'));
  writeFileSync(join(directory, 'html', 'metrics'), page);
  writeFileSync(join(directory, 'html', 'metrics.gz'), gzipSync(page, { level: 1 }));
  writeFileSync(
    join(directory, 'nginx.conf'),
    `daemon off; worker_processes 1; user root; pid ${directory}/nginx.pid; error_log ${directory}/error.log;
events {}
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type text/plain;
  client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy; fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi; scgi_temp_path ${directory}/scgi;
  server { listen 127.0.0.1:${port}; root ${directory}/html; location / { gzip_static on; } }
}`,
  );
  const child = tie(spawn(program, ['-c', join(directory, 'nginx.conf'), '-p', directory], { stdio: 'ignore' }));
  const url = `http://127.0.0.1:${port}/metrics`;
  while (!(await fetch(url, { method: 'HEAD' }).catch(() => null))?.ok) {
    if (child.exitCode !== null) throw new Error(readFileSync(join(directory, 'error.log'), 'utf8'));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url,
    pids: () => [child.pid ?? 0, ...childrenOf(child.pid ?? 0)],
    stop: async () => {
      await stopChild(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function find(program: string): string | null {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return directories.map((directory) => join(directory, program)).find((path) => existsSync(path)) ?? null;
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

/** Ends a child with this process, also where that fails. */
function tie<Child extends ChildProcess>(child: Child): Child {
  const end = (): boolean => child.kill();
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}

async function stopChild(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/**
 * Cost of an OTLP push: to a receiver that does nothing, and to a real VictoriaMetrics. `node bench/otlp.ts [rounds]`
 *
 * Each case is a process of its own (bench/otlp-pusher.ts), in turns; rounds after the first are to be read as spread.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fetchMonitoringTools } from '../test/support/monitoring-tools.ts';
import type { PusherReport } from './otlp-pusher.ts';
import { writeTable } from './support/write-table.ts';

/** Of a job of bench/support/many-jobs.ts: a histogram is one point, and 15 series. */
const POINTS_PER_JOB = 11;
const SERIES_PER_JOB = 25;
const run = promisify(execFile);

interface Case {
  readonly points: number;
  readonly receiver: 'null' | 'VictoriaMetrics';
  readonly variables: Readonly<Record<string, string>>;
}

const CASES: readonly Case[] = [10_000, 100_000].flatMap((points): readonly Case[] => [
  { points, receiver: 'null', variables: {} },
  { points, receiver: 'null', variables: { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' } },
  { points, receiver: 'null', variables: { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' } },
  { points, receiver: 'null', variables: { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta' } },
  { points, receiver: 'VictoriaMetrics', variables: {} },
  { points, receiver: 'VictoriaMetrics', variables: { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' } },
]);

/** Takes everything and keeps nothing. */
const nullReceiver = createServer((request, response) => {
  request.resume().on('end', () => response.end());
});
await new Promise<void>((resolve) => nullReceiver.listen(0, '127.0.0.1', resolve));
const nullPort = (nullReceiver.address() as AddressInfo).port;

const { victoriaMetrics } = await fetchMonitoringTools();
const folder = mkdtempSync(join(tmpdir(), 'bench-otlp-'));
const probe = createServer();
await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
const databasePort = (probe.address() as AddressInfo).port;
await new Promise((resolve) => probe.close(resolve));
const database = spawn(
  victoriaMetrics,
  [
    `-httpListenAddr=127.0.0.1:${databasePort}`,
    `-storageDataPath=${folder}`,
    '-opentelemetry.usePrometheusNaming',
    '-loggerLevel=ERROR',
  ],
  { stdio: 'ignore' },
);
while (!(await fetch(`http://127.0.0.1:${databasePort}/health`).catch(() => null))?.ok) await pause(100);

const ENDPOINTS = {
  null: `http://127.0.0.1:${nullPort}`,
  VictoriaMetrics: `http://127.0.0.1:${databasePort}/opentelemetry`,
};

async function measure({ points, receiver, variables }: Case): Promise<PusherReport> {
  const series = String((points / POINTS_PER_JOB) * SERIES_PER_JOB);
  const pairs = Object.entries({ ...variables, OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINTS[receiver] });
  const pusher = join(import.meta.dirname, 'otlp-pusher.ts');
  const { stdout } = await run(process.execPath, [pusher, series, ...pairs.map(([name, value]) => `${name}=${value}`)]);
  return JSON.parse(stdout) as PusherReport;
}

try {
  const rounds = Number(process.argv[2] ?? 1);
  for (let round = 1; round <= rounds; round += 1) {
    const rows: Record<string, string | number>[] = [];
    for (const one of CASES) {
      const { points, first, later, startMegabytes, peakMegabytes } = await measure(one);
      rows.push({
        points,
        receiver: one.receiver,
        what: Object.values(one.variables).join(' ') || 'http/protobuf',
        'first ms': first.wallMs.toFixed(0),
        'push ms': later.wallMs.toFixed(0),
        'CPU ms': later.cpuMs.toFixed(0),
        'most CPU in a turn: first, ms': first.turnCpuMs.toFixed(1),
        'then, ms': later.turnCpuMs.toFixed(1),
        'longest turn: first, ms': first.longestTurn.wall.toFixed(1),
        'of which waiting for a core': first.longestTurn.waited.toFixed(1),
        'longest turn: then, ms': later.longestTurn.wall.toFixed(1),
        'of it waiting for a core': later.longestTurn.waited.toFixed(1),
        'neither, at most, ms': Math.max(first.turnSleptMs, later.turnSleptMs).toFixed(1),
        'RSS before, MB': startMegabytes.toFixed(0),
        'peak RSS, MB': peakMegabytes.toFixed(0),
      });
    }
    writeTable(`OTLP push, round ${round}`, rows);
  }
} finally {
  nullReceiver.close();
  nullReceiver.closeAllConnections();
  database.kill();
  rmSync(folder, { recursive: true, force: true });
}

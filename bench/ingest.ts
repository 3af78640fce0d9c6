/**
 * Speed at which newly finished runs are reconciled, tallied and durably committed, longest block of the event loop, and
 * that a poll in which nothing changed writes nothing. Beside it, what SQLite alone takes for the same ids.
 * `node bench/ingest.ts [rounds]`
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { unixSeconds } from '../src/model/time.ts';
import { createBenchTarget } from './support/bench-target.ts';
import { createRun } from './support/many-runs.ts';
import { median } from './support/median.ts';
import { writeTable } from './support/write-table.ts';

const RUNS = 100_000;
const START = unixSeconds(1_795_000_000);
const rounds = Number(process.argv[2] ?? 3);
const runs = Array.from({ length: RUNS }, (_, index) => createRun(index, START, 2));

interface Measured {
  readonly runsPerSecond: number;
  /** Microseconds of the main thread. */
  readonly cpuPerRun: number;
  readonly longestBlock: number;
  readonly quietPoll: number;
  readonly quietCommits: number;
  readonly isUnwritten: boolean;
}

async function ingest(perSlice: number): Promise<Measured> {
  let isBegun = false;
  const target = await createBenchTarget({
    capabilities: { windowed: false },
    now: START,
    slices: (window) =>
      isBegun
        ? Array.from({ length: RUNS / perSlice }, (_, index) => ({ ...window, part: String(index) }))
        : [{ ...window, part: null }],
    answer: ({ part }) => (part === null ? [] : runs.slice(Number(part) * perSlice, (Number(part) + 1) * perSlice)),
  });
  await target.poll();
  isBegun = true;
  target.clock.set(unixSeconds(START + 80_000));

  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await setTimeout(20);
  delay.reset();
  await setTimeout(20);
  const started = performance.now();
  const cpuStarted = process.threadCpuUsage();
  await target.poll();
  const cpu = process.threadCpuUsage(cpuStarted);
  const elapsed = performance.now() - started;
  await setTimeout(20);
  delay.disable();

  const commits = target.commits();
  const before = [target.file, `${target.file}-wal`].map((file) => statSync(file));
  const quietStarted = performance.now();
  await target.poll();
  const quietPoll = performance.now() - quietStarted;
  const after = [target.file, `${target.file}-wal`].map((file) => statSync(file));
  const isUnwritten = before.every(
    ({ size, mtimeMs }, at) => size === after[at]?.size && mtimeMs === after[at].mtimeMs,
  );
  const quietCommits = target.commits() - commits;
  await target.close();
  return {
    runsPerSecond: (RUNS / elapsed) * 1000,
    cpuPerRun: (cpu.user + cpu.system) / RUNS,
    longestBlock: delay.max / 1e6,
    quietPoll,
    quietCommits,
    isUnwritten,
  };
}

/** Ids and counters alone, as durable, in as large transactions: the floor. */
function insertAlone(perTransaction: number): { readonly perSecond: number; readonly cpu: number } {
  const folder = mkdtempSync(join(tmpdir(), 'datajobs-bench-'));
  const database = new DatabaseSync(join(folder, 'floor.db'));
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL');
  database.exec('CREATE TABLE runs (id TEXT PRIMARY KEY, ended REAL) STRICT, WITHOUT ROWID');
  const insert = database.prepare('INSERT INTO runs (id, ended) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const started = performance.now();
  const cpuStarted = process.threadCpuUsage();
  for (let at = 0; at < RUNS; at += perTransaction) {
    database.exec('BEGIN IMMEDIATE');
    for (const run of runs.slice(at, at + perTransaction)) insert.run(run.id, run.endedAt);
    database.exec('COMMIT');
  }
  const elapsed = performance.now() - started;
  const cpu = process.threadCpuUsage(cpuStarted);
  database.close();
  rmSync(folder, { recursive: true });
  return { perSecond: (RUNS / elapsed) * 1000, cpu: (cpu.user + cpu.system) / RUNS };
}

const rows = [];
for (const perSlice of [10_000, 1000]) {
  const measured: Measured[] = [];
  const floor: ReturnType<typeof insertAlone>[] = [];
  for (let round = 0; round < rounds; round++) {
    measured.push(await ingest(perSlice));
    floor.push(insertAlone(perSlice));
  }
  const of = (key: 'runsPerSecond' | 'cpuPerRun' | 'longestBlock' | 'quietPoll'): number =>
    median(measured.map((m) => m[key]));
  rows.push({
    'runs a slice': perSlice,
    'runs/s, reconciled and durable': Math.round(of('runsPerSecond')),
    'ids/s, SQLite alone': Math.round(median(floor.map(({ perSecond }) => perSecond))),
    'CPU, us a run': of('cpuPerRun').toFixed(1),
    alone: median(floor.map(({ cpu }) => cpu)).toFixed(1),
    'longest block, ms': of('longestBlock').toFixed(1),
    'quiet poll of all, ms': Math.round(of('quietPoll')),
    'its commits': Math.max(...measured.map(({ quietCommits }) => quietCommits)),
    'files untouched by it': measured.every(({ isUnwritten }) => isUnwritten) ? 'yes' : 'no',
  });
}
writeTable(`${RUNS} newly finished runs of 200 jobs`, rows);

/**
 * Requests of a poll, by vendor: on start, in a quiet poll, and in each of a quarter of an hour with its live and newly
 * finished runs. Through the simulators, whose clock stands still but for where it is moved. `node bench/requests.ts`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createFiles } from '../src/config/files.ts';
import { parseConfig } from '../src/config/load-config.ts';
import { openSqliteLedger } from '../src/ledger/sqlite/sqlite-ledger.ts';
import { createClock } from '../src/model/clock.ts';
import { HOUR, MINUTE, seconds } from '../src/model/time.ts';
import { createEngine } from '../src/engine/engine.ts';
import { createControlledClock } from '../src/simulator/controlled-clock.ts';
import { createCompanyWorld } from '../src/simulator/create-company-world.ts';
import { startSimulators } from '../src/simulator/start-simulators.ts';
import { VENDORS } from '../src/vendors/registry.ts';
import { writeTable } from './support/write-table.ts';

type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

const clock = createControlledClock(createClock());
clock.freeze();
const world = createCompanyWorld({ clock });
const vendors = VENDORS.map(({ id }) => id);
const simulators = await startSimulators({ world, vendors, clock });
const folder = mkdtempSync(join(tmpdir(), 'datajobs-bench-'));
const ledger = openSqliteLedger(join(folder, 'datajobs.db'), clock);
const engine = await createEngine({
  config: parseConfig(JSON.stringify({ ...simulators.config, poll_interval: '1m' }), 'bench', {
    vendors: VENDORS,
    env: {},
    files: createFiles(),
  }),
  vendors: VENDORS,
  ledger,
  clock,
  logger: pino({ level: 'warn' }),
  build: { version: 'bench', revision: 'bench', nodeVersion: process.versions.node },
  readers: { scrapes: true, pushes: false },
  otlp: () => null,
});

/** Requests of a poll, by vendor. */
async function poll(): Promise<Counts> {
  await fetch(`${simulators.control}/requests`, { method: 'DELETE' });
  await engine.pollOnce();
  return (await (await fetch(`${simulators.control}/requests`)).json()) as Counts;
}

function total(counts: Counts, vendor: string): number {
  return Object.values(counts[vendor] ?? {}).reduce((sum, count) => sum + count, 0);
}

/** All requests, and what they were, the most first. */
function show(counts: Counts, vendor: string): string {
  const kinds = Object.entries(counts[vendor] ?? {}).sort(([, a], [, b]) => b - a);
  const named = kinds.map(([kind, count]) => `${count} ${kind.split('/').slice(-2).join('/')}`);
  return `${total(counts, vendor)} (${named.join(', ')})`;
}

/** Polls until no detail is pending. */
async function settle(): Promise<void> {
  const isPending = (): boolean =>
    [...engine.targets.values()].some(({ target }) => target.state.pendingDetails.size > 0);
  for (let polls = 0; polls < 20 && (polls === 0 || isPending()); polls++) await poll();
}

/** A poll a minute for a quarter of an hour, what each asked for and how many runs of each vendor ended meanwhile. */
async function pollQuarter(): Promise<{
  readonly polls: readonly Counts[];
  readonly ended: ReadonlyMap<string, number>;
}> {
  const from = clock.now();
  const polls: Counts[] = [];
  for (let minute = 1; minute <= 15; minute++) {
    clock.advance(MINUTE);
    polls.push(await poll());
  }
  const ended = new Map(vendors.map((vendor) => [vendor, 0]));
  for (const run of world.truth({ from, to: clock.now() }).runs)
    ended.set(run.vendor, (ended.get(run.vendor) ?? 0) + run.runs);
  return { polls, ended };
}

const start = await poll();
await settle();
const quiet = await poll();
const { polls, ended } = await pollQuarter();
await settle();
clock.advance(seconds(2 * HOUR));
await settle();
const later = await poll();

writeTable(
  'Requests of a poll',
  vendors.map((vendor) => {
    const running = [...engine.targets.values()].find(({ target }) => target.config().vendor === vendor);
    const quarter = polls.reduce((sum, counts) => sum + total(counts, vendor), 0);
    return {
      vendor,
      'on start': show(start, vendor),
      quiet: show(quiet, vendor),
      'live runs then': running?.target.state.live.size ?? 0,
      'each minute of a quarter of an hour': polls.map((counts) => total(counts, vendor)).join(' '),
      'all of it (runs that ended)': `${quarter} for ${ended.get(vendor) ?? 0}`,
      'quiet, 2 hours of history later': show(later, vendor),
    };
  }),
);
await engine.stop();
await ledger.close();
await simulators.close();
rmSync(folder, { recursive: true, force: true });

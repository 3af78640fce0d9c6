/** Pushes many series to a receiver in a process of its own, for bench/otlp.ts; prints what it cost as JSON. */
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { pino } from 'pino';
import { HEAP_FLAGS } from '../src/cli/heap-flags.ts';
import { createClock } from '../src/model/clock.ts';
import { NO_PROXIES } from '../src/model/proxies.ts';
import { seconds } from '../src/model/time.ts';
import { loadOtlpSettings } from '../src/otlp/settings.ts';
import { startOtlp } from '../src/otlp/start-otlp.ts';
import { otlpConfig } from '../test/support/otlp/otlp-config.ts';
import { createManyJobs } from './support/many-jobs.ts';
import { median } from './support/median.ts';
import { type Turn, watchTurns } from './support/watch-turns.ts';

/** Cost of one push or of several. */
export interface PushCost {
  /** From asking for it until it was taken; of several pushes the median, as of CPU. */
  readonly wallMs: number;
  /** Of the whole process. */
  readonly cpuMs: number;
  /** The longest in wall time. */
  readonly longestTurn: Turn;
  /** Most CPU that the main thread used in a turn. */
  readonly turnCpuMs: number;
  /** Most of a turn that is neither CPU nor waiting for a core. */
  readonly turnSleptMs: number;
}

export interface PusherReport {
  readonly points: number;
  readonly first: PushCost;
  readonly later: PushCost;
  /** Resident memory once the jobs are there and nothing was pushed, and at its highest. */
  readonly startMegabytes: number;
  readonly peakMegabytes: number;
}

const LATER_PUSHES = 7;
const PAUSE_MS = 5;

for (const flag of HEAP_FLAGS) setFlagsFromString(flag);
const [series = '25000', ...variables] = process.argv.slice(2);
const jobs = createManyJobs(Number(series));
const env = Object.fromEntries(variables.map((pair) => pair.split(/=(.*)/s))) as Readonly<Record<string, string>>;
const settings = loadOtlpSettings({ otlp: otlpConfig(), proxies: NO_PROXIES }, env, (warning) => {
  throw new Error(warning);
});
if (settings === null) throw new Error('nothing is pushed with these variables');
const startMegabytes = process.memoryUsage.rss() / 1e6;
const push = await startOtlp({
  settings,
  source: jobs,
  clock: createClock(),
  logger: pino({ level: 'warn' }, pino.destination(2)),
  service: { version: 'bench', instanceId: 'bench' },
  changed: () => {},
});

async function measurePushes(count: number): Promise<PushCost> {
  const wall: number[] = [];
  const cpu: number[] = [];
  const endWatch = watchTurns();
  for (let index = 0; index < count; index += 1) {
    const before = process.cpuUsage();
    const start = performance.now();
    await push.flush();
    wall.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
    // The push's last turn ends here, and making other jobs is no turn of a push.
    await pause(PAUSE_MS);
    jobs.change(100);
    await pause(PAUSE_MS);
  }
  const turns = endWatch();
  return {
    wallMs: median(wall),
    cpuMs: median(cpu),
    longestTurn: turns.reduce((longest, turn) => (turn.wall > longest.wall ? turn : longest)),
    turnCpuMs: Math.max(...turns.map((turn) => turn.cpu)),
    turnSleptMs: Math.max(...turns.map((turn) => turn.wall - turn.cpu - turn.waited)),
  };
}

const first = await measurePushes(1);
const later = await measurePushes(LATER_PUSHES);
const { lastPushPoints, exports } = push.status();
if (exports.get('ok') !== 1 + LATER_PUSHES) throw new Error('a push failed');
const report: PusherReport = {
  points: lastPushPoints ?? 0,
  first,
  later,
  startMegabytes,
  peakMegabytes: (process.resourceUsage().maxRSS * 1024) / 1e6,
};
await push.stop(seconds(5));
process.stdout.write(JSON.stringify(report));

/** Pushes many series to a receiver in a process of its own, for bench/otlp.ts; prints what it cost as JSON. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { createClock } from '../src/model/clock.ts';
import { seconds } from '../src/model/time.ts';
import { loadOtlpSettings } from '../src/otlp/settings.ts';
import { startOtlp } from '../src/otlp/start-otlp.ts';
import { otlpConfig } from '../test/support/otlp/otlp-config.ts';
import { createManyJobs } from './support/many-jobs.ts';
import { quantile } from './support/measure.ts';

/** What a push cost. */
export interface PushCost {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Longest time that the event loop was kept: by our own work, and by whoever else wants the machine's cores. */
  readonly stallMs: number;
  /** Longest stretch of the main thread's own CPU time between two turns of the event loop; null: not watched. */
  readonly turnMs: number | null;
}

export interface PusherReport {
  readonly points: number;
  readonly first: PushCost;
  /** Medians of the pushes after the first; of stalls the longest. */
  readonly later: PushCost;
  /** Resident memory once the jobs are there and nothing was pushed, and at its highest. */
  readonly startMegabytes: number;
  readonly peakMegabytes: number;
}

const LATER_PUSHES = 7;
/** The histogram's resolution; what it records above it is a stall. */
const RESOLUTION_MS = 1;

/** `turns` watches every turn of the event loop, which keeps a core busy: times and CPU are then of no use. */
const [watch = 'cost', series = '25000', ...variables] = process.argv.slice(2);
const jobs = createManyJobs(Number(series));
const settings = loadOtlpSettings(otlpConfig(), Object.fromEntries(variables.map((pair) => pair.split(/=(.*)/s))));
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

/** Turns the event loop as fast as it goes; returns what ends that and gives the longest turn in milliseconds. */
function watchTurns(): () => number {
  let longest = 0;
  let last = process.threadCpuUsage();
  let immediate = setImmediate(function turn() {
    const { user, system } = process.threadCpuUsage(last);
    last = process.threadCpuUsage();
    longest = Math.max(longest, (user + system) / 1000);
    immediate = setImmediate(turn);
  });
  return () => {
    clearImmediate(immediate);
    return longest;
  };
}

async function measurePush(): Promise<PushCost> {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  const stopWatching = watch === 'turns' ? watchTurns() : null;
  const cpu = process.cpuUsage();
  const start = performance.now();
  await push.flush();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  await pause(2 * RESOLUTION_MS);
  delays.disable();
  return { wallMs, cpuMs: (user + system) / 1000, stallMs: delays.max / 1e6, turnMs: stopWatching?.() ?? null };
}

const first = await measurePush();
const later: PushCost[] = [];
for (let index = 0; index < LATER_PUSHES; index += 1) {
  jobs.change(100);
  later.push(await measurePush());
}
const { lastPushPoints, exports } = push.status();
if (exports.get('ok') !== 1 + LATER_PUSHES) throw new Error('a push failed');
const report: PusherReport = {
  points: lastPushPoints ?? 0,
  first,
  later: {
    wallMs: quantile(
      later.map(({ wallMs }) => wallMs),
      0.5,
    ),
    cpuMs: quantile(
      later.map(({ cpuMs }) => cpuMs),
      0.5,
    ),
    stallMs: Math.max(...later.map(({ stallMs }) => stallMs)),
    turnMs: watch === 'turns' ? Math.max(...later.map(({ turnMs }) => turnMs ?? 0)) : null,
  },
  startMegabytes,
  peakMegabytes: process.resourceUsage().maxRSS / 1000,
};
await push.stop(seconds(5));
process.stdout.write(JSON.stringify(report));

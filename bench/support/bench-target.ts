import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { createFiles } from '../../src/config/files.ts';
import { parseConfig } from '../../src/config/load-config.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite/sqlite-ledger.ts';
import { createReaders } from '../../src/metrics/readers.ts';
import type { Clock } from '../../src/model/clock.ts';
import type { Run } from '../../src/model/run.ts';
import { seconds, type UnixSeconds, unixSeconds } from '../../src/model/time.ts';
import { createFailureLog } from '../../src/polling/failure-log.ts';
import type { PollContext } from '../../src/polling/poll-context.ts';
import { pollTarget } from '../../src/polling/poll-target.ts';
import { createTarget } from '../../src/targets/target.ts';
import { createRoundRobin } from '../../src/polling/round-robin.ts';
import { createVendorClock } from '../../src/polling/vendor-clock.ts';
import { VENDORS } from '../../src/vendors/registry.ts';
import type { Capabilities, Slice, VendorClient, Window } from '../../src/vendors/vendor.ts';

const CONFIG = {
  targets: [
    {
      name: 'bench',
      vendor: 'snowplow',
      organization_id: '5a2d9c1e-7b34-4f60-8e21-0c9f6d1b7a48',
      auth: { api_key_id: 'bench', api_key: 'bench' },
    },
  ],
};

export interface BenchTarget {
  /** File of the ledger, on disk. */
  readonly file: string;
  readonly clock: Clock & { set(now: UnixSeconds): void };
  /** Transactions so far. */
  commits(): number;
  /** Polls once. @throws Error when the poll failed */
  poll(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A target over a durable ledger on disk, whose vendor answers at once from memory: what a poll costs beside requests.
 *
 * @param answer runs of a slice
 * @param slices how a window is asked for; as one slice where absent
 */
export async function createBenchTarget(options: {
  readonly capabilities: Partial<Capabilities>;
  readonly now: UnixSeconds;
  readonly answer: (slice: Slice) => readonly Run[];
  readonly slices?: (window: Window) => readonly Slice[];
}): Promise<BenchTarget> {
  const folder = mkdtempSync(join(tmpdir(), 'datajobs-bench-'));
  const file = join(folder, 'datajobs.db');
  let now = options.now;
  const clock = {
    now: () => now,
    monotonic: () => seconds(now),
    sleep: () => Promise.resolve(),
    set: (next: UnixSeconds) => {
      now = next;
    },
  };
  const ledger = openSqliteLedger(file, clock);
  const { targets, durationBuckets } = parseConfig(JSON.stringify(CONFIG), 'bench', {
    vendors: VENDORS,
    env: {},
    files: createFiles(),
  });
  const config = targets[0];
  const snowplow = VENDORS[0]?.capabilities;
  if (config === undefined || snowplow === undefined) throw new Error('the bench has no target');
  const handle = await ledger.open({ id: 'bench', previousIds: [], fingerprint: 'bench', reset: false });
  if (handle === null) throw new Error('another process holds the target of the bench');
  const target = createTarget({
    config,
    capabilities: { ...snowplow, finishedDetails: [], liveDetails: [], ...options.capabilities },
    ledger: handle,
    bounds: durationBuckets,
    hold: {
      window: config.pollInterval,
      readers: createReaders({ scrapes: true, pushes: false, startedAt: seconds(now) }),
    },
    clock,
    shownRunId: (id) => id,
    changed: () => {},
    nextGeneration: () => 1,
  });
  await target.begin();
  const client: VendorClient = {
    scopes: [{ key: 'account' }],
    slices: (_scope, window) => options.slices?.(window) ?? [{ ...window, part: null }],
    split: () => [],
    poll: async ({ slice }) => {
      // As a request would: the event loop turns between two slices.
      await setImmediate();
      return { runs: options.answer(slice), rejected: [], truncated: false, vendorTime: unixSeconds(now) };
    },
    run: () => Promise.resolve('gone'),
    details: () => Promise.resolve('gone'),
  };
  const context: PollContext = {
    client,
    target,
    clock: createVendorClock(clock, () => {}),
    signal: new AbortController().signal,
    rounds: new Map(),
    unresolved: new Set(),
    failures: createFailureLog(pino({ level: 'silent' }), clock),
    roundRobin: { scopes: createRoundRobin(), lookUps: createRoundRobin(), liveDetails: createRoundRobin() },
  };
  return {
    file,
    clock,
    commits: () => ledger.commits.get('ok') ?? 0,
    poll: async () => {
      const { error } = await pollTarget(context);
      if (error !== null) throw error;
    },
    close: async () => {
      await ledger.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

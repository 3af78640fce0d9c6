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
import { createTargetKeeper } from '../../src/polling/target-keeper.ts';
import { createTurns } from '../../src/polling/turns.ts';
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
  let commits = 0;
  const ledger = openSqliteLedger(file, now);
  const counting = {
    ...ledger,
    commit: async (...parameters: Parameters<typeof ledger.commit>) => {
      commits += 1;
      await ledger.commit(...parameters);
    },
  };
  const { targets, durationBuckets } = parseConfig(JSON.stringify(CONFIG), 'bench', {
    vendors: VENDORS,
    env: {},
    files: createFiles(),
  });
  const config = targets[0];
  const snowplow = VENDORS[0]?.capabilities;
  if (config === undefined || snowplow === undefined) throw new Error('the bench has no target');
  const keeper = createTargetKeeper({
    config,
    capabilities: { ...snowplow, finishedDetails: [], liveDetails: [], ...options.capabilities },
    ledger: counting,
    state: await ledger.open({ id: 'bench', previousIds: [], fingerprint: 'bench', reset: false }),
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
  await keeper.begin();
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
  const logger = pino({ level: 'silent' });
  const context: PollContext = {
    client,
    keeper,
    ledger: counting,
    clock: createVendorClock(clock, () => {}),
    logger,
    signal: new AbortController().signal,
    rounds: new Map(),
    doubted: new Set(),
    failures: createFailureLog(logger, clock),
    turns: { scopes: createTurns(), lookUps: createTurns(), liveDetails: createTurns() },
  };
  return {
    file,
    clock,
    commits: () => commits,
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

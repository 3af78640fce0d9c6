/** The engine over a ledger file and a scripted vendor, that can be killed and started again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import type { Config } from '../../src/config/config.ts';
import { createLedger } from '../../src/ledger/create-ledger.ts';
import type { LedgerStorage } from '../../src/ledger/storage.ts';
import type { TargetState } from '../../src/ledger/target-state.ts';
import { copySqliteLedger } from '../../src/ledger/sqlite/copy-ledger.ts';
import { openSqliteStorage } from '../../src/ledger/sqlite/sqlite-storage.ts';
import { METRICS } from '../../src/metrics/catalogue.ts';
import type { Metric } from '../../src/metrics/metric.ts';
import type { Snapshot } from '../../src/metrics/samples.ts';
import type { Seconds } from '../../src/model/time.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { RunningTarget } from '../../src/engine/running-target.ts';
import type { Vendor } from '../../src/vendors/vendor.ts';
import { aConfig } from './builders.ts';
import { createSettableClock, type SettableClock } from './manual-clock.ts';
import { createScriptedVendor, type Script, type ScriptedVendor } from './scripted-vendor.ts';

export interface StartEngineOptions {
  /** Answers of the vendor. */
  readonly script?: Partial<Script>;
  /** A vendor with a client of its own, instead of the one whose answers are scripted. */
  readonly vendor?: Vendor;
  readonly config?: Partial<Config>;
  readonly readers?: { readonly scrapes: boolean; readonly pushes: boolean };
  /** Wraps the ledger's storage, to look at what is written or to let it fail. */
  readonly storage?: (storage: LedgerStorage) => LedgerStorage;
  /** Takes in what is logged; nowhere unless said. */
  readonly logger?: Logger;
}

export interface TestEngine extends Disposable {
  readonly vendor: ScriptedVendor;
  readonly script: Script;
  readonly clock: SettableClock;
  readonly file: string;
  engine(): Engine;
  target(): RunningTarget;
  /** Polls `acme` once. */
  poll(): Promise<void>;
  /** Starts an engine that works on `acme`, and waits until nothing is left to do. */
  start(): Promise<void>;
  /** Lets time pass for an engine that was started, and waits until it has done all that is due; it then works on `acme`. */
  pass(duration: Seconds | number): Promise<void>;
  /** The state of `acme` in memory. */
  state(): TargetState;
  /** The state of `acme` that a process would load which started now. */
  stored(): Promise<TargetState>;
  /** Samples of a metric as they are shown, by their own labels and the job's name: `nightly success`. */
  shown(metric: keyof typeof METRICS): Readonly<Record<string, number>>;
  /** Answers a scrape, and returns the samples of a metric as `shown` does. */
  scrape(metric: keyof typeof METRICS): Readonly<Record<string, number>>;
  /** Ends the process at once and starts another, with another configuration where it is given. */
  kill(config?: Partial<Config>): Promise<void>;
  /** Ends the process in order and starts another. */
  restart(config?: Partial<Config>): Promise<void>;
}

/** Starts `acme`; nothing is polled yet. */
export async function startEngine(options: StartEngineOptions = {}): Promise<TestEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'datajobs-test-'));
  const file = join(folder, 'ledger.db');
  const vendor = createScriptedVendor(options.script);
  const clock = createSettableClock();
  let config = aConfig(options.config);
  let storage: LedgerStorage;
  let engine: Engine;
  const begin = async (): Promise<void> => {
    storage = openSqliteStorage(file, clock.now());
    engine = await createEngine({
      config,
      vendors: [options.vendor ?? vendor.vendor],
      ledger: createLedger(options.storage?.(storage) ?? storage, clock),
      clock,
      logger: options.logger ?? pino({ level: 'silent' }),
      build: { version: '0', revision: '', nodeVersion: '' },
      readers: options.readers ?? { scrapes: true, pushes: false },
      otlp: () => null,
    });
  };
  await begin();
  const target = (): RunningTarget => engine.targets.get('acme')!;
  const kill = async (changes: Partial<Config> = {}): Promise<void> => {
    await storage.close();
    config = { ...config, ...changes };
    await begin();
  };
  return {
    vendor,
    script: vendor.script,
    clock,
    file,
    engine: () => engine,
    target,
    poll: () => engine.pollOnce(),
    start: () => {
      engine.start();
      return clock.asleep(LOOPS);
    },
    pass: (duration) => {
      clock.advance(duration);
      return clock.asleep(LOOPS);
    },
    state: () => target().target.state as TargetState,
    stored: async () => {
      // A copy: whoever opens the ledger itself becomes its writer.
      const ledger = await copySqliteLedger(file, clock);
      try {
        const handle = await ledger.open({ id: 'acme', previousIds: [], fingerprint: FINGERPRINT, reset: false });
        return handle!.state as TargetState;
      } finally {
        await ledger.close();
      }
    },
    shown: (metric) => samplesOf(engine.source.current(), METRICS[metric]),
    scrape: (metric) => {
      const snapshot = engine.source.current();
      engine.source.scraped(snapshot, PROMETHEUS);
      return samplesOf(snapshot, METRICS[metric]);
    },
    kill,
    restart: async (changes) => {
      await engine.stop();
      await kill(changes);
    },
    [Symbol.dispose]: () => {
      void storage.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The poller of `acme`, and what the engine repeats for holds and for standby targets: all sleep when nothing is due. */
const LOOPS = 3;

/** The reader that scrapes unless a test says otherwise. */
export const PROMETHEUS = { id: 'prometheus', isScraper: true };

const FINGERPRINT = 'scripted https://vendor.test a';

/** Values of a metric by job name and own labels; a histogram's is its count. */
export function samplesOf(snapshot: Snapshot, metric: Metric): Readonly<Record<string, number>> {
  const samples: Record<string, number> = {};
  for (const { labels, families } of snapshot.blocks) {
    const name = labels.findIndex((label, index) => index % 2 === 0 && label === 'job_name');
    for (const sample of families.get(metric) ?? []) {
      const own = sample.labels.filter((_, index) => index % 2 === 1);
      const key = [...(name === -1 ? [] : [labels[name + 1]!]), ...own].join(' ');
      samples[key] = typeof sample.value === 'number' ? sample.value : sample.value.count;
    }
  }
  return samples;
}

/** The whole at work: targets of a configuration, each with its keeper and poller, over one ledger and one snapshot. */
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { countSeries, type ExporterView, exporterBlock } from '../metrics/exporter-block.ts';
import { createReaders, type ReadersOptions } from '../metrics/readers.ts';
import type { Block, SnapshotSource } from '../metrics/samples.ts';
import type { Clock } from '../model/clock.ts';
import { seconds } from '../model/time.ts';
import type { Vendor } from '../vendors/vendor.ts';
import { countCommits } from './count-commits.ts';
import { createTargetMaker, type RunningTarget } from './running-target.ts';
import { createRunningTargets } from './running-targets.ts';
import { createSnapshotStore } from './snapshot-store.ts';
import type { TargetKeeper } from './target-keeper.ts';

/** How often it is looked whether a hold is over. */
const HOLD_CHECK_INTERVAL = seconds(1);

export interface EngineOptions {
  readonly config: Config;
  readonly vendors: readonly Vendor[];
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly build: ExporterView['build'];
  /** Which kinds of readers there are. */
  readonly readers: Pick<ReadersOptions, 'scrapes' | 'pushes'>;
  /** What the OTLP side says of itself; null where nothing is pushed. */
  readonly otlp: () => ExporterView['otlp'];
}

export interface Engine {
  readonly source: SnapshotSource;
  /** By target id. */
  readonly targets: ReadonlyMap<string, RunningTarget>;
  /** Polls every target once. */
  pollOnce(): Promise<void>;
  /** Polls every target on its interval, and ends holds as they are due, until `stop`. */
  start(): void;
  /**
   * Takes over another configuration: only targets that changed are disturbed.
   * @throws LedgerError when the ledger refuses a target; the old configuration is then kept
   */
  reload(config: Config): Promise<void>;
  /** Notes that a configuration file could not be used. */
  reloadFailed(): void;
  /** Whether the configuration in use is an older one, because the last could not be used. */
  isReloadRefused(): boolean;
  /** Says that what `otlp` says may have changed. */
  touch(): void;
  /** Ends polls and writes what is unwritten; never throws. The ledger stays open. */
  stop(): Promise<void>;
}

/**
 * Loads every target of the configuration from the ledger; polls nothing yet.
 * @throws LedgerError when the ledger refuses a target
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { vendors, clock, logger, config } = options;
  const startedAt = clock.now();
  const readers = createReaders({ ...options.readers, startedAt: clock.monotonic() });
  const commits = new Map([
    ['ok', 0],
    ['failed', 0],
  ]);
  const ledger = countCommits(options.ledger, commits);
  let reloaded: ExporterView['reload'] = { isSuccessful: true, succeededAt: startedAt };
  let isReloading = false;

  const keepers = (): readonly TargetKeeper[] => [...targets.all.values()].map(({ keeper }) => keeper);
  const blocks = (): readonly Block[] => {
    const all = keepers().flatMap(({ page }) => page.blocks());
    const own = exporterBlock({
      build: options.build,
      reload: reloaded,
      ledgerCommits: commits,
      ledgerCreatedAt: ledger.createdAt,
      ledgerRuns: ledger.runCount(),
      series: all.reduce((series, block) => series + countSeries(block), 0),
      otlp: options.otlp(),
      startedAt,
    });
    return [...all, own];
  };
  const store = createSnapshotStore({
    blocks,
    scraped: (generation, reader) => readers.scraped(reader, generation, clock.monotonic()),
    pushed: readers.pushed,
  });
  const flush = (keeper: TargetKeeper): Promise<void> =>
    keeper.flush().catch((error: unknown) => {
      logger.error({ target: keeper.config().name, error: String(error) }, 'how far was read could not be written');
    });
  const { version } = options.build;
  const maker = createTargetMaker({ vendors, ledger, clock, logger, version, readers, store, proxies: config.proxies });
  const targets = createRunningTargets({ config, maker, flush, changed: store.outdate });
  await targets.take(config);

  const stopping = new AbortController();
  const endHolds = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.sleep(HOLD_CHECK_INTERVAL, stopping.signal);
      // A keeper that is being replaced must not show anything that its successor does not know of.
      for (const keeper of isReloading ? [] : keepers()) {
        await keeper.releaseHolds().catch((error: unknown) => {
          logger.error({ target: keeper.config().name, error: String(error) }, 'held totals could not be released');
        });
      }
    }
  };
  let holds: Promise<void> = Promise.resolve();

  return {
    source: store,
    targets: targets.all,
    pollOnce: async () => {
      await Promise.all([...targets.all.values()].map(({ poller }) => poller.poll()));
    },
    start: () => {
      targets.start();
      holds = endHolds();
    },
    reload: async (next) => {
      isReloading = true;
      try {
        await targets.take(next);
      } finally {
        isReloading = false;
      }
      reloaded = { isSuccessful: true, succeededAt: clock.now() };
      store.outdate();
    },
    reloadFailed: () => {
      reloaded = { ...reloaded, isSuccessful: false };
      store.outdate();
    },
    isReloadRefused: () => !reloaded.isSuccessful,
    touch: store.outdate,
    stop: async () => {
      stopping.abort();
      await Promise.all([...targets.all.values()].map(({ poller }) => poller.stop()));
      await holds;
      for (const keeper of keepers()) await flush(keeper);
    },
  };
}

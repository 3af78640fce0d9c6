/** Runs the exporter: the targets of a configuration, each with its poller, over one ledger and one snapshot. */
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { countSeries, exporterBlock } from '../metrics/exporter-block.ts';
import type { ExporterView } from '../metrics/exporter-view.ts';
import { createReaders, type ReadersOptions } from '../metrics/readers.ts';
import type { Block, SnapshotSource } from '../metrics/samples.ts';
import type { Clock } from '../model/clock.ts';
import { createQueue } from '../model/queue.ts';
import { type Seconds, seconds } from '../model/time.ts';
import type { Target } from '../targets/target.ts';
import type { Vendor } from '../vendors/vendor.ts';
import { createTargetMaker, type RunningTarget } from './running-target.ts';
import { createRunningTargets } from './running-targets.ts';
import type { StandbyTarget } from './target-table.ts';
import { createSnapshotStore } from './snapshot-store.ts';

/** Time between two looks for holds that are over. */
const HOLD_CHECK_INTERVAL = seconds(1);
/** Time before a standby target is asked for again. */
const STANDBY_INTERVAL = seconds(5);

export interface EngineOptions {
  readonly config: Config;
  readonly vendors: readonly Vendor[];
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly build: ExporterView['build'];
  /** The kinds of readers that there are. */
  readonly readers: Pick<ReadersOptions, 'scrapes' | 'pushes'>;
  /** The status of the OTLP push; null where nothing is pushed. */
  readonly otlp: () => ExporterView['otlp'];
}

export interface Engine {
  readonly source: SnapshotSource;
  /** Targets at work, by id. */
  readonly targets: ReadonlyMap<string, RunningTarget>;
  /** Configured targets that another process has the lease of, by id. */
  readonly standby: ReadonlyMap<string, StandbyTarget>;
  /** Polls every target once. */
  pollOnce(): Promise<void>;
  /** Polls every target on its interval, and ends holds as they are due, until `stop`. */
  start(): void;
  /**
   * Takes over another configuration: only targets that changed are disturbed.
   * @throws LedgerError when the ledger refuses a target; the old configuration is then kept
   */
  reload(config: Config): Promise<void>;
  /** Takes in that a configuration file could not be used. */
  reloadFailed(): void;
  /** True if the configuration in use is an older one, because the last could not be used. */
  isReloadRefused(): boolean;
  /** Takes in that the status of the OTLP push may have changed. */
  touch(): void;
  /** Ends polls and writes what is unwritten; never throws. The ledger stays open. */
  stop(): Promise<void>;
}

/**
 * Loads every target of the configuration from the ledger; polls nothing yet.
 * @throws LedgerError when the ledger refuses a target
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { vendors, ledger, clock, logger, config } = options;
  const startedAt = clock.now();
  const readers = createReaders({ ...options.readers, startedAt: clock.monotonic() });
  let reloaded: ExporterView['reload'] = { isSuccessful: true, succeededAt: startedAt };

  const targetsAtWork = (): readonly Target[] => [...targets.running.values()].map(({ target }) => target);
  const blocks = (): readonly Block[] => {
    const all = targetsAtWork().flatMap((target) => target.blocks());
    const own = exporterBlock({
      build: options.build,
      reload: reloaded,
      ledgerCommits: ledger.commits,
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
  const flush = (target: Target): Promise<void> =>
    target.ledger.flush().catch((error: unknown) => {
      // Whoever holds it now goes on from what is durable.
      if (target.ledger.lost.aborted) return;
      logger.error({ target: target.config().name, error: String(error) }, 'how far was read could not be written');
    });
  const { version } = options.build;
  const maker = createTargetMaker({ vendors, ledger, clock, logger, version, readers, store, proxies: config.proxies });
  const targets = createRunningTargets({
    config,
    maker,
    logger,
    ledgerLost: ledger.lost,
    flush,
    changed: store.outdate,
  });
  /**
   * Runs reloads, claims, releases of holds and the stop one at a time: a target that is being replaced must neither be
   * claimed nor show anything that its successor does not know of.
   */
  const exclusively = createQueue();
  await targets.take(config);

  const stopping = new AbortController();
  const every = async (interval: Seconds, work: () => Promise<void>): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.sleep(interval, stopping.signal);
      if (!stopping.signal.aborted) await exclusively(work);
    }
  };
  const releaseHolds = async (): Promise<void> => {
    for (const target of targetsAtWork()) {
      await target.releaseHolds().catch((error: unknown) => {
        if (target.ledger.lost.aborted) return;
        logger.error({ target: target.config().name, error: String(error) }, 'held totals could not be released');
      });
    }
  };
  let upkeep: Promise<unknown> = Promise.resolve();

  return {
    source: store,
    targets: targets.running,
    standby: targets.standby,
    pollOnce: async () => {
      await Promise.all([...targets.running.values()].map(({ poller }) => poller.poll()));
    },
    start: () => {
      targets.start();
      upkeep = Promise.all([every(HOLD_CHECK_INTERVAL, releaseHolds), every(STANDBY_INTERVAL, targets.claimStandby)]);
    },
    reload: async (next) => {
      await exclusively(() => {
        if (stopping.signal.aborted) throw new Error('the exporter is stopping');
        return targets.take(next);
      });
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
      await upkeep;
      // After a reload or a claim that is under way: the targets that it runs must be stopped, too.
      await exclusively(async () => {
        await targets.stop();
        for (const target of targetsAtWork()) {
          await flush(target);
          await target.ledger.release();
        }
      });
    },
  };
}

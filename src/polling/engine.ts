/** The whole at work: targets of a configuration, each with its keeper and poller, over one ledger and one snapshot. */
import type { Logger } from 'pino';
import type { Config, TargetConfig } from '../config/config.ts';
import { diffTargets } from '../config/diff-targets.ts';
import { type Ledger, LedgerError } from '../ledger/ledger.ts';
import { countSeries, type ExporterView, exporterBlock } from '../metrics/exporter-block.ts';
import type { HoldOptions } from '../metrics/hold.ts';
import type { Block, SnapshotSource } from '../metrics/samples.ts';
import type { Clock } from '../model/clock.ts';
import { seconds } from '../model/time.ts';
import type { Vendor } from '../vendors/vendor.ts';
import { countCommits } from './count-commits.ts';
import { createPoller, type Poller } from './poller.ts';
import { createSnapshotStore } from './snapshot-store.ts';
import { createTargetKeeper, type TargetKeeper } from './target-keeper.ts';

/** How often it is looked whether a hold is over. */
const HOLD_CHECK_INTERVAL = seconds(1);
/** One try of one request to a vendor. */
const REQUEST_TIMEOUT = seconds(30);
/** A vendor's answer, unpacked; far above any list that a vendor documents. */
const MAX_BODY_BYTES = 256 * 2 ** 20;

export interface EngineOptions {
  readonly config: Config;
  readonly vendors: readonly Vendor[];
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly build: ExporterView['build'];
  readonly readers: Pick<HoldOptions, 'scrapes' | 'pushes'>;
  /** What the OTLP side says of itself; null where nothing is pushed. */
  readonly otlp: () => ExporterView['otlp'];
}

/** A target at work. */
export interface RunningTarget {
  readonly keeper: TargetKeeper;
  readonly poller: Poller;
  readonly scopes: number;
  /** One line about the failure of the last poll; null if it went well. */
  problem(): string | null;
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
  /** Whether every target has been polled, well or not. */
  isReady(): boolean;
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
  const { vendors, clock, logger } = options;
  const startedAt = clock.now();
  const targets = new Map<string, RunningTarget>();
  const commits = new Map([
    ['ok', 0],
    ['failed', 0],
  ]);
  const ledger = countCommits(options.ledger, commits);
  let { config } = options;
  let reloaded: ExporterView['reload'] = { isSuccessful: true, succeededAt: startedAt };
  let isStarted = false;
  let isReloading = false;

  const blocks = (): readonly Block[] => {
    const all = [...targets.values()].flatMap(({ keeper }) => keeper.page.blocks());
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
    scraped: (generation) => targets.forEach(({ keeper }) => keeper.hold.scraped(generation)),
    pushed: (generation) => targets.forEach(({ keeper }) => keeper.hold.pushed(generation)),
  });

  const vendorOf = (target: TargetConfig): Vendor => {
    const vendor = vendors.find(({ id }) => id === target.vendor);
    if (vendor === undefined) throw new Error(`no vendor ${target.vendor}`);
    return vendor;
  };
  const capabilitiesOf = (target: TargetConfig): Vendor['capabilities'] => {
    const vendor = vendorOf(target);
    return vendor.capabilitiesFor?.(target.settings) ?? vendor.capabilities;
  };
  const fingerprintOf = (target: TargetConfig): string => {
    const vendor = vendorOf(target);
    return `${vendor.id} ${target.settings.base_url.origin} ${vendor.account(target.settings)}`;
  };
  const openKeeper = async (target: TargetConfig, { durationBuckets, holdWindow }: Config): Promise<TargetKeeper> => {
    const { id, previousNames: previousIds, reset } = target;
    const keeper = createTargetKeeper({
      config: target,
      capabilities: capabilitiesOf(target),
      ledger,
      state: await ledger.open({ id, previousIds, fingerprint: fingerprintOf(target), reset }),
      bounds: durationBuckets,
      hold: { window: holdWindow, ...options.readers },
      clock,
      changed: store.outdate,
      nextGeneration: store.nextGeneration,
    });
    await keeper.begin();
    return keeper;
  };
  const run = (target: TargetConfig, keeper: TargetKeeper): void => {
    const client = vendorOf(target).connect({
      settings: target.settings,
      stateMap: target.stateMap,
      clock,
      http: {
        clock,
        observer: keeper.activity.observer,
        userAgent: `datajobs-exporter/${options.build.version}`,
        requestTimeout: REQUEST_TIMEOUT,
        maxBodyBytes: MAX_BODY_BYTES,
      },
    });
    const poller = createPoller({ client, keeper, ledger, clock, logger: logger.child({ target: target.name }) });
    targets.set(target.id, { keeper, poller, scopes: client.scopes.length, problem: poller.problem });
    if (isStarted) poller.start();
    store.outdate();
  };

  const flush = (keeper: TargetKeeper): Promise<void> =>
    keeper.flush().catch((error: unknown) => {
      logger.error({ target: keeper.config().name, error: String(error) }, 'how far was read could not be written');
    });
  const stopping = new AbortController();
  const endHolds = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.sleep(HOLD_CHECK_INTERVAL, stopping.signal);
      // A keeper that is being replaced must not show anything that its successor does not know of.
      for (const { keeper } of isReloading ? [] : targets.values()) {
        await keeper.releaseHolds().catch((error: unknown) => {
          logger.error({ target: keeper.config().name, error: String(error) }, 'held totals could not be released');
        });
      }
    }
  };
  let holds: Promise<void> = Promise.resolve();

  for (const target of config.targets) run(target, await openKeeper(target, config));

  const halt = async ({ poller, keeper }: RunningTarget): Promise<void> => {
    await poller.stop();
    await flush(keeper);
  };
  /** Refuses what the ledger would refuse of targets that are at work, while they still are. */
  const checkAccounts = (changed: readonly TargetConfig[]): void => {
    for (const target of changed) {
      const before = targets.get(target.id)?.keeper.config();
      if (before === undefined || target.reset || fingerprintOf(before) === fingerprintOf(target)) continue;
      throw new LedgerError(
        `target ${target.name} is another account now; give it another id, or set "reset: true" once to forget what was counted`,
      );
    }
  };
  /** Goes on with the keeper that there is, unless what it was made of is no longer the same. */
  const keeperFor = async (target: TargetConfig, next: Config): Promise<TargetKeeper> => {
    const keeper = targets.get(target.id)?.keeper;
    const isAnother = keeper === undefined || fingerprintOf(keeper.config()) !== fingerprintOf(target);
    if (isAnother || !isShownAlike(config, next)) return openKeeper(target, next);
    keeper.configure(target, capabilitiesOf(target));
    return keeper;
  };
  /** Brings the targets to a configuration; those that are not affected are left alone. */
  const take = async (next: Config): Promise<void> => {
    const diff = diffTargets(config, next);
    const changed = diff.changed.map(({ after }) => after);
    checkAccounts(changed);
    // Those that the ledger may refuse come first.
    const affected = [...diff.added, ...changed, ...(isShownAlike(config, next) ? [] : diff.unchanged)];
    const halted = [...diff.removed, ...affected].flatMap(({ id }) => targets.get(id) ?? []);
    for (const running of halted) await halt(running);
    const keepers: [TargetConfig, TargetKeeper][] = [];
    try {
      for (const target of affected) keepers.push([target, await keeperFor(target, next)]);
    } catch (error) {
      for (const { keeper } of halted) run(keeper.config(), keeper);
      throw error;
    }
    for (const { id } of diff.removed) targets.delete(id);
    for (const [target, keeper] of keepers) run(target, keeper);
    config = next;
    store.outdate();
  };

  return {
    source: store,
    targets,
    pollOnce: async () => {
      await Promise.all([...targets.values()].map(({ poller }) => poller.poll()));
    },
    start: () => {
      isStarted = true;
      for (const { poller } of targets.values()) poller.start();
      holds = endHolds();
    },
    reload: async (next) => {
      isReloading = true;
      try {
        await take(next);
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
    isReady: () => [...targets.values()].every(({ keeper }) => keeper.activity.current().lastPollDuration !== null),
    touch: store.outdate,
    stop: async () => {
      stopping.abort();
      await Promise.all([...targets.values()].map(({ poller }) => poller.stop()));
      await holds;
      for (const { keeper } of targets.values()) await flush(keeper);
    },
  };
}

/** Whether what holds for every target is the same in two configurations. */
function isShownAlike(a: Config, b: Config): boolean {
  return a.durationBuckets.join() === b.durationBuckets.join() && a.holdWindow === b.holdWindow;
}

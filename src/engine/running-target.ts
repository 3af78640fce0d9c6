import type { Logger } from 'pino';
import type { Config, TargetConfig } from '../config/config.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { HoldOptions } from '../metrics/hold.ts';
import type { Clock } from '../model/clock.ts';
import { formatPrometheusDuration, type Seconds, seconds } from '../model/time.ts';
import type { Proxies } from '../model/proxies.ts';
import type { Capabilities, Vendor } from '../vendors/vendor.ts';
import { createPoller, type Poller } from '../polling/poller.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import { createTarget, type Target } from '../targets/target.ts';
import { createVendorClock } from '../polling/vendor-clock.ts';

/** Longest time of one try of one request to a vendor. */
const REQUEST_TIMEOUT = seconds(30);
/** Largest answer of a vendor, unpacked; far above any list that a vendor documents. */
const MAX_BODY_BYTES = 256 * 2 ** 20;

/** A target at work. */
export interface RunningTarget {
  readonly target: Target;
  readonly poller: Poller;
  readonly scopes: number;
  /** One line about the failure of the last poll; null if it went well. */
  problem(): string | null;
}

export interface TargetMakerOptions {
  readonly vendors: readonly Vendor[];
  readonly ledger: Pick<Ledger, 'open'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  readonly readers: HoldOptions['readers'];
  readonly store: Pick<SnapshotStore, 'outdate' | 'nextGeneration'>;
  readonly proxies: Proxies;
}

/** Makes running targets of configured ones. */
export interface TargetMaker {
  /** Vendor, origin and account of a target: they must stay the same for its counts to go on. */
  fingerprint(config: TargetConfig): string;
  capabilities(config: TargetConfig): Capabilities;
  /**
   * Takes a target for this process and loads it; `begin` it before it runs.
   * @returns null while another process holds it
   * @throws LedgerError when the ledger refuses it
   */
  open(config: TargetConfig, shared: Pick<Config, 'durationBuckets' | 'holdWindow'>): Promise<Target | null>;
  /** Connects a target to its vendor; asks nothing yet. */
  connect(target: Target): RunningTarget;
}

export function createTargetMaker(options: TargetMakerOptions): TargetMaker {
  const { vendors, ledger, clock, logger, version, readers, store, proxies } = options;
  const vendorOf = (config: TargetConfig): Vendor => {
    const vendor = vendors.find(({ id }) => id === config.vendor);
    if (vendor === undefined) throw new Error(`no vendor ${config.vendor}`);
    return vendor;
  };
  const fingerprint = (config: TargetConfig): string => {
    const vendor = vendorOf(config);
    return `${vendor.id} ${config.settings.base_url.origin} ${vendor.account(config.settings)}`;
  };
  const capabilities = (config: TargetConfig): Capabilities => {
    const vendor = vendorOf(config);
    return vendor.capabilitiesFor?.(config.settings) ?? vendor.capabilities;
  };
  return {
    fingerprint,
    capabilities,
    open: async (config, { durationBuckets, holdWindow }) => {
      const { id, previousNames: previousIds, reset } = config;
      const handle = await ledger.open({ id, previousIds, fingerprint: fingerprint(config), reset });
      if (handle === null) return null;
      return createTarget({
        config,
        capabilities: capabilities(config),
        ledger: handle,
        bounds: durationBuckets,
        hold: { window: holdWindow, readers },
        clock,
        shownRunId: (run) => vendorOf(config).shownRunId?.(run) ?? run,
        changed: store.outdate,
        nextGeneration: store.nextGeneration,
      });
    },
    connect: (target) => {
      const config = target.config();
      // Perhaps with other credentials, for which another limit holds.
      target.activity.observer.rateLimitLearned(null);
      const log = logger.child({ target: config.name });
      const vendorClock = createVendorClock(clock, (offset) => logOffset(log, offset));
      const client = vendorOf(config).connect({
        settings: config.settings,
        stateMap: config.stateMap,
        clock: vendorClock,
        http: {
          clock,
          observer: target.activity.observer,
          userAgent: `datajobs-exporter/${version}`,
          requestTimeout: seconds(Math.min(REQUEST_TIMEOUT, config.pollTimeout)),
          maxBodyBytes: MAX_BODY_BYTES,
          proxies,
          // Nothing to do about it: Matatika's own samples have such links.
          linkMoved: (link) => log.info({ link }, 'links lead to another origin; the configured one is asked instead'),
        },
      });
      const poller = createPoller({ client, target, clock: vendorClock, logger: log });
      return { target, poller, scopes: client.scopes.length, problem: poller.problem };
    },
  };
}

/** Logs that the machine's clock and the vendor's differ: one of them is wrong, and only a person can tell which. */
function logOffset(logger: Logger, offset: Seconds): void {
  if (offset === 0) {
    logger.info("this machine's clock and the vendor's agree again");
    return;
  }
  const difference = `${formatPrometheusDuration(seconds(Math.abs(offset)))} ${offset > 0 ? 'behind' : 'ahead of'}`;
  logger.warn(
    { difference: `${difference} the vendor's` },
    "this machine's clock and the vendor's differ; the target is read by the vendor's time: set the machine's clock",
  );
}

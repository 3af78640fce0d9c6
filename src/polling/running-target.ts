import type { Logger } from 'pino';
import type { Config, TargetConfig } from '../config/config.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { HoldOptions } from '../metrics/hold.ts';
import type { Clock } from '../model/clock.ts';
import { formatPrometheusDuration, type Seconds, seconds } from '../model/time.ts';
import type { Proxies } from '../model/proxies.ts';
import type { Capabilities, Vendor } from '../vendors/vendor.ts';
import { createPoller, type Poller } from './poller.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import { createTargetKeeper, type TargetKeeper } from './target-keeper.ts';
import { createVendorClock } from './vendor-clock.ts';

/** One try of one request to a vendor. */
const REQUEST_TIMEOUT = seconds(30);
/** A vendor's answer, unpacked; far above any list that a vendor documents. */
const MAX_BODY_BYTES = 256 * 2 ** 20;

/** A target at work. */
export interface RunningTarget {
  readonly keeper: TargetKeeper;
  readonly poller: Poller;
  readonly scopes: number;
  /** One line about the failure of the last poll; null if it went well. */
  problem(): string | null;
}

export interface TargetMakerOptions {
  readonly vendors: readonly Vendor[];
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  readonly readers: HoldOptions['readers'];
  readonly store: Pick<SnapshotStore, 'outdate' | 'nextGeneration'>;
  readonly proxies: Proxies;
}

/** Makes running targets of configured ones. */
export interface TargetMaker {
  /** What must stay the same for a target's counts to go on: vendor, origin and account. */
  fingerprint(target: TargetConfig): string;
  capabilities(target: TargetConfig): Capabilities;
  /** Loads a target from the ledger. @throws LedgerError when the ledger refuses it */
  open(target: TargetConfig, config: Config): Promise<TargetKeeper>;
  /** Connects a target to its vendor; asks nothing yet. */
  connect(target: TargetConfig, keeper: TargetKeeper): RunningTarget;
}

export function createTargetMaker(options: TargetMakerOptions): TargetMaker {
  const { vendors, ledger, clock, logger, version, readers, store, proxies } = options;
  const vendorOf = (target: TargetConfig): Vendor => {
    const vendor = vendors.find(({ id }) => id === target.vendor);
    if (vendor === undefined) throw new Error(`no vendor ${target.vendor}`);
    return vendor;
  };
  const fingerprint = (target: TargetConfig): string => {
    const vendor = vendorOf(target);
    return `${vendor.id} ${target.settings.base_url.origin} ${vendor.account(target.settings)}`;
  };
  const capabilities = (target: TargetConfig): Capabilities => {
    const vendor = vendorOf(target);
    return vendor.capabilitiesFor?.(target.settings) ?? vendor.capabilities;
  };
  return {
    fingerprint,
    capabilities,
    open: async (target, { durationBuckets, holdWindow }) => {
      const { id, previousNames: previousIds, reset } = target;
      const keeper = createTargetKeeper({
        config: target,
        capabilities: capabilities(target),
        ledger,
        state: await ledger.open({ id, previousIds, fingerprint: fingerprint(target), reset }),
        bounds: durationBuckets,
        hold: { window: holdWindow, readers },
        clock,
        shownRunId: (id) => vendorOf(target).shownRunId?.(id) ?? id,
        changed: store.outdate,
        nextGeneration: store.nextGeneration,
      });
      await keeper.begin();
      return keeper;
    },
    connect: (target, keeper) => {
      // Perhaps with other credentials, for which another limit holds.
      keeper.activity.observer.budgeted(null);
      const log = logger.child({ target: target.name });
      const vendorClock = createVendorClock(clock, (offset) => tellOffset(log, offset));
      const client = vendorOf(target).connect({
        settings: target.settings,
        stateMap: target.stateMap,
        clock: vendorClock,
        http: {
          clock,
          observer: keeper.activity.observer,
          userAgent: `datajobs-exporter/${version}`,
          requestTimeout: seconds(Math.min(REQUEST_TIMEOUT, target.pollTimeout)),
          maxBodyBytes: MAX_BODY_BYTES,
          proxies,
          // Nothing to do about it: Matatika's own samples have such links.
          linkMoved: (link) =>
            logger.info(
              { target: target.name, link },
              'links lead to another origin; the configured one is asked instead',
            ),
        },
      });
      const poller = createPoller({ client, keeper, ledger, clock: vendorClock, logger: log });
      return { keeper, poller, scopes: client.scopes.length, problem: poller.problem };
    },
  };
}

/** Says that the machine's clock and the vendor's differ: one of them is wrong, and only a person can tell which. */
function tellOffset(logger: Logger, offset: Seconds): void {
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

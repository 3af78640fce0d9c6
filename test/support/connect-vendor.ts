import type { RequestObserver } from '../../src/http/http-client.ts';
import type { Clock } from '../../src/model/clock.ts';
import type { Run } from '../../src/model/run.ts';
import { NO_PROXIES } from '../../src/model/proxies.ts';
import { before, DAY, type Seconds, seconds } from '../../src/model/time.ts';
import type { Rejected, Scope, Slice, Vendor, VendorClient, Window } from '../../src/vendors/vendor.ts';
import { createManualClock } from './http/http-options.ts';

interface ConnectedVendor {
  readonly client: VendorClient;
  readonly clock: Clock;
  /** Operation of every request that left, in order. */
  readonly asked: readonly string[];
}

interface ConnectVendorOptions {
  /** As the vendor's own shape parsed them. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly clock?: Clock;
  /** For one try of one request; a minute unless said. */
  readonly requestTimeout?: Seconds;
}

/** Connects a vendor to what its settings name, as the product would. */
export function connectVendor(vendor: Vendor, options: ConnectVendorOptions): ConnectedVendor {
  const { settings, clock = createManualClock(), requestTimeout = seconds(60) } = options;
  const asked: string[] = [];
  const observer: RequestObserver = {
    requested: (operation) => void asked.push(operation),
    retried: () => undefined,
    credentialsExpire: () => undefined,
    rateLimitLearned: () => undefined,
  };
  const maxBodyBytes = 64 * 1024 * 1024;
  const http = { clock, observer, userAgent: 'contract-test', requestTimeout, maxBodyBytes, proxies: NO_PROXIES };
  return { client: vendor.connect({ settings, stateMap: {}, clock, http }), clock, asked };
}

/** The newest slice of the client's first scope. */
export function newestSlice({ client, clock }: ConnectedVendor): { readonly scope: Scope; readonly slice: Slice } {
  const [scope] = client.scopes;
  const window = { from: before(clock.now(), DAY), to: clock.now() };
  const slice = scope === undefined ? undefined : client.slices(scope, window).at(-1);
  if (scope === undefined || slice === undefined) throw new Error('expected a scope and a slice');
  return { scope, slice };
}

/** A run as it was listed, and the scope that listed it. */
export interface ListedRun {
  readonly scope: Scope;
  readonly run: Run;
}

interface PolledAll {
  readonly listed: readonly ListedRun[];
  readonly rejected: readonly Rejected[];
  /** Keys of scopes with a slice that stayed cut. */
  readonly cut: readonly string[];
}

/** Polls every slice of every scope, dividing what was cut; each run of a scope once, as it was listed last. */
export async function pollAll(client: VendorClient, window: Window): Promise<PolledAll> {
  const listed = new Map<string, ListedRun>();
  const rejected: Rejected[] = [];
  const cut: string[] = [];
  for (const scope of client.scopes) {
    const waiting = [...client.slices(scope, window)];
    for (let slice = waiting.shift(); slice !== undefined; slice = waiting.shift()) {
      const result = await client.poll({ scope, slice, signal: AbortSignal.timeout(120_000) });
      for (const run of result.runs) listed.set(`${scope.key} ${run.id}`, { scope, run });
      rejected.push(...result.rejected);
      const smaller = result.truncated ? client.split(scope, slice) : [];
      if (result.truncated && smaller.length === 0) cut.push(scope.key);
      waiting.unshift(...smaller);
    }
  }
  return { listed: [...listed.values()], rejected, cut };
}

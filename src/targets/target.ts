/**
 * One target: the handle of its ledger, its totals, what this process has seen of its vendor, and its blocks of
 * `/metrics`. All that changes its state goes through `commit`: made durable first, then shown.
 */
import type { TargetConfig } from '../config/config.ts';
import type { Reconciled } from '../ledger/draft.ts';
import type { TargetLedger } from '../ledger/ledger.ts';
import type { TargetPolicy } from '../ledger/policy.ts';
import { type Change, isEmptyChange, NO_CHANGE, TARGET } from '../ledger/records.ts';
import type { ReadonlyTargetState } from '../ledger/target-state.ts';
import type { Block } from '../metrics/samples.ts';
import type { Clock } from '../model/clock.ts';
import type { LiveRun, Run } from '../model/run.ts';
import { earlier, type UnixSeconds } from '../model/time.ts';
import type { Capabilities } from '../vendors/vendor.ts';
import { type Activity, createActivity } from './activity.ts';
import { createHeldTotals, type HeldTotalsOptions } from './held-totals.ts';
import { createJobReads, type ScopesPolled } from './job-reads.ts';
import { createLiveSightings } from './live-sightings.ts';
import { createTargetBlocks, ownerOf } from './target-blocks.ts';
import { toPolicy } from './target-policy.ts';

export interface TargetOptions extends Pick<HeldTotalsOptions, 'hold' | 'bounds' | 'shownRunId' | 'nextGeneration'> {
  readonly config: TargetConfig;
  readonly capabilities: Capabilities;
  readonly ledger: TargetLedger;
  readonly clock: Clock;
  /** Called whenever something else may be shown. */
  readonly changed: () => void;
}

export interface Target {
  /** The handle; whoever writes through it goes through `commit` below, which also adds up and shows. */
  readonly ledger: Pick<TargetLedger, 'lost' | 'known' | 'expected' | 'latestPrunable' | 'flush' | 'release'>;
  readonly state: ReadonlyTargetState;
  readonly activity: Activity;
  readonly shownRunId: (id: string) => string;
  config(): TargetConfig;
  policy(): TargetPolicy;
  /** Takes over changed settings of the same target. */
  configure(config: TargetConfig, capabilities: Capabilities): void;
  /** Begins the totals that are there from the start, and histograms anew whose buckets were changed; shows what need not be held. */
  begin(): Promise<void>;
  /**
   * Works out a change on the present state, adds its facts to the totals, makes all of it durable, and only then shows
   * it.
   * @throws LedgerError when it could not be written, LeaseLost where the target is not held any more; nothing has then
   *   changed
   */
  commit(work: (state: ReadonlyTargetState) => Reconciled): Promise<void>;
  /** When this process last saw each live run live, by the vendor's clock and run id. */
  readonly seenLive: ReadonlyMap<string, UnixSeconds>;
  /** Takes in live runs of a good answer, given at `at`. */
  see(runs: readonly LiveRun[], at: UnixSeconds): void;
  /** Takes in that a scope lists these runs. */
  listed(scope: string, runs: readonly Run[]): void;
  /** Takes in how a poll ended for its scopes. */
  polled(scopes: ScopesPolled): void;
  /** Shows the totals whose hold is over. @throws LedgerError as `commit`; they then stay held */
  releaseHolds(): Promise<void>;
  /** Its blocks of `/metrics`, in a stable order; each a new object only if something else is in it. */
  blocks(): readonly Block[];
}

/** A target whose ledger is open. Every total is held until readers have seen it where they left it. */
export function createTarget(options: TargetOptions): Target {
  const { ledger, clock, bounds } = options;
  const { state } = ledger;
  let { config, capabilities } = options;
  let policy = toPolicy(config, capabilities, bounds);
  const sightings = createLiveSightings(state);
  const totals = createHeldTotals({
    ...options,
    state,
    settings: () => ({ results: capabilities.results, maxSteps: config.maxSteps }),
  });
  const reads = createJobReads();
  const activity: Activity = createActivity(config.pollInterval, oldestWatermark(state), () => blocks.touch(TARGET));
  const blocks = createTargetBlocks(
    {
      state,
      activity,
      seen: sightings.runs,
      exemplars: totals.exemplars,
      startedAt: clock.now(),
      reads,
      config: () => config,
      capabilities: () => capabilities,
    },
    options.changed,
  );
  blocks.touchAll();

  const commit = async (work: (present: ReadonlyTargetState) => Change): Promise<void> => {
    const change = await ledger.commit(work);
    for (const owner of changedOwners(state, change)) blocks.touch(owner);
  };

  return {
    ledger,
    state,
    activity,
    shownRunId: options.shownRunId,
    config: () => config,
    policy: () => policy,
    configure: (newConfig, newCapabilities) => {
      config = newConfig;
      capabilities = newCapabilities;
      policy = toPolicy(config, capabilities, bounds);
      activity.intervalChanged(config.pollInterval);
      blocks.touchAll();
    },
    begin: () => commit(() => ({ ...NO_CHANGE, totals: totals.begin() })),
    commit: async (work) => {
      let committed = (): void => {};
      await commit((present) => {
        const { change, facts } = work(present);
        if (facts.length === 0) return change;
        const added = totals.add(facts);
        ({ committed } = added);
        const counted = facts.flatMap((fact) => (fact.kind === 'finished' ? fact.run : []));
        return { ...change, counted, totals: [...change.totals, ...added.totals] };
      });
      committed();
    },
    seenLive: sightings.seenAt,
    see: (runs, at) => {
      for (const job of sightings.see(runs, at)) blocks.touch(ownerOf(state, job));
    },
    listed: reads.listed,
    polled: (scopes) => {
      const wasRead = new Map([...state.jobs.keys()].map((job) => [job, reads.isRead(job)]));
      reads.polled(scopes);
      for (const [job, was] of wasRead) if (reads.isRead(job) !== was) blocks.touch(job);
    },
    releaseHolds: async () => {
      let holdAgain = (): void => {};
      try {
        await commit(() => {
          const released = totals.release();
          ({ holdAgain } = released);
          return { ...NO_CHANGE, totals: released.totals };
        });
      } catch (error) {
        holdAgain();
        throw error;
      }
    },
    blocks: blocks.current,
  };
}

/** Owners of the blocks that show something of a change. */
function changedOwners(state: ReadonlyTargetState, change: Change): ReadonlySet<string> {
  const owners = new Set<string>();
  for (const { key } of change.jobs) owners.add(key).add(ownerOf(state, key));
  for (const { job } of change.runs) owners.add(ownerOf(state, job));
  for (const { owner } of change.totals) owners.add(owner);
  if (!isEmptyChange(change)) owners.add(TARGET);
  return owners;
}

/** When all scopes had last been read, as the ledger has it; null if one never was. */
function oldestWatermark(state: ReadonlyTargetState): UnixSeconds | null {
  let oldest: UnixSeconds | null = null;
  for (const { watermark } of state.scopes.values()) {
    if (watermark === null) return null;
    oldest = oldest === null ? watermark : earlier(oldest, watermark);
  }
  return oldest;
}

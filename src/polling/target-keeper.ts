/**
 * Keeps one target: its state in memory, its ledger, and what is shown of it. Everything that changes a target goes
 * through `commit`, one change after the other: the ledger first, then memory, then the page.
 */
import type { TargetConfig } from '../config/config.ts';
import type { Reconciled } from '../ledger/draft.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TargetPolicy } from '../ledger/policy.ts';
import { type Change, NO_CHANGE, OTHER, type ScopeRecord, TARGET, type TotalRecord } from '../ledger/records.ts';
import { applyChange, type ReadonlyTargetState, type TargetState, withOthersOfOwners } from '../ledger/target-state.ts';
import { createHold, type Hold, type HoldOptions } from '../metrics/hold.ts';
import type { Exemplar } from '../metrics/samples.ts';
import { restartHistograms, tally } from '../metrics/totals.ts';
import type { Clock } from '../model/clock.ts';
import type { LiveRun, Run } from '../model/run.ts';
import { earlier, MINUTE, type Seconds, seconds, type UnixSeconds } from '../model/time.ts';
import type { Capabilities } from '../vendors/vendor.ts';
import { type Activity, createActivity } from './activity.ts';
import { createJobReads, type ScopesPolled } from './job-reads.ts';
import { createTargetPage, ownerOf, type TargetPage } from './target-page.ts';
import { toPolicy } from './target-policy.ts';

/** A watermark that alone moved on is written no more often than this. @see spec rule 14 */
const QUIET_WRITE_INTERVAL = seconds(5 * MINUTE);

export interface TargetKeeperOptions {
  readonly config: TargetConfig;
  readonly capabilities: Capabilities;
  readonly ledger: Pick<Ledger, 'commit'>;
  /** As the ledger loaded it; the keeper is the only one to change it from here on. */
  readonly state: TargetState;
  readonly bounds: readonly number[];
  readonly hold: HoldOptions;
  readonly clock: Clock;
  /** The id of a run as people know it at the vendor. */
  readonly shownRunId: (id: string) => string;
  /** Told whenever what is shown may have changed. */
  readonly changed: () => void;
  /** Generation of the next snapshot that will be made. */
  readonly nextGeneration: () => number;
}

export interface TargetKeeper {
  readonly state: ReadonlyTargetState;
  readonly activity: Activity;
  readonly hold: Hold;
  readonly page: Pick<TargetPage, 'blocks'>;
  readonly shownRunId: (id: string) => string;
  config(): TargetConfig;
  policy(): TargetPolicy;
  /** Takes over changed settings of the same target. */
  configure(config: TargetConfig, capabilities: Capabilities): void;
  /** Begins the totals that are there from the start, and histograms anew whose buckets were changed; shows what need not be held. */
  begin(): Promise<void>;
  /**
   * Works out a change on the present state, writes it, and only then applies and shows it.
   * @throws LedgerError when it could not be written; nothing has then changed
   */
  commit(work: (state: ReadonlyTargetState) => Reconciled): Promise<void>;
  /** When this process last saw each live run live, by the vendor's clock and run id. */
  readonly seenLive: ReadonlyMap<string, UnixSeconds>;
  /** What a good answer said of live runs beyond what the ledger keeps, and when it was given. */
  see(runs: readonly LiveRun[], at: UnixSeconds): void;
  /** What a scope's answer lists. */
  listed(scope: string, runs: readonly Run[]): void;
  /** How a poll ended for its scopes. */
  polled(scopes: ScopesPolled): void;
  /** Shows the totals whose hold is over. @throws LedgerError as `commit`; they then stay held */
  releaseHolds(): Promise<void>;
  /** Writes what a quiet time has left unwritten. @throws LedgerError as `commit` */
  flush(): Promise<void>;
}

/** Keeps a target whose state has been loaded. Every total is held until readers have seen it where they left it. */
export function createTargetKeeper(options: TargetKeeperOptions): TargetKeeper {
  const { ledger, state, clock, bounds } = options;
  let { config, capabilities } = options;
  let policy = toPolicy(config, capabilities, bounds);
  const startedAt = clock.now();
  const seen = new Map<string, LiveRun>();
  const seenLive = new Map<string, UnixSeconds>();
  const exemplars = new Map<string, Map<string, Exemplar>>();
  const hold = createHold(options.hold);
  const reads = createJobReads();
  const activity: Activity = createActivity(config.pollInterval, oldestWatermark(state), () => page.touch(TARGET));
  const page = createTargetPage(
    { state, activity, seen, exemplars, startedAt, reads, config: () => config, capabilities: () => capabilities },
    options.changed,
  );
  hold.begin([TARGET, OTHER, ...state.jobs.keys()], options.nextGeneration(), clock.monotonic());
  page.touchAll();

  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = last.then(work, work);
    last = turn.catch(() => {});
    return turn;
  };

  let writtenAt: Seconds | null = null;
  /** Watermarks that moved on without being written. */
  const unwritten = new Map<string, ScopeRecord>();
  const write = async (change: Change): Promise<void> => {
    // What could not be written is not left over either: a scope must never move on without the runs behind it.
    const scopes = new Map([...unwritten, ...change.scopes.map((scope) => [scope.key, scope] as const)]);
    const totals = withOthersOfOwners(state.totals, change.totals);
    await ledger.commit(config.id, { ...change, scopes: [...scopes.values()], totals });
    unwritten.clear();
    writtenAt = clock.monotonic();
  };

  const addUp = (facts: Reconciled['facts']): { readonly totals: readonly TotalRecord[]; show(): void } => {
    const now = clock.now();
    const { results } = capabilities;
    const tallied = tally(state.totals, facts, { results, bounds, maxSteps: config.maxSteps, now });
    hold.begin(tallied.begun, options.nextGeneration(), clock.monotonic());
    return {
      totals: tallied.totals.map((total) => (hold.isHeld(total.owner) ? total : { ...total, published: total.value })),
      show: () => {
        for (const [owner, newest] of tallied.exemplars) {
          const shown = [...newest].map(([series, exemplar]): [string, Exemplar] => [
            series,
            { ...exemplar, runId: options.shownRunId(exemplar.runId) },
          ]);
          exemplars.set(owner, new Map([...(exemplars.get(owner) ?? []), ...shown]));
        }
      },
    };
  };

  const apply = (change: Change): void => {
    applyChange(state, change);
    for (const job of change.jobs) {
      page.touch(job.key);
      page.touch(ownerOf(state, job.key));
    }
    for (const run of change.runs) page.touch(ownerOf(state, run.job));
    for (const total of change.totals) page.touch(total.owner);
    page.touch(TARGET);
  };

  const commitNow = async (change: Change): Promise<void> => {
    if (isEmpty(change)) return;
    const isQuiet = isWatermarkOnly(state, change);
    if (isQuiet && writtenAt !== null && clock.monotonic() - writtenAt < QUIET_WRITE_INTERVAL) {
      for (const scope of change.scopes) unwritten.set(scope.key, scope);
    } else {
      await write(change);
    }
    if (isQuiet) applyChange(state, change);
    else apply(change);
  };

  return {
    state,
    activity,
    hold,
    page,
    shownRunId: options.shownRunId,
    config: () => config,
    policy: () => policy,
    configure: (newConfig, newCapabilities) => {
      config = newConfig;
      capabilities = newCapabilities;
      policy = toPolicy(config, capabilities, bounds);
      activity.paced(config.pollInterval);
      page.touchAll();
    },
    begin: () =>
      inTurn(async () => {
        const all = [...state.totals.values()].flatMap((series) => [...series.values()]);
        // What an earlier process held back while this one holds nothing.
        const unheld = all.filter(({ owner, value, published }) => value !== published && !hold.isHeld(owner));
        const shown = unheld.map((total) => ({ ...total, published: total.value }));
        const restarted = restartHistograms(state.totals, bounds, clock.now());
        await commitNow({ ...NO_CHANGE, totals: [...shown, ...restarted, ...addUp([]).totals] });
      }),
    commit: (work) =>
      inTurn(async () => {
        const { change, facts } = work(state);
        if (facts.length === 0) return commitNow(change);
        const { totals, show } = addUp(facts);
        const counted = facts.flatMap((fact) => (fact.kind === 'finished' ? fact.run : []));
        await commitNow({ ...change, counted, totals: [...change.totals, ...totals] });
        show();
      }),
    seenLive,
    see: (runs, at) => {
      for (const run of runs) {
        const { formerId } = run;
        const id = formerId !== undefined && state.live.has(formerId) ? formerId : run.id;
        const before = seen.get(id);
        seen.set(id, run);
        seenLive.set(id, at);
        if (before?.progress === run.progress && before.health === run.health) continue;
        page.touch(ownerOf(state, run.job.key));
      }
      for (const id of seen.keys()) {
        if (state.live.has(id)) continue;
        seen.delete(id);
        seenLive.delete(id);
      }
    },
    listed: reads.listed,
    polled: (scopes) => {
      const before = new Map([...state.jobs.keys()].map((job) => [job, reads.isRead(job)]));
      reads.polled(scopes);
      for (const [job, wasRead] of before) if (reads.isRead(job) !== wasRead) page.touch(job);
    },
    releaseHolds: () =>
      inTurn(async () => {
        const owners = hold.release(clock.monotonic());
        const totals = owners.flatMap((owner) => [...(state.totals.get(owner)?.values() ?? [])]);
        const released = totals.filter(({ value, published }) => value !== published);
        try {
          await commitNow({ ...NO_CHANGE, totals: released.map((total) => ({ ...total, published: total.value })) });
        } catch (error) {
          hold.begin(owners, options.nextGeneration(), clock.monotonic());
          throw error;
        }
      }),
    flush: () =>
      inTurn(async () => {
        if (unwritten.size > 0) await write(NO_CHANGE);
      }),
  };
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

function isEmpty({ scopes, jobs, runs, owed, settled, noted, totals, swept, pruned }: Change): boolean {
  const isNothing = [scopes, jobs, runs, owed, settled, noted, totals].every(({ length }) => length === 0);
  return isNothing && swept === null && pruned === null;
}

/** Whether nothing but watermarks moved on. */
function isWatermarkOnly(state: ReadonlyTargetState, change: Change): boolean {
  if (change.scopes.length === 0 || !isEmpty({ ...change, scopes: [] })) return false;
  return change.scopes.every((scope) => {
    const before = state.scopes.get(scope.key);
    const { watermark, readAt, seenUntil } = scope;
    const moved = before === undefined ? null : { ...before, watermark, readAt, seenUntil };
    return JSON.stringify(moved) === JSON.stringify(scope);
  });
}

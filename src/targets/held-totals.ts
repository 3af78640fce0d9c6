import type { Fact } from '../ledger/facts.ts';
import { OTHER, TARGET, type TotalRecord } from '../ledger/records.ts';
import type { ReadonlyTargetState } from '../ledger/target-state.ts';
import { createHold, type HoldOptions } from '../metrics/hold.ts';
import type { Exemplar } from '../metrics/samples.ts';
import { restartHistograms, tally, type TallyOptions } from '../metrics/totals.ts';
import type { Clock } from '../model/clock.ts';

export interface HeldTotalsOptions {
  readonly state: ReadonlyTargetState;
  readonly hold: HoldOptions;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  /** Upper bounds of the histograms of runs and steps. */
  readonly bounds: readonly number[];
  /** The other settings that adding up depends on, as they are now. */
  readonly settings: () => Pick<TallyOptions, 'results' | 'maxSteps'>;
  /** The id of a run as people know it at the vendor. */
  readonly shownRunId: (id: string) => string;
  /** Generation of the next snapshot that will be made. */
  readonly nextGeneration: () => number;
}

/** Totals to commit, and what is to happen once they are durable. */
export interface AddedTotals {
  readonly totals: readonly TotalRecord[];
  /** Shows the newest runs behind them as exemplars. */
  committed(): void;
}

/** Adds facts to a target's totals, and holds back what readers must first have seen where they left it. */
export interface HeldTotals {
  /** By owner, then `seriesKey`. */
  readonly exemplars: ReadonlyMap<string, ReadonlyMap<string, Exemplar>>;
  /** The totals that a start changes: those of an earlier hold, and of histograms whose bounds were changed. */
  begin(): readonly TotalRecord[];
  /** Adds facts to the totals as they stand. Holds on series that begin start at once, whether or not it is committed. */
  add(facts: readonly Fact[]): AddedTotals;
  /** Ends holds that are over. @returns the totals to show; `holdAgain` takes that back where they were not committed */
  release(): { readonly totals: readonly TotalRecord[]; holdAgain(): void };
}

/** Every total of the target is held from now on. */
export function createHeldTotals(options: HeldTotalsOptions): HeldTotals {
  const { state, clock, bounds, settings, shownRunId, nextGeneration } = options;
  const hold = createHold(options.hold);
  const exemplars = new Map<string, Map<string, Exemplar>>();
  const holdFromNow = (owners: Iterable<string>): void => hold.begin(owners, nextGeneration(), clock.monotonic());
  holdFromNow([TARGET, OTHER, ...state.jobs.keys()]);

  const add = (facts: readonly Fact[]): AddedTotals => {
    const tallied = tally(state.totals, facts, { ...settings(), bounds, now: clock.now() });
    holdFromNow(tallied.begun);
    return {
      totals: tallied.totals.map((total) => (hold.isHeld(total.owner) ? total : shown(total))),
      committed: () => {
        for (const [owner, newest] of tallied.exemplars) {
          const ofOwner = new Map(exemplars.get(owner));
          for (const [series, exemplar] of newest)
            ofOwner.set(series, { ...exemplar, runId: shownRunId(exemplar.runId) });
          exemplars.set(owner, ofOwner);
        }
      },
    };
  };

  return {
    exemplars,
    begin: () => {
      const all = [...state.totals.values()].flatMap((series) => [...series.values()]);
      // An earlier process held them back, and this one holds nothing.
      const unheld = all.filter((total) => !isShown(total) && !hold.isHeld(total.owner));
      return [...unheld.map(shown), ...restartHistograms(state.totals, bounds, clock.now()), ...add([]).totals];
    },
    add,
    release: () => {
      const owners = hold.release(clock.monotonic());
      const totals = owners.flatMap((owner) => [...(state.totals.get(owner)?.values() ?? [])]);
      return { totals: totals.filter((total) => !isShown(total)).map(shown), holdAgain: () => holdFromNow(owners) };
    },
  };
}

/** True if readers are shown all of a total. */
function isShown({ value, published }: TotalRecord): boolean {
  return value === published;
}

function shown(total: TotalRecord): TotalRecord {
  return { ...total, published: total.value };
}

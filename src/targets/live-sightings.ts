import type { ReadonlyTargetState } from '../ledger/target-state.ts';
import type { LiveRun } from '../model/run.ts';
import type { UnixSeconds } from '../model/time.ts';

/**
 * The newest answers about live runs, by run id, beyond what the ledger keeps of them: progress and health. Kept by this
 * process alone.
 */
export interface LiveSightings {
  readonly runs: ReadonlyMap<string, LiveRun>;
  /** When each run was last seen live, by the vendor's clock. */
  readonly seenAt: ReadonlyMap<string, UnixSeconds>;
  /**
   * Takes in live runs of a good answer, and forgets those that are live no more.
   * @param at when the answer was given
   * @returns keys of the jobs of which something else is shown now
   */
  see(runs: readonly LiveRun[], at: UnixSeconds): ReadonlySet<string>;
}

/** Creates the sightings of one target, which are none yet. */
export function createLiveSightings(state: ReadonlyTargetState): LiveSightings {
  const sighted = new Map<string, LiveRun>();
  const seenAt = new Map<string, UnixSeconds>();
  return {
    runs: sighted,
    seenAt,
    see: (runs, at) => {
      const jobs = new Set<string>();
      for (const run of runs) {
        const { formerId } = run;
        const id = formerId !== undefined && state.live.has(formerId) ? formerId : run.id;
        const known = sighted.get(id);
        sighted.set(id, run);
        seenAt.set(id, at);
        if (known?.progress !== run.progress || known.health !== run.health) jobs.add(run.job.key);
      }
      for (const id of sighted.keys()) {
        if (state.live.has(id)) continue;
        sighted.delete(id);
        seenAt.delete(id);
      }
      return jobs;
    },
  };
}

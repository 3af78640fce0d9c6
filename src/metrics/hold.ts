/**
 * The hold delays new values. `increase()` only sees a step between two samples, so a series that begins or returns is
 * shown with the value that readers last saw (0 if none) until they have read that value. @see spec rule 12
 */
import { MINUTE, type Seconds, seconds } from '../model/time.ts';
import type { Readers } from './readers.ts';

/** Longest time that an owner is held, however often new series of it begin. */
const LONGEST_HOLD = seconds(60 * MINUTE);

export interface HoldOptions {
  /** Shortest hold; 0 turns holding off. */
  readonly window: Seconds;
  /** Readers that must have read the held values before a hold ends. */
  readonly readers: Pick<Readers, 'haveSeen'>;
}

/** The holds of one target. Times are of a clock that only measures how much time has passed, which nobody can set. */
export interface Hold {
  isHeld(owner: string): boolean;
  /**
   * Holds owners from now on, those already held anew.
   * @param generation the first snapshot that will show them held
   */
  begin(owners: Iterable<string>, generation: number, now: Seconds): void;
  /** Ends the holds that are over by now, and returns their owners. */
  release(now: Seconds): readonly string[];
}

/** Owners whose hold began together. */
interface Cohort {
  readonly since: Seconds;
  readonly generation: number;
  readonly owners: Set<string>;
}

/** Makes the holds of one target; none has begun. */
export function createHold({ window, readers }: HoldOptions): Hold {
  const cohorts = new Set<Cohort>();
  /** Time at which each held owner's hold first began. */
  const held = new Map<string, Seconds>();

  return {
    isHeld: (owner) => held.has(owner),
    begin: (owners, generation, now) => {
      if (window === 0) return;
      const cohort: Cohort = { since: now, generation, owners: new Set(owners) };
      for (const owner of cohort.owners) {
        for (const other of cohorts) other.owners.delete(owner);
        if (!held.has(owner)) held.set(owner, now);
      }
      if (cohort.owners.size > 0) cohorts.add(cohort);
    },
    release: (now) => {
      const released: string[] = [];
      for (const cohort of cohorts) {
        const isOver = now - cohort.since >= window && readers.haveSeen(cohort.generation, cohort.since, now);
        for (const owner of cohort.owners) {
          if (!isOver && now - (held.get(owner) ?? now) < LONGEST_HOLD) continue;
          cohort.owners.delete(owner);
          held.delete(owner);
          released.push(owner);
        }
        if (cohort.owners.size === 0) cohorts.delete(cohort);
      }
      return released;
    },
  };
}

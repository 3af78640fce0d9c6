/**
 * The hold: what is shown yet. `increase()` only sees a step between two samples, so a series that begins or returns
 * is shown where readers last saw it (at 0 if never) until they have seen it there. @see spec rule 12
 */
import { MINUTE, type Seconds, seconds } from '../model/time.ts';
import type { Readers } from './readers.ts';

/** How long an owner is held at most, however often new series of its begin. */
const LONGEST_HOLD = seconds(60 * MINUTE);

export interface HoldOptions {
  /** Shortest hold; 0 turns holding off. */
  readonly window: Seconds;
  /** Who must have seen what is held before it ends. */
  readonly readers: Pick<Readers, 'haveSeen'>;
}

/** Its times are of a clock that only measures how much time has passed: when somebody sets the machine's, nothing changes. */
export interface Hold {
  isHeld(owner: string): boolean;
  /**
   * Holds owners from now on, those already held anew.
   * @param generation the first snapshot that will show them held
   */
  begin(owners: Iterable<string>, generation: number, now: Seconds): void;
  /** Owners whose hold ends now; it has ended for them when this returns. */
  release(now: Seconds): readonly string[];
}

/** Owners whose hold began together. */
interface Cohort {
  readonly since: Seconds;
  readonly generation: number;
  readonly owners: Set<string>;
}

/** Holds of one target, none yet. */
export function createHold({ window, readers }: HoldOptions): Hold {
  const cohorts = new Set<Cohort>();
  /** When each held owner's hold first began. */
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

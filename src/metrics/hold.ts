/**
 * The hold: what is shown yet. `increase()` only sees a step between two samples, so a series that begins or returns
 * is shown where readers last saw it (at 0 if never) until they have seen it there. @see spec rule 12
 */
import { MINUTE, type Seconds, seconds, type UnixSeconds } from '../model/time.ts';

/** Completed scrapes that must have carried the held value. */
const SCRAPES_TO_RELEASE = 2;
/** How long a hold waits for a kind of reader that does not come: a dead receiver must not keep scrapes waiting. */
const LONGEST_UNREAD_HOLD = seconds(15 * MINUTE);
/** How long an owner is held at most, however often new series of its begin. */
const LONGEST_HOLD = seconds(60 * MINUTE);

export interface HoldOptions {
  /** Shortest hold; 0 turns holding off. */
  readonly window: Seconds;
  /** Which readers there are: a hold waits for each kind. */
  readonly scrapes: boolean;
  readonly pushes: boolean;
}

export interface Hold {
  isHeld(owner: string): boolean;
  /**
   * Holds owners from now on, those already held anew.
   * @param generation the first snapshot that will show them held
   */
  begin(owners: Iterable<string>, generation: number, now: UnixSeconds): void;
  /** A scrape of the snapshot of this generation was completed. */
  scraped(generation: number): void;
  /** A push of the snapshot of this generation was acknowledged. */
  pushed(generation: number): void;
  /** Owners whose hold ends now; it has ended for them when this returns. */
  release(now: UnixSeconds): readonly string[];
}

/** Owners whose hold began together, and who has seen them since. */
interface Cohort {
  readonly since: UnixSeconds;
  readonly generation: number;
  readonly owners: Set<string>;
  scrapes: number;
  pushes: number;
}

/** Holds of one target, none yet. */
export function createHold(options: HoldOptions): Hold {
  const cohorts = new Set<Cohort>();
  /** When each held owner's hold first began. */
  const held = new Map<string, UnixSeconds>();

  /** Whether each kind of reader has seen the cohort, or none of the kind has come for so long that none will. */
  const isSeen = ({ scrapes, pushes }: Cohort, age: number): boolean => {
    const isUnread = age >= LONGEST_UNREAD_HOLD;
    const isScraped = !options.scrapes || scrapes >= SCRAPES_TO_RELEASE || (scrapes === 0 && isUnread);
    return isScraped && (!options.pushes || pushes > 0 || isUnread);
  };

  return {
    isHeld: (owner) => held.has(owner),
    begin: (owners, generation, now) => {
      if (options.window === 0) return;
      const cohort: Cohort = { since: now, generation, owners: new Set(owners), scrapes: 0, pushes: 0 };
      for (const owner of cohort.owners) {
        for (const other of cohorts) other.owners.delete(owner);
        if (!held.has(owner)) held.set(owner, now);
      }
      if (cohort.owners.size > 0) cohorts.add(cohort);
    },
    scraped: (generation) => {
      for (const cohort of cohorts) if (generation >= cohort.generation) cohort.scrapes += 1;
    },
    pushed: (generation) => {
      for (const cohort of cohorts) if (generation >= cohort.generation) cohort.pushes += 1;
    },
    release: (now) => {
      const released: string[] = [];
      for (const cohort of cohorts) {
        const age = now - cohort.since;
        const isOver = age >= options.window && isSeen(cohort, age);
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

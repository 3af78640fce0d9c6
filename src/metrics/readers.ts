/**
 * Who reads what is shown, and how much of it they have read: a hold waits for readers, not for scrapes, so that a probe
 * that comes often never speaks for a Prometheus that comes seldom. @see spec rule 12
 */
import { MINUTE, type Seconds, seconds } from '../model/time.ts';

/** Who read a page, as far as HTTP tells. */
export interface Reader {
  /** The same for the same reader, e.g. its address and user agent. */
  readonly id: string;
  /** Whether it says that it scrapes as Prometheus does; else it may be a probe or a person. */
  readonly isScraper: boolean;
}

/** A scraper that did not come for so long, and whoever else may come, is not waited for any more. */
const LONGEST_ABSENCE = seconds(15 * MINUTE);
/** Other readers are waited for while they keep their rhythm: so many times their longest recent gap. */
const GAPS_WAITED = 2;
/**
 * After the start a reader that does not say that it is a scraper is not taken for the only one for so long. Twice the
 * interval of Prometheus' own example; the window of a hold comes on top, by default two minutes.
 * @see https://prometheus.io/docs/prometheus/latest/getting_started (read 2026-11-29)
 */
const SCRAPER_AWAITED = seconds(30);
/** Readers remembered, those that came last. */
const READERS_KEPT = 100;

export interface ReadersOptions {
  /** Which kinds of readers there are. */
  readonly scrapes: boolean;
  readonly pushes: boolean;
  /** On the same clock as all other times here, which only measures how much time has passed. */
  readonly startedAt: Seconds;
}

export interface Readers {
  /** Notes that a reader got the whole page of the snapshot of this generation. */
  scraped(reader: Reader, generation: number, now: Seconds): void;
  /** Notes that a receiver acknowledged a push of the snapshot of this generation. */
  pushed(generation: number): void;
  /**
   * Whether all who are to be waited for have read what is shown since `generation`: each reader twice, the receiver of
   * pushes once. True too once it has been shown for so long that nobody else will come.
   * @param since when that generation was first shown
   */
  haveSeen(generation: number, since: Seconds, now: Seconds): boolean;
}

interface KnownReader {
  readonly isScraper: boolean;
  readonly lastAt: Seconds;
  /** Its last gaps between two reads, newest first, at most two. */
  readonly gaps: readonly number[];
  /** The two largest generations that it has read, largest first. */
  readonly read: readonly [number, number];
}

/** Nobody known yet. */
export function createReaders({ scrapes, pushes, startedAt }: ReadersOptions): Readers {
  /** By id, those that came last at the end. */
  const known = new Map<string, KnownReader>();
  let pushed = -1;

  const isScraped = (generation: number, isUnread: boolean, now: Seconds): boolean => {
    const hasRead = ({ read: [, second] }: KnownReader): boolean => second >= generation;
    const readers = [...known.values()];
    if (readers.some((reader) => !hasRead(reader) && isExpected(reader, now))) return false;
    const countsAlone = ({ isScraper }: KnownReader): boolean => isScraper || now - startedAt >= SCRAPER_AWAITED;
    return isUnread || readers.some((reader) => hasRead(reader) && countsAlone(reader));
  };

  return {
    scraped: ({ id, isScraper }, generation, now) => {
      const before = known.get(id);
      const [newest, second] = before?.read ?? [-1, -1];
      known.delete(id);
      known.set(id, {
        isScraper,
        lastAt: now,
        gaps: before === undefined ? [] : [now - before.lastAt, ...before.gaps].slice(0, 2),
        read: generation > newest ? [generation, newest] : [newest, Math.max(second, generation)],
      });
      const [oldest] = known.keys();
      if (known.size > READERS_KEPT && oldest !== undefined) known.delete(oldest);
    },
    pushed: (generation) => {
      pushed = Math.max(pushed, generation);
    },
    haveSeen: (generation, since, now) => {
      const isUnread = now - since >= LONGEST_ABSENCE;
      const isPushed = !pushes || pushed >= generation || isUnread;
      return isPushed && (!scrapes || isScraped(generation, isUnread, now));
    },
  };
}

/** Whether a reader may be trusted to come again. One that came once and does not say that it scrapes is not. */
function isExpected({ isScraper, lastAt, gaps }: KnownReader, now: Seconds): boolean {
  const patience = isScraper ? LONGEST_ABSENCE : Math.min(LONGEST_ABSENCE, GAPS_WAITED * Math.max(0, ...gaps));
  return now - lastAt < patience;
}

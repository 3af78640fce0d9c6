/**
 * Readers of the snapshots, and how much each has read. A hold waits for readers, not for scrapes, so that a probe that
 * reads often never ends a hold for a Prometheus that reads seldom. @see spec rule 12
 */
import { MINUTE, type Seconds, seconds } from '../model/time.ts';

/** A reader, as far as an HTTP request tells. */
export interface Reader {
  /** The same for the same reader, e.g. its address and user agent. */
  readonly id: string;
  /** True if it says that it scrapes as Prometheus does; else it may be a probe or a person. */
  readonly isScraper: boolean;
}

/** Longest time without a read after which no reader of any kind is waited for. */
const LONGEST_ABSENCE = seconds(15 * MINUTE);
/** Readers that are no scrapers are waited for while they come regularly: so many times their longest recent gap. */
const GAPS_WAITED = 2;
/**
 * Time after the start in which a scraper may still come, so that other readers alone do not end a hold. Twice the
 * interval of Prometheus' own example; the window of a hold, by default two minutes, runs as well.
 * @see https://prometheus.io/docs/prometheus/latest/getting_started (read 2026-11-29)
 */
const SCRAPER_AWAITED = seconds(30);
/** Most readers that are remembered: those that read last. */
const READERS_KEPT = 100;

export interface ReadersOptions {
  /** True if `/metrics` is served. */
  readonly scrapes: boolean;
  /** True if snapshots are pushed. */
  readonly pushes: boolean;
  /** As all times here, of a clock that only measures how much time has passed. */
  readonly startedAt: Seconds;
}

export interface Readers {
  /** Records that a reader got the whole page of the snapshot of this generation. */
  scraped(reader: Reader, generation: number, now: Seconds): void;
  /** Records that a receiver acknowledged a push of the snapshot of this generation. */
  pushed(generation: number): void;
  /**
   * True if all who are waited for have read what is shown since `generation`: each reader twice, the receiver of
   * pushes once. True as well where it has been shown for so long that no further reader is expected.
   * @param since time at which that generation was first shown
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
  /** By id, those that read last at the end. */
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
      const reader = known.get(id);
      const [newest, second] = reader?.read ?? [-1, -1];
      known.delete(id);
      known.set(id, {
        isScraper,
        lastAt: now,
        gaps: reader === undefined ? [] : [now - reader.lastAt, ...reader.gaps].slice(0, 2),
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

/** True if a reader is expected to come again; one that came once and does not say that it scrapes is not. */
function isExpected({ isScraper, lastAt, gaps }: KnownReader, now: Seconds): boolean {
  const patience = isScraper ? LONGEST_ABSENCE : Math.min(LONGEST_ABSENCE, GAPS_WAITED * Math.max(0, ...gaps));
  return now - lastAt < patience;
}

import { describe, expect, it } from 'vitest';
import { MINUTE, type Seconds, seconds } from '../model/time.ts';
import { createHold, type Hold } from './hold.ts';
import { createReaders, type Reader, type Readers, type ReadersOptions } from './readers.ts';

const WINDOW = seconds(2 * MINUTE);
const PROMETHEUS: Reader = { id: '10.0.0.1 Prometheus/3.5.0', isScraper: true };
const OTHER_PROMETHEUS: Reader = { id: '10.0.0.2 Prometheus/3.5.0', isScraper: true };
const PROBE: Reader = { id: '10.0.0.3 curl/8.14.1', isScraper: false };

interface TestHold extends Hold {
  readonly readers: Readers;
  /** Has readers read what is shown then, of the newest generation. */
  scraped(generation: number, at?: number, reader?: Reader): void;
}

/** A hold on readers of its own, whose time begins at 0. */
function hold({ window = WINDOW, ...kinds }: Partial<ReadersOptions> & { window?: Seconds } = {}): TestHold {
  const readers = createReaders({ scrapes: true, pushes: false, startedAt: seconds(0), ...kinds });
  return {
    ...createHold({ window, readers }),
    readers,
    scraped: (generation, at = 0, reader = PROMETHEUS) => readers.scraped(reader, generation, seconds(at)),
  };
}

/**
 * When a hold of five seconds that begins at `since` ends, looked at every second for up to an hour.
 * @param readers how often each comes, and when first
 */
function endOfHold(
  since: number,
  readers: readonly { readonly who: Reader; readonly every: number; readonly first: number }[],
): { readonly endedAt: number; readonly readsBy: (who: Reader) => number } {
  const held = hold({ window: seconds(5) });
  const reads = new Map<Reader, number>();
  for (let now = 0; now <= since + 3600; now += 1) {
    if (now === since) held.begin(['a'], 1, seconds(now));
    for (const { who, every, first } of readers) {
      if (now < first || (now - first) % every !== 0) continue;
      const generation = now < since ? 0 : 1;
      held.scraped(generation, now, who);
      reads.set(who, (reads.get(who) ?? 0) + generation);
    }
    if (now >= since && held.release(seconds(now)).length > 0) {
      return { endedAt: now, readsBy: (who) => reads.get(who) ?? 0 };
    }
  }
  throw new Error('the hold did not end');
}

describe('a hold', () => {
  it('ends after its window once two scrapes have carried the held value', () => {
    const held = hold();
    held.begin(['a'], 1, seconds(0));

    held.scraped(1);
    const early = held.release(WINDOW);
    held.scraped(1);
    const released = held.release(WINDOW);

    expect(early).toEqual([]);
    expect(released).toEqual(['a']);
    expect(held.isHeld('a')).toBe(false);
  });

  it('lasts for its window however often it was scraped', () => {
    const held = hold();
    held.begin(['a'], 1, seconds(0));
    for (let scrape = 1; scrape <= 5; scrape += 1) held.scraped(1);

    expect(held.release(seconds(WINDOW - 1))).toEqual([]);
    expect(held.isHeld('a')).toBe(true);
  });

  it('does not count scrapes of what was shown before it began', () => {
    const held = hold();
    held.begin(['a'], 5, seconds(0));
    for (let scrape = 1; scrape <= 5; scrape += 1) held.scraped(4);

    expect(held.release(WINDOW)).toEqual([]);
  });

  it('counts a scrape that took long for what it shows', () => {
    const held = hold();
    held.begin(['a'], 5, seconds(0));
    for (const generation of [6, 4, 4]) held.scraped(generation);
    const early = held.release(WINDOW);
    held.scraped(5);

    expect(early).toEqual([]);
    expect(held.release(WINDOW)).toEqual(['a']);
  });

  it('waits for one push too where there are pushes', () => {
    const held = hold({ pushes: true });
    held.begin(['a'], 1, seconds(0));
    held.scraped(1);
    held.scraped(2);
    const early = held.release(WINDOW);

    held.readers.pushed(2);

    expect(early).toEqual([]);
    expect(held.release(WINDOW)).toEqual(['a']);
  });

  it('waits for nothing but a push where nothing can be scraped', () => {
    const held = hold({ scrapes: false, pushes: true });
    held.begin(['a'], 1, seconds(0));

    held.readers.pushed(1);

    expect(held.release(WINDOW)).toEqual(['a']);
  });

  it('lasts a quarter of an hour at most while nobody reads', () => {
    const held = hold({ pushes: true });
    held.begin(['a'], 1, seconds(0));

    expect(held.release(seconds(15 * MINUTE - 1))).toEqual([]);
    expect(held.release(seconds(15 * MINUTE))).toEqual(['a']);
  });

  it('does not wait for a kind of reader that never comes', () => {
    const scrapedOnly = hold({ pushes: true });
    scrapedOnly.begin(['a'], 1, seconds(0));
    scrapedOnly.scraped(1);
    scrapedOnly.scraped(1);
    const pushedOnly = hold({ pushes: true });
    pushedOnly.begin(['a'], 1, seconds(0));
    pushedOnly.readers.pushed(1);

    expect([scrapedOnly, pushedOnly].map((held) => held.release(seconds(15 * MINUTE)))).toEqual([['a'], ['a']]);
  });

  it('begins anew when another series of the same owner begins, for an hour in all', () => {
    const held = hold();
    const releases = Array.from({ length: 61 }, (_, minute) => {
      held.begin(['a'], minute, seconds(minute * MINUTE));
      held.scraped(minute, minute * MINUTE);
      held.scraped(minute, minute * MINUTE);
      return held.release(seconds(minute * MINUTE)).length;
    });

    expect(releases.indexOf(1)).toBe(60);
  });

  it('of one owner does not hold another', () => {
    const held = hold();
    held.begin(['a', 'b'], 1, seconds(0));
    held.begin(['b'], 2, seconds(60));
    held.scraped(2);
    held.scraped(2);

    expect(held.release(WINDOW)).toEqual(['a']);
    expect(held.release(seconds(60 + WINDOW))).toEqual(['b']);
  });

  it('does not begin at all where the window is 0', () => {
    const held = hold({ window: seconds(0) });

    held.begin(['a'], 1, seconds(0));

    expect(held.isHeld('a')).toBe(false);
    expect(held.release(seconds(0))).toEqual([]);
  });
});

describe('a hold that is read by several', () => {
  it.each([
    ['a probe every second', { who: PROBE, every: 1, first: 0 }],
    ['a second Prometheus at twice the pace', { who: OTHER_PROMETHEUS, every: 10, first: 3 }],
  ])('waits for a slow Prometheus that it knows, whatever %s reads', (_what, other) => {
    const { endedAt, readsBy } = endOfHold(100, [{ who: PROMETHEUS, every: 20, first: 7 }, other]);

    expect(readsBy(PROMETHEUS)).toBe(2);
    expect(endedAt).toBe(127);
  });

  it('does not take a probe for the only reader right after the start, when no Prometheus has come yet', () => {
    const { endedAt, readsBy } = endOfHold(0, [
      { who: PROBE, every: 1, first: 0 },
      { who: PROMETHEUS, every: 20, first: 19 },
    ]);

    expect(readsBy(PROMETHEUS)).toBe(2);
    expect(endedAt).toBe(39);
  });

  it('waits for whoever comes regularly, though it does not say that it is a scraper', () => {
    const agent = { id: '10.0.0.4 Agent/1', isScraper: false };

    const { readsBy } = endOfHold(200, [
      { who: agent, every: 60, first: 10 },
      { who: PROMETHEUS, every: 5, first: 0 },
    ]);

    expect(readsBy(agent)).toBe(2);
  });

  it('ends by a probe alone where no Prometheus came within half a minute of the start', () => {
    const { endedAt } = endOfHold(0, [{ who: PROBE, every: 1, first: 0 }]);

    expect(endedAt).toBe(30);
  });

  it('does not wait for somebody who looked once or twice', () => {
    const held = hold({ window: seconds(5) });
    held.scraped(0, 90, PROBE);
    held.scraped(0, 95, PROBE);
    held.scraped(0, 95);
    held.begin(['a'], 1, seconds(100));
    held.scraped(1, 110);
    held.scraped(1, 125);

    expect(held.release(seconds(125))).toEqual(['a']);
  });

  it('waits a quarter of an hour at most for a Prometheus that has gone', () => {
    const held = hold({ window: seconds(5) });
    held.scraped(0, 99, OTHER_PROMETHEUS);
    held.begin(['a'], 1, seconds(100));
    const readFor = (until: number): number => {
      for (let now = 100; now < until; now += 10) {
        held.scraped(1, now);
        if (held.release(seconds(now)).length > 0) return now;
      }
      return Infinity;
    };

    expect(readFor(3600)).toBe(1000);
  });

  it('knows only the hundred that came last', () => {
    const held = hold({ window: seconds(5) });
    for (let reader = 0; reader < 1000; reader += 1) held.scraped(0, 0, { id: `old ${reader}`, isScraper: true });
    for (let reader = 0; reader < 100; reader += 1) held.scraped(0, 1, { id: `new ${reader}`, isScraper: true });
    held.begin(['a'], 1, seconds(2));
    for (let reader = 0; reader < 100; reader += 1) {
      for (const at of [3, 4]) held.scraped(1, at, { id: `new ${reader}`, isScraper: true });
    }

    expect(held.release(seconds(7))).toEqual(['a']);
  });
});

import { describe, expect, it } from 'vitest';
import { at } from '../../test/support/builders.ts';
import { MINUTE, seconds } from '../model/time.ts';
import { createHold, type HoldOptions } from './hold.ts';

const WINDOW = seconds(2 * MINUTE);

function hold(options: Partial<HoldOptions> = {}) {
  return createHold({ window: WINDOW, scrapes: true, pushes: false, ...options });
}

describe('a hold', () => {
  it('ends after its window once two scrapes have carried the held value', () => {
    const held = hold();
    held.begin(['a'], 1, at(0));

    held.scraped(1);
    const early = held.release(at(WINDOW));
    held.scraped(1);
    const released = held.release(at(WINDOW));

    expect(early).toEqual([]);
    expect(released).toEqual(['a']);
    expect(held.isHeld('a')).toBe(false);
  });

  it('lasts for its window however often it was scraped', () => {
    const held = hold();
    held.begin(['a'], 1, at(0));
    for (let scrape = 1; scrape <= 5; scrape += 1) held.scraped(1);

    expect(held.release(at(WINDOW - 1))).toEqual([]);
    expect(held.isHeld('a')).toBe(true);
  });

  it('does not count scrapes of what was shown before it began', () => {
    const held = hold();
    held.begin(['a'], 5, at(0));
    for (let scrape = 1; scrape <= 5; scrape += 1) held.scraped(4);

    expect(held.release(at(WINDOW))).toEqual([]);
  });

  it('waits for one push too where there are pushes', () => {
    const held = hold({ pushes: true });
    held.begin(['a'], 1, at(0));
    held.scraped(1);
    held.scraped(2);
    const early = held.release(at(WINDOW));

    held.pushed(2);

    expect(early).toEqual([]);
    expect(held.release(at(WINDOW))).toEqual(['a']);
  });

  it('waits for nothing but a push where nothing can be scraped', () => {
    const held = hold({ scrapes: false, pushes: true });
    held.begin(['a'], 1, at(0));

    held.pushed(1);

    expect(held.release(at(WINDOW))).toEqual(['a']);
  });

  it('lasts a quarter of an hour at most while nobody reads', () => {
    const held = hold({ pushes: true });
    held.begin(['a'], 1, at(0));

    expect(held.release(at(15 * MINUTE - 1))).toEqual([]);
    expect(held.release(at(15 * MINUTE))).toEqual(['a']);
  });

  it('does not wait for a kind of reader that never comes', () => {
    const scrapedOnly = hold({ pushes: true });
    scrapedOnly.begin(['a'], 1, at(0));
    scrapedOnly.scraped(1);
    scrapedOnly.scraped(1);
    const pushedOnly = hold({ pushes: true });
    pushedOnly.begin(['a'], 1, at(0));
    pushedOnly.pushed(1);

    expect([scrapedOnly, pushedOnly].map((held) => held.release(at(15 * MINUTE)))).toEqual([['a'], ['a']]);
  });

  it('begins anew when another series of the same owner begins, for an hour in all', () => {
    const held = hold();
    const releases = Array.from({ length: 61 }, (_, minute) => {
      held.begin(['a'], minute, at(minute * MINUTE));
      held.scraped(minute);
      held.scraped(minute);
      return held.release(at(minute * MINUTE)).length;
    });

    expect(releases.indexOf(1)).toBe(60);
  });

  it('of one owner does not hold another', () => {
    const held = hold();
    held.begin(['a', 'b'], 1, at(0));
    held.begin(['b'], 2, at(60));
    held.scraped(2);
    held.scraped(2);

    expect(held.release(at(WINDOW))).toEqual(['a']);
    expect(held.release(at(60 + WINDOW))).toEqual(['b']);
  });

  it('does not begin at all where the window is 0', () => {
    const held = hold({ window: seconds(0) });

    held.begin(['a'], 1, at(0));

    expect(held.isHeld('a')).toBe(false);
    expect(held.release(at(0))).toEqual([]);
  });
});

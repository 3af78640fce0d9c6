import { expect, it } from 'vitest';
import { ago, at } from '../../test/support/builders.ts';
import { createSettableClock } from '../../test/support/manual-clock.ts';
import { DAY, HOUR, MINUTE, type UnixSeconds, unixSeconds } from '../model/time.ts';
import { createVendorClock } from './vendor-clock.ts';

function createClocks() {
  const own = createSettableClock();
  const reported: number[] = [];
  const clock = createVendorClock(own, (offset) => reported.push(offset));
  return { own, clock, reported };
}

it("is this machine's time where the vendor's differs by minutes, or answers have no date", () => {
  const { clock, reported } = createClocks();

  expect([clock.learn(null), clock.learn(at(4 * MINUTE)), clock.now()]).toEqual([null, at(4 * MINUTE), at(0)]);
  expect(reported).toEqual([]);
});

it.each([
  ['behind', 3 * DAY],
  ['ahead', -10 * DAY],
])("is the vendor's time where this machine's clock is days %s, and says so once", (_what, difference) => {
  const { own, clock, reported } = createClocks();

  clock.learn(at(difference));
  own.advance(MINUTE);
  clock.learn(at(difference + MINUTE + 1));

  expect(clock.now()).toBe(at(difference + MINUTE));
  expect(reported).toEqual([difference]);
});

it("is this machine's time again once its clock was set", () => {
  const { own, clock, reported } = createClocks();
  clock.learn(at(3 * DAY));

  own.set(at(3 * DAY));
  clock.learn(at(3 * DAY));

  expect(clock.now()).toBe(at(3 * DAY));
  expect(reported).toEqual([3 * DAY, 0]);
});

it.each<readonly [string, UnixSeconds]>([
  ['1970', unixSeconds(1)],
  ['2099', unixSeconds(Date.UTC(2099, 0, 1) / 1000)],
])('does not believe a date of %s, which is then no date at all', (_what, date) => {
  const { clock, reported } = createClocks();

  expect(clock.learn(date)).toBeNull();
  expect([clock.now(), reported]).toEqual([at(0), []]);
});

it("believes the vendor's date where this machine's own is of 1970", () => {
  const { own, clock } = createClocks();
  const date = own.now();
  own.set(60);

  clock.learn(date);

  expect(clock.now()).toBe(date);
});

it('does not believe a date that stands still, which comes out of a cache', () => {
  const { own, clock } = createClocks();
  clock.learn(ago(HOUR));
  own.advance(11 * MINUTE);

  expect(clock.learn(ago(HOUR))).toBeNull();
  expect(clock.now()).toBe(at(11 * MINUTE));
});

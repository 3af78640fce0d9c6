import { expect, it } from 'vitest';
import { createSettableClock } from '../../test/support/manual-clock.ts';
import { createFrozenClock } from '../../test/support/world.ts';
import { type Clock, createClock } from '../model/clock.ts';
import { seconds, unixSeconds } from '../model/time.ts';
import { createControlledClock } from './controlled-clock.ts';

const START = unixSeconds(1_000_000);

it('stands still while it is frozen, jumps ahead, and runs on from where it stands', () => {
  let below = START;
  const clock = createControlledClock({ ...createClock(), now: () => below });

  const shown: number[] = [clock.now()];
  clock.freeze();
  below = unixSeconds(START + 100);
  shown.push(clock.now());
  clock.advance(seconds(10));
  shown.push(clock.now());
  clock.resume();
  below = unixSeconds(START + 105);
  shown.push(clock.now());
  clock.advance(seconds(1));
  shown.push(clock.now());

  expect(shown.map((now) => now - START)).toEqual([0, 0, 10, 15, 16]);
  expect(() => clock.advance(seconds(-1))).toThrow('time cannot run backwards: -1 s');
});

it('tells how much time has passed, jumps of its own included, whatever the clock below is set to', () => {
  const below = createSettableClock(START);
  const clock = createControlledClock(below);
  const began = clock.monotonic();

  const passed: number[] = [];
  const note = (): void => void passed.push(clock.monotonic() - began);
  below.set(START - 3600);
  note();
  clock.freeze();
  below.advance(100);
  note();
  clock.advance(seconds(10));
  note();
  clock.resume();
  below.advance(5);
  note();
  clock.advance(seconds(1));
  note();

  expect(passed).toEqual([0, 0, 10, 15, 16]);
});

it('wakes a sleeper when it is advanced past its time, and not before', async () => {
  const clock = createFrozenClock(START);
  const woken: string[] = [];
  const short = clock.sleep(seconds(60), new AbortController().signal).then(() => woken.push('short'));
  const long = new AbortController();
  const aborted = clock.sleep(seconds(600), long.signal).then(() => woken.push('long'));

  clock.advance(seconds(61));
  await short;
  long.abort();
  await aborted;

  expect(woken).toEqual(['short', 'long']);
});

it('sleeps as the clock below does once it runs', async () => {
  const slept: number[] = [];
  const below: Clock = {
    ...createClock(),
    now: () => unixSeconds(START + slept.reduce((sum, rest) => sum + rest, 0)),
    sleep: (rest) => {
      slept.push(rest);
      return Promise.resolve();
    },
  };

  await createControlledClock(below).sleep(seconds(5), new AbortController().signal);

  expect(slept).toEqual([5]);
});

import { expect, test } from 'vitest';
import { HOUR, seconds } from './time.ts';
import { isTimeOver, timeLeft, within } from './time-limit.ts';

test('tells how much time a signal has left', () => {
  const left = timeLeft(within(HOUR, new AbortController().signal));

  expect(left).toBeGreaterThan(3000);
  expect(left).toBeLessThanOrEqual(3600);
});

test('has nothing to tell of a signal that time does not end', () => {
  expect(timeLeft(new AbortController().signal)).toBeNull();
});

test('aborts with the signal that it limits', () => {
  const controller = new AbortController();
  const limited = within(HOUR, controller.signal);

  controller.abort();

  expect(limited.aborted).toBe(true);
  expect(isTimeOver(limited)).toBe(false);
});

test('aborts when its time is over', async () => {
  const limited = within(seconds(0.01), new AbortController().signal);
  const before = isTimeOver(limited);

  await new Promise((resolve) => limited.addEventListener('abort', resolve));

  expect(timeLeft(limited)).toBeLessThan(0.01);
  expect([before, isTimeOver(limited)]).toEqual([false, true]);
});

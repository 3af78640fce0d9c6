import { describe, expect, it, vi } from 'vitest';
import { createClock } from './clock.ts';
import { seconds, unixSeconds } from './time.ts';

describe('createClock', () => {
  it('begins where it is told to', () => {
    const clock = createClock(1, unixSeconds(1000));

    expect(clock.now()).toBeGreaterThanOrEqual(1000);
    expect(clock.now()).toBeLessThan(1060);
  });

  it('lets its sleeps pass as fast as it runs', async () => {
    const clock = createClock(3600, unixSeconds(0));

    await clock.sleep(seconds(36), new AbortController().signal);

    expect(clock.now()).toBeGreaterThanOrEqual(30);
  });

  it('measures how much time has passed as fast as it runs, whatever the machine is set to', async () => {
    const clock = createClock(3600, unixSeconds(0));
    const began = clock.monotonic();
    vi.setSystemTime(0);

    await clock.sleep(seconds(36), new AbortController().signal);
    const passed = clock.monotonic() - began;
    vi.useRealTimers();

    expect(passed).toBeGreaterThanOrEqual(30);
    expect(passed).toBeLessThan(86_400);
  });

  it('wakes up at once when it is aborted, and does not fall asleep after that', async () => {
    const clock = createClock();
    const abort = new AbortController();
    const asleep = clock.sleep(seconds(3600), abort.signal);

    abort.abort();

    await expect(asleep).resolves.toBeUndefined();
    await expect(clock.sleep(seconds(3600), abort.signal)).resolves.toBeUndefined();
  });

  it('does not wake up at once from a sleep that no timer could hold', async () => {
    const clock = createClock();
    const abort = new AbortController();
    let isAwake = false;
    const sleep = async (): Promise<void> => {
      await clock.sleep(seconds(100 * 86_400), abort.signal);
      isAwake = true;
    };
    const asleep = sleep();

    await clock.sleep(seconds(0.02), new AbortController().signal);
    const woke = isAwake;
    abort.abort();
    await asleep;

    expect(woke).toBe(false);
  });
});

import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FAILURES } from '../../test/support/scripted-vendor.ts';
import { startEngine, type TestEngine } from '../../test/support/start-engine.ts';
import { HOUR, MINUTE, seconds } from '../model/time.ts';

/** Waits of the poller before each of so many polls after the first; each passes as soon as it has begun. */
async function waits(exporter: TestEngine, polls: number): Promise<readonly number[]> {
  const { poller } = exporter.target();
  poller.start();
  for (let poll = 0; poll < polls; poll += 1) {
    await exporter.clock.asleep(1);
    exporter.clock.advance(exporter.clock.slept.at(-1)!);
  }
  await poller.stop();
  return exporter.clock.slept.slice(0, polls);
}

describe('a poller', () => {
  it('polls on its interval while all goes well', async () => {
    using exporter = await startEngine();

    expect(await waits(exporter, 3)).toEqual([120, 120, 120]);
  });

  it('waits longer after each failure, five minutes at most, and as usual once a poll succeeds', async () => {
    using exporter = await startEngine();
    const answers = Array.from({ length: 4 }, FAILURES.broken);
    exporter.script.list = () => answers.shift() ?? [];

    expect(await waits(exporter, 6)).toEqual([120, 240, 300, 300, 120, 120]);
  });

  it('waits as long as the vendor asks for, an hour at most', async () => {
    using exporter = await startEngine();
    const answers = [FAILURES.tooMany(seconds(20 * MINUTE)), FAILURES.tooMany(seconds(5 * HOUR))];
    exporter.script.list = () => answers.shift() ?? [];

    expect(await waits(exporter, 3)).toEqual([1200, 3600, 120]);
  });

  it('never begins a poll before the one before it has ended', async () => {
    using exporter = await startEngine();
    let underWay = 0;
    let most = 0;
    exporter.script.list = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await setImmediate();
      underWay -= 1;
      return [];
    };

    await waits(exporter, 3);

    expect(most).toBe(1);
  });

  it('ends a poll that is under way when it is stopped, which counts as no failure', async () => {
    using exporter = await startEngine();
    exporter.script.list = ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(FAILURES.unreachable()));
      });
    const { poller, problem } = exporter.target();
    poller.start();

    await poller.stop();

    expect(problem()).toBeNull();
    expect(exporter.shown('polls')).toMatchObject({ ok: 0, network: 0 });
  });

  it('names the failure of the last poll', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => FAILURES.unreachable();

    await exporter.poll();

    expect(exporter.target().problem()).toBe('ECONNREFUSED');
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aConfig, aTarget, at, finishedRun } from '../../test/support/builders.ts';
import { openSharedStorage, type SharedStorage } from '../../test/support/leased-storage.ts';
import { startEngine, type TestEngine } from '../../test/support/start-engine.ts';
import { MINUTE, seconds } from '../model/time.ts';
import { turnEventLoop } from '../../test/support/turn-event-loop.ts';

let shared: SharedStorage;
beforeEach(() => {
  shared = openSharedStorage();
});
afterEach(() => shared.close());

const start = (exporter: string): Promise<TestEngine> => startEngine({ storage: () => shared.join(exporter) });

/** Lets an engine at work do what is due after a while. */
async function pass(exporter: TestEngine, duration: number): Promise<void> {
  exporter.clock.advance(duration);
  await turnEventLoop();
}

describe('a target that another exporter holds', () => {
  it('is standby: the exporter starts, and neither polls nor shows it', async () => {
    using holder = await start('a');
    using other = await start('b');

    await holder.poll();
    await other.poll();

    expect([...other.engine().standby.keys()]).toEqual(['acme']);
    expect(other.engine().targets.size).toBe(0);
    expect(other.vendor.asked).toEqual([]);
    expect(other.shown('targetUp')).toEqual({});
    expect(holder.shown('targetUp')).toEqual({ '': 1 });
  });

  it('does not keep the exporter from its other targets', async () => {
    using holder = await start('a');
    using other = await start('b');

    await other.engine().reload(aConfig({ targets: [aTarget(), aTarget({ id: 'free', name: 'free' })] }));
    await other.poll();

    expect(holder.engine().targets.size).toBe(1);
    expect([...other.engine().targets.keys()]).toEqual(['free']);
    expect(other.shown('targetUp')).toEqual({ '': 1 });
  });

  it('is taken over once it is given back, and counts on from there', async () => {
    using holder = await start('a');
    using other = await start('b');
    await holder.poll();
    holder.script.list = () => [finishedRun({ endedAt: at(30) })];
    other.script.list = holder.script.list;
    holder.clock.advance(MINUTE);
    await holder.poll();

    await holder.engine().stop();
    other.engine().start();
    await pass(other, seconds(5));
    await pass(other, seconds(1));

    expect(other.engine().standby.size).toBe(0);
    expect(other.vendor.asked).toHaveLength(1);
    expect(other.state().jobs.get('nightly')?.recent).toHaveLength(1);
    expect(other.shown('runsFinished')).toMatchObject({ 'nightly success': 1 });
    await other.engine().stop();
  });

  it('is left where the configuration drops it meanwhile', async () => {
    using holder = await start('a');
    using other = await start('b');

    await other.engine().reload(aConfig({ targets: [] }));

    expect(holder.engine().targets.size).toBe(1);
    expect(other.engine().standby.size).toBe(0);
  });
});

describe('a target whose lease is lost', () => {
  it('counts nothing more, is not shown any more, and is standby', async () => {
    using holder = await start('a');
    await holder.poll();
    shared.expire('acme');
    using other = await start('b');
    await other.poll();
    for (const exporter of [holder, other]) {
      exporter.clock.advance(MINUTE);
      exporter.script.list = () => [finishedRun({ endedAt: at(30) })];
    }

    await holder.poll();
    await other.poll();

    expect([...holder.engine().standby.keys()]).toEqual(['acme']);
    expect(holder.shown('runsFinished')).toEqual({});
    expect(holder.shown('targetUp')).toEqual({});
    expect(other.shown('runsFinished')).toMatchObject({ 'nightly success': 1 });
  });

  it('is taken again once nobody holds it', async () => {
    using holder = await start('a');
    holder.engine().start();
    await pass(holder, 0);
    shared.expire('acme');
    using other = await start('b');
    await other.poll();
    holder.script.list = () => [finishedRun({ endedAt: at(30) })];
    await pass(holder, 2 * MINUTE);
    const lost = [...holder.engine().standby.keys()];

    await other.engine().stop();
    await pass(holder, seconds(5));
    await pass(holder, seconds(1));

    expect(lost).toEqual(['acme']);
    expect([...holder.engine().targets.keys()]).toEqual(['acme']);
    expect(holder.shown('runsFinished')).toMatchObject({ 'nightly success': 1 });
    await holder.engine().stop();
  });
});

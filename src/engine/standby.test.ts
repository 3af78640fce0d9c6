import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aConfig, aTarget, at, finishedRun } from '../../test/support/builders.ts';
import { eventually } from '../../test/support/eventually.ts';
import { LedgerError } from '../ledger/ledger.ts';
import type { LedgerStorage } from '../ledger/storage.ts';
import { openSharedStorage, type SharedStorage } from '../../test/support/leased-storage.ts';
import { startEngine, type TestEngine } from '../../test/support/start-engine.ts';
import { MINUTE, seconds } from '../model/time.ts';

let shared: SharedStorage;
beforeEach(() => {
  shared = openSharedStorage();
});
afterEach(() => shared.close());

const start = (exporter: string): Promise<TestEngine> => startEngine({ storage: () => shared.join(exporter) });

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
    await other.pass(seconds(5));
    await other.pass(seconds(1));

    expect(other.engine().standby.size).toBe(0);
    expect(other.vendor.asked).toHaveLength(1);
    expect(other.state().jobs.get('nightly')?.recent).toHaveLength(1);
    expect(other.shown('runsFinished')).toMatchObject({ 'nightly success': 1 });
    await other.engine().stop();
  });

  it('is taken over although another one is refused, which is logged once', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'error' }, { write: (line) => void lines.push(line) });
    const config = { targets: [aTarget({ id: 'bad', name: 'bad' }), aTarget()] };
    using holder = await startEngine({ storage: () => shared.join('a'), config });
    let isStarted = false;
    const refuseBad = (storage: LedgerStorage): LedgerStorage => ({
      ...storage,
      open: async (identity) => {
        if (isStarted && identity.id === 'bad') throw new LedgerError('bad is damaged');
        return storage.open(identity);
      },
    });
    using other = await startEngine({ storage: () => refuseBad(shared.join('b')), config, logger });
    isStarted = true;

    await holder.engine().stop();
    other.engine().start();
    await other.clock.asleep(2);
    for (let claim = 0; claim < 3; claim += 1) await other.pass(seconds(5));

    expect([...other.engine().targets.keys()]).toEqual(['acme']);
    expect([...other.engine().standby.keys()]).toEqual(['bad']);
    expect(lines.map((line) => (JSON.parse(line) as { error: string }).error)).toEqual(['LedgerError: bad is damaged']);
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
    await holder.start();
    shared.expire('acme');
    using other = await start('b');
    await other.poll();
    holder.script.list = () => [finishedRun({ endedAt: at(30) })];
    holder.clock.advance(2 * MINUTE);
    await eventually(() => (holder.engine().standby.has('acme') ? true : null), {
      what: 'acme to be standby',
      everyMilliseconds: 1,
    });
    // All but the poller, which has ended.
    await holder.clock.asleep(2);

    await other.engine().stop();
    await holder.pass(seconds(5));
    await holder.pass(seconds(1));

    expect([...holder.engine().targets.keys()]).toEqual(['acme']);
    expect(holder.shown('runsFinished')).toMatchObject({ 'nightly success': 1 });
    await holder.engine().stop();
  });
});

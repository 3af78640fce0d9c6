import { getEventListeners } from 'node:events';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aConfig, aTarget, at, finishedRun, liveRun } from '../../test/support/builders.ts';
import { openSharedStorage, type SharedStorage } from '../../test/support/leased-storage.ts';
import { createScriptedVendor } from '../../test/support/scripted-vendor.ts';
import { startEngine, type TestEngine } from '../../test/support/start-engine.ts';
import { LedgerError } from '../ledger/ledger.ts';
import type { LedgerStorage } from '../ledger/storage.ts';
import { MINUTE, seconds } from '../model/time.ts';
import { createStatusSource } from './create-status-source.ts';

let shared: SharedStorage;
beforeEach(() => {
  shared = openSharedStorage();
});
afterEach(() => shared.close());

/** Counts a run, so that a lease that was expired is found lost. */
async function countRun(exporter: TestEngine, id: string, endedAt: number): Promise<void> {
  exporter.clock.advance(2 * MINUTE);
  exporter.script.list = () => [finishedRun({ id, endedAt: at(endedAt) })];
  await exporter.poll();
}

describe('running targets', () => {
  it('keep nothing of the pollers that a reload has ended', async () => {
    using exporter = await startEngine();
    const { lost } = exporter.target().target.ledger;

    for (let reload = 0; reload < 20; reload += 1)
      await exporter.engine().reload(aConfig({ targets: [aTarget({ pollInterval: seconds(30 + reload) })] }));

    expect(getEventListeners(lost, 'abort')).toHaveLength(1);
  });

  it('give back a standby target that was claimed and could not be begun', async () => {
    let fails = false;
    const failing = (storage: LedgerStorage): LedgerStorage => ({
      ...storage,
      open: async (identity) => {
        const stored = await storage.open(identity);
        if (stored === null) return null;
        return {
          ...stored,
          write: (change) => (fails ? Promise.reject(new LedgerError('full')) : stored.write(change)),
        };
      },
    });
    using holder = await startEngine({ storage: () => shared.join('a') });
    using other = await startEngine({ storage: () => failing(shared.join('b')) });
    holder.script.list = () => [liveRun()];
    await holder.poll();
    await countRun(holder, 'r1', 30);
    // Other buckets: the claim has histograms to write.
    await other.engine().reload(aConfig({ durationBuckets: [1, 2] }));
    fails = true;
    await holder.engine().stop();
    other.engine().start();
    await other.clock.asleep(2);
    other.clock.advance(seconds(5));
    await other.clock.asleep(2);

    using third = await startEngine({ storage: () => shared.join('c') });
    const takenByThird = [...third.engine().targets.keys()];
    await other.engine().stop();

    expect(takenByThird).toEqual(['acme']);
  });

  it('stay in the order of the configuration when one was standby for a while', async () => {
    const config = { targets: [aTarget({ id: 'first', name: 'first' }), aTarget()] };
    using exporter = await startEngine({ storage: () => shared.join('a'), config });
    shared.expire('first');
    await countRun(exporter, 'r1', 30);
    exporter.engine().start();
    await exporter.pass(seconds(5));
    const status = createStatusSource(exporter.engine(), exporter.clock);

    const names = status.targets().map(({ name }) => name);
    await exporter.engine().stop();

    expect(names).toEqual(['first', 'acme']);
  });

  it('log a problem of a standby target again once it was taken over meanwhile', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'error' }, { write: (line) => void lines.push(line) });
    let refuses = false;
    const refusing = (storage: LedgerStorage): LedgerStorage => ({
      ...storage,
      open: (identity) => (refuses ? Promise.reject(new LedgerError('busy')) : storage.open(identity)),
    });
    using exporter = await startEngine({ storage: () => refusing(shared.join('a')), logger });
    const claim = async (isRefused: boolean): Promise<void> => {
      refuses = isRefused;
      exporter.clock.advance(seconds(5));
      await exporter.clock.asleep(isRefused ? 2 : 3);
    };
    shared.expire('acme');
    await countRun(exporter, 'r1', 30);
    exporter.engine().start();
    await exporter.clock.asleep(2);

    await claim(true);
    await claim(false);
    refuses = true;
    shared.expire('acme');
    await countRun(exporter, 'r2', 60);
    await exporter.clock.asleep(2);
    await claim(true);
    await exporter.engine().stop();

    expect(lines.filter((line) => line.includes('busy'))).toHaveLength(2);
  });

  it('keep a claimed target standby that could not be connected', async () => {
    const { vendor } = createScriptedVendor();
    let fails = false;
    const failing = {
      ...vendor,
      connect: (options: Parameters<typeof vendor.connect>[0]) => {
        if (fails) throw new TypeError('no');
        return vendor.connect(options);
      },
    };
    using holder = await startEngine({ storage: () => shared.join('a') });
    using other = await startEngine({ storage: () => shared.join('b'), vendor: failing });
    await holder.engine().stop();
    fails = true;
    other.engine().start();
    await other.clock.asleep(2);
    other.clock.advance(seconds(5));
    await other.clock.asleep(2);

    const known = [...other.engine().targets.keys(), ...other.engine().standby.keys()];
    await other.engine().stop();

    expect(known).toEqual(['acme']);
  });

  it('count on after a refused reload that had renamed a target, and a restart', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    await countRun(exporter, 'r1', 30);
    const other = aTarget({ id: 'other', name: 'other' });
    await exporter.engine().reload(aConfig({ targets: [aTarget(), other] }));
    await exporter.engine().reload(aConfig());
    const refused = { ...other, settings: { base_url: new URL('https://vendor.test'), account: 'b' } };
    const renamed = aTarget({ id: 'acme-2', name: 'acme-2', previousNames: ['acme'] });

    const reloaded = exporter.engine().reload(aConfig({ targets: [renamed, refused] }));
    await expect(reloaded).rejects.toThrow('knows target');
    await exporter.restart();

    expect(exporter.shown('runsFinished')['nightly success']).toBe(1);
  });
});

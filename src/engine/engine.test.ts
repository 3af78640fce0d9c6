import { describe, expect, it } from 'vitest';
import { aConfig, aTarget, at, finishedRun, liveRun } from '../../test/support/builders.ts';
import { startEngine, type TestEngine } from '../../test/support/start-engine.ts';
import { MINUTE, seconds } from '../model/time.ts';

/** An engine that has counted a failure of `nightly`. */
async function afterFailure(): Promise<TestEngine> {
  const exporter = await startEngine();
  exporter.script.list = () => [liveRun()];
  await exporter.poll();
  exporter.script.list = () => [finishedRun({ result: 'failure' })];
  await exporter.poll();
  return exporter;
}

const ANOTHER_ACCOUNT = { base_url: new URL('https://vendor.test'), account: 'b' };

describe('a reload', () => {
  it('leaves a target alone that did not change', async () => {
    using exporter = await afterFailure();
    const before = exporter.target();

    await exporter.engine().reload(aConfig({ targets: [aTarget(), aTarget({ id: 'b', name: 'b' })] }));

    expect(exporter.target()).toBe(before);
    expect([...exporter.engine().targets.keys()]).toEqual(['acme', 'b']);
  });

  it('goes on counting where a target was, under its new settings', async () => {
    using exporter = await afterFailure();
    const { target } = exporter.target();

    await exporter.engine().reload(aConfig({ targets: [aTarget({ pollInterval: seconds(30) })] }));
    await exporter.poll();

    expect(exporter.target().target).toBe(target);
    expect(exporter.shown('pollInterval')).toEqual({ '': 30 });
    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
  });

  it('forgets the rate limit of a target that changed', async () => {
    using exporter = await startEngine();
    const { observer } = exporter.target().target.activity;
    observer.rateLimitLearned({ limit: 100, remaining: 3, resetAt: null });
    const before = exporter.shown('apiRateLimitRemaining');

    await exporter.engine().reload(aConfig({ targets: [aTarget({ pollInterval: seconds(30) })] }));

    expect(before).toEqual({ '': 3 });
    expect(exporter.shown('apiRateLimitRemaining')).toEqual({});
  });

  it('drops a target that is not configured any more', async () => {
    using exporter = await afterFailure();

    await exporter.engine().reload(aConfig({ targets: [] }));

    expect(exporter.shown('runsFinished')).toEqual({});
    expect(exporter.shown('targetUp')).toEqual({});
  });

  it('moves what was counted to a new name', async () => {
    using exporter = await afterFailure();

    await exporter
      .engine()
      .reload(aConfig({ targets: [aTarget({ id: 'acme-2', name: 'acme-2', previousNames: ['acme'] })] }));

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
  });

  it('refuses another account under the same id, and goes on as before', async () => {
    using exporter = await afterFailure();
    const targets = [aTarget({ settings: ANOTHER_ACCOUNT })];

    const reloaded = exporter.engine().reload(aConfig({ targets }));

    await expect(reloaded).rejects.toThrow(
      'target acme is another account now; give it another id, or set "reset: true" once to forget what was counted',
    );
    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
    await exporter.poll();
    expect(exporter.shown('targetUp')).toEqual({ '': 1 });
  });

  it('begins anew for another account where the configuration says so', async () => {
    using exporter = await afterFailure();
    const targets = [aTarget({ settings: ANOTHER_ACCOUNT, reset: true })];

    await exporter.engine().reload(aConfig({ targets }));
    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(0);
  });

  it('keeps all of the old configuration where the ledger refuses a part of the new one', async () => {
    using exporter = await afterFailure();
    const other = aTarget({ id: 'other', name: 'other' });
    await exporter.engine().reload(aConfig({ targets: [aTarget(), other] }));
    await exporter.engine().reload(aConfig());
    const refused = { ...other, settings: ANOTHER_ACCOUNT };

    const reloaded = exporter.engine().reload(aConfig({ targets: [refused] }));

    await expect(reloaded).rejects.toThrow('the ledger knows target other as');
    expect([...exporter.engine().targets.keys()]).toEqual(['acme']);
    const { ok } = exporter.shown('polls');
    await exporter.poll();
    expect(exporter.shown('polls')).toMatchObject({ ok: ok! + 1 });
    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
    await exporter.engine().reload(aConfig({ targets: [aTarget(), other] }));
    expect([...exporter.engine().targets.keys()]).toEqual(['acme', 'other']);
  });

  it('leaves histograms and counting alone where a new configuration with other buckets is refused', async () => {
    using exporter = await afterFailure();
    const other = aTarget({ id: 'other', name: 'other' });
    await exporter.engine().reload(aConfig({ targets: [aTarget(), other] }));
    await exporter.engine().reload(aConfig());
    const refused = { ...other, settings: ANOTHER_ACCOUNT };

    const reloaded = exporter.engine().reload(aConfig({ targets: [aTarget(), refused], durationBuckets: [1, 2] }));

    await expect(reloaded).rejects.toThrow('the ledger knows target other as');
    exporter.script.list = () => [finishedRun({ id: 'r9', endedAt: at(90), result: 'failure' })];
    exporter.clock.advance(MINUTE);
    await exporter.poll();
    expect(exporter.shown('runDuration')['nightly failure']).toBe(2);
    expect(exporter.shown('runsFinished')['nightly failure']).toBe(2);
    expect(exporter.engine().standby.size).toBe(0);
  });

  it('restarts the histograms where the buckets are others now', async () => {
    using exporter = await afterFailure();
    const before = exporter.shown('runDuration')['nightly failure'];

    exporter.clock.advance(MINUTE);
    await exporter.engine().reload(aConfig({ durationBuckets: [1, 2] }));

    expect(before).toBe(1);
    expect(exporter.shown('runDuration')['nightly failure']).toBe(0);
    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
  });
});

describe('an engine at work', () => {
  it('polls on its interval, and stops when asked to', async () => {
    using exporter = await startEngine();
    const { vendor, clock } = exporter;
    const engine = exporter.engine();

    await exporter.start();
    const first = vendor.asked.length;
    await exporter.pass(119);
    const early = vendor.asked.length;
    await exporter.pass(1);
    const second = vendor.asked.length;
    await engine.stop();

    expect([first, early, second, vendor.asked.length]).toEqual([1, 1, 2, 2]);
    expect(clock.sleeping()).toBe(0);
  });

  it('ends holds as they are due', async () => {
    using exporter = await startEngine({ config: { holdWindow: seconds(MINUTE) } });
    await exporter.start();
    exporter.script.list = () => [finishedRun({ endedAt: at(60), result: 'failure' })];
    await exporter.pass(2 * MINUTE);
    const shown: (number | undefined)[] = [];

    for (let scrape = 1; scrape <= 3; scrape += 1) {
      shown.push(exporter.scrape('runsFinished')['nightly failure']);
      await exporter.pass(30);
    }

    expect(shown).toEqual([0, 0, 1]);
    await exporter.engine().stop();
  });
});

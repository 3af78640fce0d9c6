import { describe, expect, it } from 'vitest';
import { aConfig, aJob, aTarget, at, finishedRun, liveRun } from '../../test/support/builders.ts';
import { startEngine } from '../../test/support/start-engine.ts';
import type { FinishedRun } from '../model/run.ts';
import { DAY, HOUR } from '../model/time.ts';
import { createStatusSource } from './create-status-source.ts';

describe('the status', () => {
  it('is ready only once every target was polled, well or not', async () => {
    using exporter = await startEngine();
    const status = createStatusSource(exporter.engine(), exporter.clock);
    const before = status.readiness();
    exporter.script.list = () => new Error('no answer');

    await exporter.poll();

    expect(before).toEqual({ ready: false, reason: expect.stringContaining('waiting for the first poll of ') });
    expect(status.readiness()).toEqual({ ready: true });
  });

  it('says why the last poll of a target failed', async () => {
    using exporter = await startEngine();
    const status = createStatusSource(exporter.engine(), exporter.clock);
    exporter.script.list = () => new Error('no answer');

    await exporter.poll();

    expect(status.targets()).toMatchObject([{ up: false, outcome: 'internal', problem: 'no answer', scopesFailed: 1 }]);
  });

  it('shows what is wrong with a target that is up', async () => {
    const expectation = { job: 'weekly-*', workspace: '*', every: HOUR, grace: HOUR };
    using exporter = await startEngine({ config: { targets: [aTarget({ expect: [expectation] })] } });
    const status = createStatusSource(exporter.engine(), exporter.clock);
    const [unread] = status.targets();
    exporter.script.list = () => ({
      runs: [
        finishedRun({ vendorState: 'PARKED', stateKnown: false, result: 'unknown' }),
        ...['a', 'b'].map((id) => finishedRun({ id, unreadable: [{ field: 'duration', problem: '' }] })),
      ],
      rejected: [
        { reason: 'schema', key: 'a', problem: '' },
        { reason: 'schema', key: 'b', problem: '' },
      ],
      truncated: true,
    });

    await exporter.poll();

    expect(unread).toMatchObject({
      recordsRejected: 0,
      unreadableFields: [],
      unknownStates: [],
      expectationsUnmatched: [],
    });
    expect(status.targets()).toMatchObject([
      {
        recordsRejected: 2,
        unreadableFields: ['duration (2)'],
        unknownStates: ['PARKED'],
        historyTruncated: true,
        historyGap: 0,
        expectationsUnmatched: ['weekly-*'],
      },
    ]);
  });

  it('names live, finished and failing runs as people know them at the vendor', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [
      liveRun({ id: 'scripted:r1' }),
      finishedRun({ id: 'scripted:r2', result: 'failure', job: aJob({ name: 'weekly' }) }),
    ];
    const status = createStatusSource(exporter.engine(), exporter.clock);

    await exporter.poll();

    expect([...status.runs(), ...status.failing()].map(({ runId }) => runId)).toEqual(['r1', 'r2', 'r2']);
  });

  it('adds up the time whose runs nobody could count', async () => {
    using exporter = await startEngine();
    const status = createStatusSource(exporter.engine(), exporter.clock);
    await exporter.poll();
    exporter.clock.advance(100 * DAY);

    await exporter.poll();

    expect(status.targets()[0]?.historyGap).toBe(exporter.shown('historyGap')['']);
    expect(status.targets()[0]?.historyGap).toBeGreaterThan(9 * DAY);
  });

  it('calls a job failing by its newest finished run, unless somebody acknowledged that', async () => {
    const ended = (name: string, endedAt: number, fields: Partial<FinishedRun>) =>
      finishedRun({ id: `${name} ${endedAt}`, job: aJob({ name }), endedAt: at(endedAt), ...fields });
    using exporter = await startEngine();
    const status = createStatusSource(exporter.engine(), exporter.clock);
    exporter.script.list = () => [
      ended('failing', -300, { result: 'success' }),
      ended('failing', -200, { result: 'failure' }),
      ended('failing since', -100, { result: 'error' }),
      ended('well again', -300, { result: 'timeout' }),
      ended('well again', -200, { result: 'success' }),
      ended('handled', -200, { result: 'failure', acknowledged: true }),
      ended('called off', -200, { result: 'cancellation' }),
      liveRun({ id: 'again', job: aJob({ name: 'failing' }) }),
    ];

    await exporter.poll();

    expect(status.failing().map(({ runId }) => runId)).toEqual(['failing since -100', 'failing -200']);
  });

  it('shows that a configuration was refused, until one is taken', async () => {
    using exporter = await startEngine();
    const status = createStatusSource(exporter.engine(), exporter.clock);
    exporter.engine().reloadFailed();
    const refused = status.reloadRefused();

    await exporter.engine().reload(aConfig());

    expect([refused, status.reloadRefused()]).toEqual([true, false]);
  });
});

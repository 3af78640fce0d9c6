import { describe, expect, it } from 'vitest';
import { at, finishedRun, liveRun, someCapabilities } from '../../test/support/builders.ts';
import { holdTimeLimits } from '../../test/support/hold-time-limits.ts';
import { FAILURES, takeRequests } from '../../test/support/scripted-vendor.ts';
import { startEngine, type TestEngine } from '../../test/support/start-engine.ts';
import { HOUR, MINUTE, seconds } from '../model/time.ts';

describe('pending details', () => {
  const capabilities = someCapabilities({ finishedDetails: ['steps'] });
  const steps = [{ name: 'load', result: 'success', duration: seconds(5) }] as const;

  /** An engine after so many runs finished since the baseline; their steps are pending. */
  async function afterRuns(count: number): Promise<TestEngine> {
    const exporter = await startEngine({ script: { capabilities, details: () => FAILURES.broken() } });
    await exporter.poll();
    exporter.clock.advance(MINUTE);
    exporter.script.list = () =>
      Array.from({ length: count }, (_, index) => finishedRun({ id: `r${index}`, endedAt: at(30) }));
    await exporter.poll();
    exporter.vendor.asked.length = 0;
    return exporter;
  }

  it('are shown as pending, and a run counts at once', async () => {
    using exporter = await afterRuns(3);

    expect(exporter.shown('runsFinished')['nightly success']).toBe(3);
    expect(exporter.shown('detailsPending')).toEqual({ '': 3 });
    expect(exporter.shown('stepsFinished')).toEqual({});
  });

  it('are retried after a failure, each added once', async () => {
    using exporter = await afterRuns(2);
    exporter.script.details = () => ({ steps, rows: null });
    exporter.clock.advance(MINUTE);

    await exporter.poll();
    await exporter.poll();

    expect(exporter.shown('stepsFinished')).toEqual({ 'nightly load success': 2 });
    expect(exporter.shown('detailsPending')).toEqual({ '': 0 });
  });

  it('survive a kill', async () => {
    using exporter = await afterRuns(2);
    exporter.script.details = () => ({ steps, rows: null });

    exporter.clock.advance(MINUTE);
    await exporter.kill();
    await exporter.poll();

    expect(exporter.shown('stepsFinished')).toEqual({ 'nightly load success': 2 });
  });

  it('are fetched at most 50 at a poll', async () => {
    using exporter = await afterRuns(120);
    exporter.script.details = () => ({ steps, rows: null });
    const fetched: number[] = [];

    for (let poll = 1; poll <= 4; poll += 1) {
      exporter.clock.advance(HOUR);
      await exporter.poll();
      fetched.push(takeRequests(exporter.vendor).filter((request) => request.startsWith('steps')).length);
    }

    expect(fetched).toEqual([50, 50, 20, 0]);
  });

  it('that the vendor does not have any more count as lost', async () => {
    using exporter = await afterRuns(2);
    exporter.script.details = () => 'gone';
    exporter.clock.advance(MINUTE);

    await exporter.poll();
    await exporter.poll();

    expect(exporter.shown('detailsLost')).toEqual({ steps: 2 });
    expect(exporter.shown('detailsPending')).toEqual({ '': 0 });
  });

  it('do not undo what another detail of the same run has just brought', async () => {
    using exporter = await startEngine({
      script: {
        capabilities: someCapabilities({ finishedDetails: ['steps'], lateDurations: true }),
        details: () => FAILURES.broken(),
        run: () => FAILURES.broken(),
      },
    });
    await exporter.poll();
    exporter.clock.advance(MINUTE);
    exporter.script.list = () => [finishedRun({ endedAt: at(30), duration: null })];
    await exporter.poll();
    const revised = finishedRun({ endedAt: at(30), result: 'failure' });
    exporter.script.list = () => [];
    exporter.script.run = () => revised;
    exporter.script.details = () => ({ steps, rows: null });
    // The duration comes first.
    const { pendingDetails } = exporter.state();
    const late = pendingDetails.get('steps r1')!;
    pendingDetails.set('steps r1', { ...late, dueAt: at(late.dueAt - at(0) + 1) });

    exporter.clock.advance(HOUR);
    await exporter.poll();
    exporter.script.list = () => [revised];
    await exporter.poll();

    expect(exporter.shown('runCorrections')).toEqual({ 'nightly success failure': 1 });
    expect(exporter.shown('stepsFinished')).toEqual({ 'nightly load success': 1 });
  });

  it('wait for the next poll while the vendor does not answer in time', async () => {
    using exporter = await afterRuns(3);
    exporter.script.details = () => FAILURES.slow();
    exporter.clock.advance(MINUTE);

    await exporter.poll();

    expect(takeRequests(exporter.vendor)).toEqual(['list account', 'steps account r0']);
    expect(exporter.shown('targetUp')).toEqual({ '': 1 });
  });

  it('come after the others where asking for one breaks the connection', async () => {
    using exporter = await afterRuns(3);
    exporter.script.details = (id) => (id === 'r0' ? FAILURES.unreachable() : { steps, rows: null });
    exporter.clock.advance(MINUTE);

    await exporter.poll();
    await exporter.poll();

    expect(takeRequests(exporter.vendor)).toEqual([
      'list account',
      'steps account r0',
      'list account',
      'steps account r1',
      'steps account r2',
    ]);
    expect(exporter.shown('detailsPending')).toEqual({ '': 1 });
  });

  it('are fetched within one time limit for all', async () => {
    const limits = holdTimeLimits();
    using exporter = await afterRuns(3);
    let isOver = false;
    exporter.script.details = (_id, _detail, signal) => {
      limits.end();
      isOver = signal.aborted;
      return { steps, rows: null };
    };
    exporter.clock.advance(MINUTE);

    await exporter.poll();

    expect(takeRequests(exporter.vendor)).toEqual(['list account', 'steps account r0']);
    expect(isOver).toBe(true);
  });

  it('wait for the next poll where the vendor says that it is asked too often', async () => {
    using exporter = await afterRuns(3);
    exporter.script.details = () => FAILURES.tooMany();
    exporter.clock.advance(MINUTE);

    await exporter.poll();

    expect(takeRequests(exporter.vendor)).toEqual(['list account', 'steps account r0']);
    expect(exporter.shown('detailsPending')).toEqual({ '': 3 });
  });

  it('that were put off are asked for also where a clock was set back meanwhile', async () => {
    using exporter = await startEngine({ script: { capabilities, list: () => [liveRun()] } });
    await exporter.poll();
    exporter.script.list = () => [finishedRun()];
    exporter.script.details = () => FAILURES.broken();
    await exporter.poll();
    exporter.script.details = () => ({ steps, rows: null });
    exporter.clock.set(at(-3 * HOUR));
    exporter.clock.advance(MINUTE);

    await exporter.poll();

    expect(exporter.shown('stepsFinished')).toEqual({ 'nightly load success': 1 });
  });
});

describe('rows of live runs', () => {
  it('are asked for only while the scope of a run can be read', async () => {
    const capabilities = someCapabilities({ liveDetails: ['rows'] });
    using exporter = await startEngine({ script: { scopes: ['a', 'b'], capabilities } });
    exporter.script.list = ({ scope }) => [liveRun({ id: scope.key })];
    await exporter.poll();
    exporter.script.list = ({ scope }) => (scope.key === 'a' ? FAILURES.broken() : [liveRun({ id: scope.key })]);
    exporter.vendor.asked.length = 0;

    await exporter.poll();

    expect(takeRequests(exporter.vendor)).toEqual(['list a', 'list b', 'rows b b']);
  });

  it('are asked for one after the other where they are too many for one poll', async () => {
    using exporter = await startEngine({ script: { capabilities: someCapabilities({ liveDetails: ['rows'] }) } });
    const ids = Array.from({ length: 250 }, (_, index) => `r${String(index).padStart(3, '0')}`);
    exporter.script.list = () => ids.map((id) => liveRun({ id }));

    await exporter.poll();
    const first = takeRequests(exporter.vendor).slice(1);
    await exporter.poll();
    const second = takeRequests(exporter.vendor).slice(1);

    expect(first).toEqual(ids.slice(0, 200).map((id) => `rows account ${id}`));
    expect(second.slice(0, 51)).toEqual([...ids.slice(200), 'r000'].map((id) => `rows account ${id}`));
    expect(second).toHaveLength(200);
  });
});

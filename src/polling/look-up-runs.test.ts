import { describe, expect, it } from 'vitest';
import { ago, aJob, at, finishedRun, liveRun } from '../../test/support/builders.ts';
import { holdTimeLimits } from '../../test/support/hold-time-limits.ts';
import { FAILURES, takeRequests } from '../../test/support/scripted-vendor.ts';
import { startEngine, type TestEngine } from '../../test/support/start-engine.ts';
import { EXTENDED_LOOKBACK, LOOKBACK, startWindowed } from '../../test/support/start-windowed.ts';
import type { Job, Run } from '../model/run.ts';
import { DAY, HOUR, MINUTE, seconds } from '../model/time.ts';

/** An engine that has seen these runs live; its vendor lists nothing any more. */
async function startWithMissing(...ids: readonly string[]): Promise<TestEngine> {
  const exporter = await startEngine({ script: { list: () => ids.map((id) => liveRun({ id })) } });
  await exporter.poll();
  exporter.script.list = () => [];
  return exporter;
}

async function pollTimes(exporter: TestEngine, times: number): Promise<void> {
  for (let poll = 0; poll < times; poll += 1) {
    exporter.clock.advance(MINUTE);
    await exporter.poll();
  }
}

describe('a live run that is missing from the answer', () => {
  it('is asked for by id at every poll until the answer is definitive', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.list = () => [];
    exporter.vendor.asked.length = 0;
    const answers = [FAILURES.broken(), liveRun(), 'gone' as const];
    exporter.script.run = () => answers.shift()!;

    for (let poll = 1; poll <= 5; poll += 1) await exporter.poll();

    expect(takeRequests(exporter.vendor)).toEqual([
      'list account',
      'run account r1',
      'list account',
      'run account r1',
      'list account',
      'run account r1',
      'list account',
      'list account',
    ]);
  });

  it('counts when it is found finished', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.list = () => [];
    exporter.script.run = () => finishedRun({ result: 'failure' });

    await exporter.poll();
    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
    expect(exporter.shown('runsActive')).toEqual({
      'nightly pending': 0,
      'nightly executing': 0,
      'nightly unknown': 0,
    });
  });

  it('is shown as unknown for an hour once it is gone, then leaves and counts as lost', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.list = () => [];

    await exporter.poll();
    const gone = exporter.shown('runsActive');
    exporter.clock.advance(HOUR - 1);
    await exporter.poll();
    const almost = exporter.shown('runsActive')['nightly unknown'];
    exporter.clock.advance(1);
    await exporter.poll();
    await exporter.poll();

    expect(gone).toEqual({ 'nightly pending': 0, 'nightly executing': 0, 'nightly unknown': 1 });
    expect(almost).toBe(1);
    expect(exporter.shown('runsActive')['nightly unknown']).toBe(0);
    expect(exporter.shown('lostRuns')).toEqual({ '': 1 });
  });

  it('is not lost where it had finished before and was counted', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    for (const answer of [[finishedRun()], [liveRun()], []]) {
      exporter.script.list = () => answer;
      await exporter.poll();
    }

    exporter.clock.advance(HOUR);
    await exporter.poll();

    expect(exporter.shown('runsActive')['nightly unknown']).toBe(0);
    expect(exporter.shown('lostRuns')).toEqual({ '': 0 });
    expect(exporter.shown('runsFinished')['nightly success']).toBe(1);
  });

  it('counts when it comes back finished after it was given up', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.list = () => [];
    await exporter.poll();
    exporter.clock.advance(HOUR);
    await exporter.poll();

    exporter.script.list = () => [finishedRun()];
    await exporter.restart();
    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly success']).toBe(1);
  });

  it('stays as it is while its scope cannot be read', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b'] } });
    exporter.script.list = ({ scope }) => (scope.key === 'a' ? [liveRun()] : []);
    await exporter.poll();
    exporter.script.list = ({ scope }) => (scope.key === 'a' ? FAILURES.forbidden() : []);
    exporter.vendor.asked.length = 0;

    await exporter.poll();

    expect(takeRequests(exporter.vendor)).toEqual(['list a', 'list b']);
    expect(exporter.shown('runsActive')['nightly executing']).toBe(1);
  });

  it('is asked for within one time limit for all, and first at the next poll where that was over', async () => {
    const limits = holdTimeLimits();
    using exporter = await startEngine();
    exporter.script.list = () => ['r1', 'r2', 'r3'].map((id) => liveRun({ id }));
    await exporter.poll();
    exporter.script.list = () => [];
    exporter.script.run = (id, _scope, signal) => {
      if (id === 'r1') limits.end();
      return signal.aborted ? FAILURES.slow() : liveRun({ id });
    };
    exporter.vendor.asked.length = 0;

    await exporter.poll();
    await exporter.poll();
    await exporter.poll();

    expect(takeRequests(exporter.vendor)).toEqual([
      'list account',
      'run account r1',
      'list account',
      'run account r2',
      'run account r3',
      'run account r1',
      'list account',
      'run account r1',
    ]);
    expect(exporter.shown('targetUp')).toEqual({ '': 1 });
  });

  it('leaves in the end where its scope is not configured any more', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b'] } });
    exporter.script.list = ({ scope }) => (scope.key === 'a' ? [liveRun()] : []);
    await exporter.poll();
    exporter.script.scopes = ['b'];
    exporter.script.run = () => FAILURES.forbidden();

    await exporter.restart();
    await exporter.poll();
    const gone = exporter.shown('runsActive')['nightly unknown'];
    exporter.clock.advance(HOUR);
    await exporter.poll();

    expect(gone).toBe(1);
    expect(exporter.shown('runsActive')['nightly unknown']).toBe(0);
  });

  it('is kept where its scope is not configured any more and the vendor was only slow', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b'] } });
    const { script, clock } = exporter;
    const run = liveRun({ id: 'r1' });
    script.list = ({ scope }) => (scope.key === 'a' ? [run] : []);
    await exporter.poll();
    script.scopes = ['b'];
    await exporter.restart();
    script.run = () => FAILURES.slow();
    clock.advance(MINUTE);
    await exporter.poll();
    script.run = () => finishedRun({ id: 'r1' });
    clock.advance(MINUTE);

    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly success']).toBe(1);
    expect(exporter.shown('lostRuns')).toEqual({ '': 0 });
  });

  it('still counts where its scope is not configured any more and the vendor knows it', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b'] } });
    exporter.script.list = ({ scope }) => (scope.key === 'a' ? [liveRun()] : []);
    await exporter.poll();
    exporter.script.scopes = ['b'];
    exporter.script.run = () => finishedRun();

    await exporter.restart();
    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly success']).toBe(1);
  });
});

describe('an old live run of a vendor whose lists are asked for by time', () => {
  it('is asked for by its id, and never by a list of all since it began', async () => {
    using exporter = await startWindowed();
    const old = liveRun({ startedAt: ago(seconds(2 * DAY)) });
    exporter.script.list = () => [old];
    await exporter.pollNext();
    exporter.script.list = ({ slice }) => (slice.from <= at(-2 * DAY) ? [old] : []);
    exporter.script.run = () => old;

    const polls: (readonly string[])[] = [];
    for (let minute = 3; minute <= 15; minute += 1) polls.push(await exporter.pollNext());
    exporter.script.run = () => finishedRun({ startedAt: old.startedAt, endedAt: at(16 * MINUTE) });
    await exporter.pollNext();

    expect(polls.slice(0, -1)).toEqual(Array.from({ length: 12 }, () => [LOOKBACK, 'run account']));
    expect(polls.at(-1)).toEqual([EXTENDED_LOOKBACK, 'run account']);
    expect(exporter.shown('runsFinished')['nightly success']).toBe(1);
  });

  it('is one of at most 50 that are looked up in one poll', async () => {
    using exporter = await startWindowed();
    const { script } = exporter;
    const hanging = Array.from({ length: 120 }, (_, index) =>
      liveRun({ id: `h${index}`, startedAt: ago(seconds(3 * DAY)) }),
    );
    script.list = ({ slice }) => (slice.from < ago(seconds(3 * DAY)) ? hanging : []);
    script.run = (id) => hanging.find((run) => run.id === id) ?? 'gone';
    await exporter.restart();
    await exporter.pollNext();

    const polls = [await exporter.pollNext(), await exporter.pollNext(), await exporter.pollNext()];

    const lookUps = polls.map((asked) => asked.filter((request) => request.startsWith('run')).length);
    expect(lookUps).toEqual([50, 50, 50]);
  });

  it('is caught up where it is looked up after an outage', async () => {
    using exporter = await startWindowed();
    exporter.script.list = () => [liveRun({ startedAt: ago(seconds(2 * HOUR)) })];
    await exporter.pollNext();
    exporter.script.list = () => [];
    exporter.script.run = () => finishedRun({ startedAt: ago(seconds(2 * HOUR)), endedAt: at(3 * MINUTE) });

    exporter.clock.advance(8 * MINUTE);
    const asked = await exporter.pollNext();

    expect(asked).toEqual(['69 60', 'run account']);
    expect(exporter.shown('caughtUpRuns')).toEqual({ '': 1 });
  });

  it('stays live where the vendor calls it gone and still lists it, until an extended lookback lacks it too', async () => {
    using exporter = await startWindowed();
    const { script } = exporter;
    const startedAt = ago(seconds(20 * HOUR));
    let listed: readonly Run[] = [liveRun({ id: 'old', startedAt })];
    script.list = ({ slice }) => (startedAt >= slice.from && startedAt <= slice.to ? listed : []);
    script.run = () => 'gone';
    await exporter.restart();
    const states = new Set<string>();
    for (let minute = 0; minute < 120; minute += 1) {
      await exporter.pollNext();
      // The first answer is believed, until a list holds the run again.
      if (minute > 20) states.add(exporter.state().live.get('old')?.life.phase ?? 'none');
    }
    listed = [];
    for (let minute = 0; minute < 80; minute += 1) await exporter.pollNext();

    expect(states).toEqual(new Set(['live']));
    expect(exporter.shown('lostRuns')).toEqual({ '': 1 });
  });
});

describe('a look-up that answers with another run', () => {
  it.each([
    ['in another spelling', 'ABC-1', 'abc-1'],
    ['as a padded number', '42', '042'],
    ['of any other id', 'r1', 'r2'],
  ])('%s counts nothing, at any poll, and is reported once', async (_what, asked, answered) => {
    using exporter = await startWithMissing(asked);
    exporter.script.run = () => finishedRun({ id: answered, result: 'failure' });

    await pollTimes(exporter, 4);

    expect(exporter.shown('runsFinished')).toMatchObject({ 'nightly success': 0, 'nightly failure': 0 });
    expect(exporter.shown('rejectedRecords')).toEqual({ other_run: 1 });
    expect([...exporter.state().live.keys()]).toEqual([asked]);
  });

  it('leaves the run to be counted once when a list holds it at last', async () => {
    using exporter = await startWithMissing('r1');
    exporter.script.run = () => finishedRun({ id: 'R1', result: 'failure' });
    await pollTimes(exporter, 2);
    exporter.script.list = () => [finishedRun({ result: 'failure' })];

    await pollTimes(exporter, 2);

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
  });

  it('does not count the other run where that is history', async () => {
    using exporter = await startEngine();
    const old = finishedRun({ id: 'old', result: 'failure', endedAt: at(-86_400) });
    exporter.script.list = () => [old, liveRun()];
    await exporter.poll();
    exporter.script.list = () => [old];
    exporter.script.run = () => old;

    await pollTimes(exporter, 2);

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(0);
  });

  it('adds no late duration of another run', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun()];
    await exporter.poll();
    exporter.script.capabilities = { ...exporter.script.capabilities, lateDurations: true };
    await exporter.restart();
    exporter.script.list = () => [finishedRun({ duration: null })];
    exporter.script.run = () => finishedRun({ id: 'other' });

    await pollTimes(exporter, 3);

    expect(exporter.shown('runsFinished')).toMatchObject({ 'nightly success': 1 });
    expect(exporter.shown('runDuration')).toEqual({ 'nightly success': 0 });
  });
});

describe('a run whose id gets longer while it lives', () => {
  const short = liveRun({ id: 'r1' });
  const long = { formerId: 'r1', id: 'job r1' };

  it('is one run, over a restart too', async () => {
    using exporter = await startEngine({ script: { list: () => [short] } });
    await exporter.poll();
    await exporter.kill();
    exporter.script.list = () => [finishedRun({ ...long, result: 'failure' })];

    await pollTimes(exporter, 2);
    await exporter.restart();
    await pollTimes(exporter, 2);

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
    expect(exporter.shown('historyRuns')).toEqual({ '': 0 });
    expect([...exporter.state().live.keys()]).toEqual([]);
  });

  it('is another run than one that had the long id from the beginning', async () => {
    using exporter = await startEngine();
    await exporter.poll();
    exporter.script.list = () => [
      finishedRun({ ...long, job: aJob({ name: 'a' }) }),
      finishedRun({ id: 'job r2', formerId: 'r2', job: aJob({ name: 'a' }) }),
    ];

    await pollTimes(exporter, 2);

    expect(exporter.shown('runsFinished')['a success']).toBe(2);
  });
});

it('asks for a run with its job as it is known', async () => {
  using exporter = await startEngine();
  const known: (Job | null)[] = [];
  exporter.script.list = () => [liveRun({ job: aJob({ workspace: 'sales' }) })];
  await exporter.poll();
  exporter.script.list = () => [];
  exporter.script.run = (id, _scope, _signal, job) => {
    known.push(job);
    return finishedRun({ id, job: job ?? aJob({ key: 'another' }) });
  };

  await exporter.poll();

  expect(known).toEqual([aJob({ workspace: 'sales' })]);
  expect([...exporter.state().jobs.keys()]).toEqual([aJob().key]);
  expect(exporter.state().live.size).toBe(0);
});

import { describe, expect, it } from 'vitest';
import { aJob, at, finishedRun, liveRun } from '../../test/support/builders.ts';
import { startEngine, type TestEngine } from '../../test/support/start-engine.ts';
import type { Job } from '../model/run.ts';
import { MINUTE } from '../model/time.ts';

/** An engine that saw the runs live, which its list then holds no more. */
async function startWithVanished(...ids: readonly string[]): Promise<TestEngine> {
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

describe('a look-up that answers with another run', () => {
  it.each([
    ['in another spelling', 'ABC-1', 'abc-1'],
    ['as a padded number', '42', '042'],
    ['of any other id', 'r1', 'r2'],
  ])('%s counts nothing, at any poll, and is told once', async (_what, asked, answered) => {
    using exporter = await startWithVanished(asked);
    exporter.script.run = () => finishedRun({ id: answered, result: 'failure' });

    await pollTimes(exporter, 4);

    expect(exporter.shown('runsFinished')).toMatchObject({ 'nightly success': 0, 'nightly failure': 0 });
    expect(exporter.shown('rejectedRecords')).toEqual({ other_run: 1 });
    expect([...exporter.state().live.keys()]).toEqual([asked]);
  });

  it('counts the run once when a list holds it at last', async () => {
    using exporter = await startWithVanished('r1');
    exporter.script.run = () => finishedRun({ id: 'R1', result: 'failure' });
    await pollTimes(exporter, 2);
    exporter.script.list = () => [finishedRun({ result: 'failure' })];

    await pollTimes(exporter, 2);

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
  });

  it('does not count history that the other run is', async () => {
    using exporter = await startEngine();
    const old = finishedRun({ id: 'old', result: 'failure', endedAt: at(-86_400) });
    exporter.script.list = () => [old, liveRun()];
    await exporter.poll();
    exporter.script.list = () => [old];
    exporter.script.run = () => old;

    await pollTimes(exporter, 2);

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(0);
  });

  it('gives a late duration to no other run', async () => {
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
  const before = liveRun({ id: 'r1' });
  const after = { formerId: 'r1', id: 'job r1' };

  it('is one run, over a restart too', async () => {
    using exporter = await startEngine({ script: { list: () => [before] } });
    await exporter.poll();
    await exporter.kill();
    exporter.script.list = () => [finishedRun({ ...after, result: 'failure' })];

    await pollTimes(exporter, 2);
    await exporter.restart();
    await pollTimes(exporter, 2);

    expect(exporter.shown('runsFinished')['nightly failure']).toBe(1);
    expect(exporter.shown('historyRuns')).toEqual({ '': 0 });
    expect([...exporter.state().live.keys()]).toEqual([]);
  });

  it('is not mixed up with a run that had its id from the beginning', async () => {
    using exporter = await startEngine();
    await exporter.poll();
    exporter.script.list = () => [
      finishedRun({ ...after, job: aJob({ name: 'a' }) }),
      finishedRun({ id: 'job r2', formerId: 'r2', job: aJob({ name: 'a' }) }),
    ];

    await pollTimes(exporter, 2);

    expect(exporter.shown('runsFinished')['a success']).toBe(2);
  });
});

it('tells the vendor whose run it is that is asked for by its id, as the job is known', async () => {
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

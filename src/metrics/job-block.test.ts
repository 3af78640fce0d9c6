import { describe, expect, it } from 'vitest';
import { aJob, at, finishedRun, liveRun, someCapabilities } from '../../test/support/builders.ts';
import { createBook } from '../../test/support/book.ts';
import { samplesOf } from '../../test/support/start-engine.ts';
import { OTHER } from '../ledger/records.ts';
import { isFinished, type LiveRun, type Run } from '../model/run.ts';
import { HOUR } from '../model/time.ts';
import { type MetricKey, METRICS } from './catalogue.ts';
import { jobBlock } from './job-block.ts';
import type { JobView } from './job-view.ts';

/** Samples of `nightly` after these runs, by metric. */
function shown(runs: readonly Run[], overrides: Partial<JobView> = {}) {
  const book = createBook();
  book.read(runs);
  const live = runs.filter((run): run is LiveRun => !isFinished(run));
  const block = jobBlock({
    vendor: 'scripted',
    target: 'acme',
    job: book.job(),
    totals: new Map(),
    live: [...book.state.live.values()],
    seen: new Map(live.map((run) => [run.id, run])),
    traits: someCapabilities(),
    isRead: true,
    expectedInterval: null,
    exemplars: new Map(),
    ...overrides,
  });
  return {
    block,
    read: (metric: MetricKey) => samplesOf({ generation: 1, blocks: [block] }, METRICS[metric]),
  };
}

describe('the block of a job', () => {
  it('has its labels', () => {
    const { block } = shown([liveRun()]);

    expect(block.labels).toEqual(
      [
        ['vendor', 'scripted'],
        ['target', 'acme'],
        ['workspace', 'prod'],
        ['job_name', 'nightly'],
        ['job_kind', 'model'],
      ].flat(),
    );
  });

  it('has labels of 200 characters at most, which differ for every job', () => {
    const blocks = ['x', 'y'].map((end) => {
      const long = 'a'.repeat(200_000) + end;
      const job = aJob({ key: 'nightly', name: long, workspace: long, kind: long, id: long });
      return shown([liveRun({ job })]).block;
    });

    const [first, second] = blocks.map(({ labels }) => labels.filter((_, index) => index % 2 === 1).slice(2));
    const ids = blocks.map(({ families }) => families.get(METRICS.jobInfo)?.[0]?.labels[1]);
    expect([...first!, ...second!, ...ids].map((value) => value?.length)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(new Set([...first!, ...second!]).size).toBe(2);
    expect(new Set(ids).size).toBe(2);
  });

  it('shows every state that the vendor can produce', () => {
    const { read } = shown([liveRun(), liveRun({ id: 'r2' }), finishedRun({ id: 'r3' })]);

    expect(read('runsActive')).toEqual({ 'nightly pending': 0, 'nightly executing': 2, 'nightly unknown': 0 });
  });

  it('shows since when the oldest live run of a state is in it: its creation while it waits, else its start', () => {
    const { read } = shown([
      liveRun({ startedAt: at(-50), createdAt: at(-90) }),
      liveRun({ id: 'r2', startedAt: at(-40), createdAt: at(-95) }),
      liveRun({ id: 'r3', state: 'pending', startedAt: at(60), createdAt: at(-10) }),
    ]);

    expect(read('activeRunOldestStart')).toEqual({ 'nightly executing': at(-50), 'nightly pending': at(-10) });
  });

  it('shows the progress of the oldest live run that has one', () => {
    const { read } = shown([
      liveRun({ startedAt: at(-50), progress: null }),
      liveRun({ id: 'r2', startedAt: at(-40), progress: 0.5 }),
      liveRun({ id: 'r3', startedAt: at(-30), progress: 0.9 }),
    ]);

    expect(read('activeRunProgress')).toEqual({ nightly: 0.5 });
  });

  it('shows how many live runs stand still, and how many go on with a warning', () => {
    const { read } = shown([
      liveRun({ health: 'error' }),
      liveRun({ id: 'r2', health: 'ok' }),
      liveRun({ id: 'r3', health: 'warning' }),
      liveRun({ id: 'r4', health: 'warning' }),
      liveRun({ id: 'r5' }),
    ]);

    expect(read('runsUnhealthy')).toEqual({ nightly: 1 });
    expect(read('runsWithWarnings')).toEqual({ nightly: 2 });
  });

  it('shows the newest finished run', () => {
    const { read } = shown([
      finishedRun({ endedAt: at(-100) }),
      finishedRun({ id: 'r2', result: 'failure', exitCode: 3, acknowledged: true }),
    ]);

    const metrics = [
      'lastRunResult',
      'lastRunAcknowledged',
      'lastRunStart',
      'lastRunEnd',
      'lastRunDuration',
      'lastRunExitCode',
      'lastSuccess',
      'lastFailure',
    ] as const;
    expect(metrics.map(read)).toEqual([
      { 'nightly success': 0, 'nightly failure': 1, 'nightly cancellation': 0 },
      { nightly: 1 },
      { nightly: at(-60) },
      { nightly: at(0) },
      { nightly: 60 },
      { nightly: 3 },
      { nightly: at(-100) },
      { nightly: at(0) },
    ]);
  });

  it.each([
    ['of the newest run', [finishedRun({ warning: 'invalid_rows_found' })], 1],
    ['no more, once a newer run has none', [finishedRun({ warning: 'other' }), finishedRun({ id: 'r2' })], 0],
    ['not of a run that is still live', [finishedRun(), liveRun({ id: 'r2', health: 'warning' })], 0],
  ])('shows a warning %s', (_which, runs, expected) => {
    expect(shown(runs).read('lastRunWarning')).toEqual({ nightly: expected });
  });

  it('shows no warning of a run that was remembered before there were any', () => {
    const { warning: _, ...old } = { ...finishedRun(), rows: null, endedAt: at(0) };
    const book = createBook();
    book.read([finishedRun()]);

    const { read } = shown([finishedRun()], { job: { ...book.job(), recent: [old] } });

    expect(read('lastRunWarning')).toEqual({ nightly: 0 });
  });

  it('shows a result of the newest run that the vendor does not document', () => {
    const { read } = shown([finishedRun({ result: 'unknown' })]);

    expect(read('lastRunResult')).toMatchObject({ 'nightly unknown': 1, 'nightly success': 0 });
  });

  it('shows nothing that the vendor does not say', () => {
    const { read } = shown([finishedRun({ startedAt: null, duration: null })], {
      traits: someCapabilities({ progress: false, health: false, acknowledgement: false }),
    });

    const metrics = [
      'lastRunStart',
      'lastRunDuration',
      'lastRunExitCode',
      'lastRunRows',
      'lastRunAcknowledged',
      'activeRunProgress',
      'runsUnhealthy',
      'runsWithWarnings',
      'lastRunWarning',
      'lastFailure',
      'jobExpectedInterval',
    ] as const;
    expect(metrics.map(read)).toEqual(metrics.map(() => ({})));
  });

  it('shows what is known of the job itself', () => {
    const { read } = shown([liveRun({ job: aJob({ id: '7', url: 'https://vendor.test/7' }) })], {
      expectedInterval: HOUR,
    });

    expect([read('jobInfo'), read('jobFirstSeen'), read('jobExpectedInterval')]).toEqual([
      { 'nightly 7 https://vendor.test/7': 1 },
      { nightly: at(0) },
      { nightly: 3600 },
    ]);
  });

  it('shows of overflow jobs together only what can be added up', () => {
    const { block, read } = shown([liveRun(), finishedRun({ id: 'r2' })], { job: OTHER });

    expect(block.labels).toContain(OTHER);
    expect(read('runsActive')).toMatchObject({ '(other) executing': 1 });
    expect([read('lastRunEnd'), read('jobInfo'), read('jobFirstSeen')]).toEqual([{}, {}, {}]);
  });
});

import { describe, expect, it } from 'vitest';
import { at } from '../../test/support/builders.ts';
import type { Fact, JobNews } from '../ledger/facts.ts';
import { type HistogramTotal, seriesKey, TARGET, type TotalRecord } from '../ledger/records.ts';
import { seconds, type UnixSeconds } from '../model/time.ts';
import { type MetricKey, METRICS } from './catalogue.ts';
import { bucketIndex, emptyHistogram } from './histogram.ts';
import { restartHistograms, tally, type Totals } from './totals.ts';

const BOUNDS = [10, 60];

/** Totals that facts are added to one after the other. */
function createTotals() {
  const totals = new Map<string, Map<string, TotalRecord>>();
  const add = (facts: readonly Fact[], now: UnixSeconds = at(0)) => {
    const tallied = tally(totals, facts, { results: ['success', 'failure'], bounds: BOUNDS, maxSteps: 2, now });
    for (const total of tallied.totals) {
      const ofOwner = totals.get(total.owner) ?? new Map<string, TotalRecord>();
      totals.set(total.owner, ofOwner.set(seriesKey(total.metric, total.labels), total));
    }
    return tallied;
  };
  const read = (owner: string, metric: string): Readonly<Record<string, number>> =>
    Object.fromEntries(
      [...(totals.get(owner)?.values() ?? [])]
        .filter((total) => total.metric === metric)
        .map(({ labels, value }) => [labels.join(' '), typeof value === 'number' ? value : value.count]),
    );
  return { totals: totals as Totals, add, read };
}

function finished(overrides: Partial<JobNews & { kind: 'finished' }> = {}): JobNews & { kind: 'finished' } {
  return {
    kind: 'finished',
    owner: 'nightly',
    run: 'r1',
    result: 'success',
    endedAt: at(0),
    duration: seconds(30),
    queue: null,
    exitCode: null,
    warning: null,
    ...overrides,
  };
}

describe('tally', () => {
  it('adds up finished runs by result, and their durations', () => {
    const { add, read, totals } = createTotals();

    add([finished(), finished({ duration: seconds(100) }), finished({ result: 'failure', duration: null })]);

    expect(read('nightly', 'runsFinished')).toEqual({ 'result success': 2, 'result failure': 1 });
    expect(totals.get('nightly')?.get(seriesKey('runDuration', ['result', 'success']))?.value).toEqual({
      bounds: BOUNDS,
      counts: [0, 1, 1],
      sum: 130,
      count: 2,
    });
    expect(read('nightly', 'runDuration')).toEqual({ 'result success': 2 });
  });

  it('tells apart steps and states with long names, and does not show all of them', () => {
    const { add, read } = createTotals();
    const names = ['x', 'y'].map((end) => 'a'.repeat(1000) + end);

    add([
      ...names.map((step): Fact => ({ kind: 'step', owner: 'nightly', step, result: 'success', duration: null })),
      ...names.map((label): Fact => ({ kind: 'unknown_state', label, amount: 1 })),
    ]);

    const series = [...Object.keys(read('nightly', 'stepsFinished')), ...Object.keys(read(TARGET, 'unknownStates'))];
    expect(series).toHaveLength(4);
    expect(series.every((labels) => labels.length < 250)).toBe(true);
  });

  it('begins every result that the vendor can produce, and the durations of successes, at 0', () => {
    const { add, read } = createTotals();

    const { begun } = add([{ kind: 'shown', owner: 'nightly' }]);

    expect(read('nightly', 'runsFinished')).toEqual({ 'result success': 0, 'result failure': 0 });
    expect(read('nightly', 'runDuration')).toEqual({ 'result success': 0 });
    expect([...begun]).toEqual(['nightly', TARGET]);
  });

  it('begins the counters of the target at 0, once', () => {
    const { add, read } = createTotals();

    const first = add([]);
    const second = add([]);

    expect(first.totals.map(({ metric, value }) => [metric, value])).toEqual([
      ['jobsRetired', 0],
      ['caughtUpRuns', 0],
      ['lateRuns', 0],
      ['historyRuns', 0],
      ['lostRuns', 0],
      ['historyGap', 0],
    ]);
    expect(second.totals).toEqual([]);
    expect(read(TARGET, 'lateRuns')).toEqual({ '': 0 });
  });

  it('names only what changed, and keeps what was shown of it', () => {
    const { add } = createTotals();
    add([finished()]);

    const { totals } = add([finished({ duration: null })], at(60));

    expect(totals).toEqual([
      {
        owner: 'nightly',
        metric: 'runsFinished',
        labels: ['result', 'success'],
        value: 2,
        published: 0,
        createdAt: at(0),
      },
    ]);
  });

  it('names the owners of which a series began, and no others', () => {
    const { add } = createTotals();
    add([finished(), finished({ owner: 'weekly' })]);

    const { begun } = add([finished(), finished({ owner: 'weekly', result: 'failure' })]);

    expect([...begun]).toEqual(['weekly']);
  });

  it('begins all series of a renamed job anew', () => {
    const { add, read, totals } = createTotals();
    add([finished(), finished({ result: 'failure' }), finished({ owner: 'weekly' })]);

    const { begun } = add([{ kind: 'renamed', owner: 'nightly' }, finished()], at(60));

    expect(read('nightly', 'runsFinished')).toEqual({ 'result success': 1, 'result failure': 0 });
    expect([...totals.get('nightly')!.values()].map(({ createdAt }) => createdAt)).toEqual(Array(4).fill(at(60)));
    expect(read('weekly', 'runsFinished')).toEqual({ 'result success': 1 });
    expect([...begun]).toEqual(['nightly']);
  });

  it('adds up finished runs that ended with a warning, by its code', () => {
    const { add, read } = createTotals();

    add([finished(), finished({ warning: 'no_rows_found' }), finished({ warning: 'other' })]);
    add([finished({ warning: 'no_rows_found' })]);

    expect(read('nightly', 'runWarnings')).toEqual({ 'code no_rows_found': 2, 'code other': 1 });
    expect(read('nightly', 'runsFinished')).toMatchObject({ 'result success': 4 });
  });

  it('shows at most 20 exit codes of a job by themselves', () => {
    const { add, read } = createTotals();

    add(Array.from({ length: 23 }, (_, exitCode) => finished({ exitCode })));
    add([finished({ exitCode: 3 }), finished({ exitCode: 99 })]);

    const codes = read('nightly', 'runExitCodes');
    expect(Object.keys(codes)).toHaveLength(21);
    expect(codes['exit_code 3']).toBe(2);
    expect(codes['exit_code other']).toBe(4);
  });

  it('shows at most 20 unknown states by themselves', () => {
    const { add, read } = createTotals();

    add(Array.from({ length: 22 }, (_, state) => ({ kind: 'unknown_state', label: `S${state}`, amount: 1 }) as const));

    const states = read(TARGET, 'unknownStates');
    expect(Object.keys(states)).toHaveLength(21);
    expect(states['vendor_state other']).toBe(2);
  });

  it('shows at most so many steps of a job as are configured', () => {
    const { add, read } = createTotals();
    const step = (name: string): Fact => ({
      kind: 'step',
      owner: 'nightly',
      step: name,
      result: 'success',
      duration: seconds(1),
    });

    add(['a', 'b', 'c', 'd', 'a'].map(step));

    expect(read('nightly', 'stepsFinished')).toEqual({
      'step a result success': 2,
      'step b result success': 1,
      'step (other) result success': 2,
    });
  });

  it('takes no duration of a skipped step', () => {
    const { add, read } = createTotals();

    add([{ kind: 'step', owner: 'nightly', step: 'a', result: 'skip', duration: seconds(1) }]);

    expect(read('nightly', 'stepsFinished')).toEqual({ 'step a result skip': 1 });
    expect(read('nightly', 'stepDuration')).toEqual({});
  });

  it('leaves no kind of fact uncounted, and labels every total as its metric lists them', () => {
    // A kind that is missing here is an error of types.
    const facts: { readonly [Kind in Fact['kind']]: Fact & { readonly kind: Kind } } = {
      shown: { kind: 'shown', owner: 'nightly' },
      renamed: { kind: 'renamed', owner: 'nightly' },
      finished: finished({ queue: seconds(5), exitCode: 3, warning: 'other' }),
      duration: {
        kind: 'duration',
        owner: 'nightly',
        run: 'r1',
        result: 'success',
        endedAt: at(0),
        duration: seconds(1),
      },
      rows: { kind: 'rows', owner: 'nightly', outcome: 'processed', amount: 7 },
      step: { kind: 'step', owner: 'nightly', step: 'a', result: 'success', duration: seconds(1) },
      corrected: { kind: 'corrected', owner: 'nightly', from: 'failure', to: 'success' },
      reopened: { kind: 'reopened', owner: 'nightly' },
      late: { kind: 'late', amount: 1 },
      caught_up: { kind: 'caught_up', amount: 1 },
      lost: { kind: 'lost', amount: 1 },
      expired: { kind: 'expired', amount: 1 },
      history: { kind: 'history', amount: 1 },
      gap: { kind: 'gap', amount: seconds(1) },
      rejected: { kind: 'rejected', label: 'schema', amount: 1 },
      unknown_state: { kind: 'unknown_state', label: 'PAUSING', amount: 1 },
      detail_lost: { kind: 'detail_lost', label: 'steps', amount: 1 },
      unreadable_field: { kind: 'unreadable_field', label: 'startTime', amount: 1 },
    };
    const kinds = Object.values(facts).map((fact) => {
      const { add } = createTotals();
      if (fact.kind === 'renamed') add([finished()]);
      else add([]);
      return { kind: fact.kind, changed: add([fact]).totals };
    });

    const changed = kinds.flatMap((each) => each.changed);
    expect(kinds.filter((each) => each.changed.length === 0)).toEqual([]);
    expect(changed.map(({ metric, labels }) => [metric, labels.filter((_, index) => index % 2 === 0)])).toEqual(
      changed.map(({ metric }) => [metric, METRICS[metric as MetricKey].labels]),
    );
  });

  it('adds every other kind of news to its metric', () => {
    const { add, read } = createTotals();

    add([
      { kind: 'duration', owner: 'nightly', run: 'r1', result: 'success', endedAt: at(0), duration: seconds(1) },
      { kind: 'rows', owner: 'nightly', outcome: 'processed', amount: 7 },
      { kind: 'corrected', owner: 'nightly', from: 'failure', to: 'success' },
      { kind: 'reopened', owner: 'nightly' },
      finished({ queue: seconds(5) }),
      { kind: 'late', amount: 1 },
      { kind: 'caught_up', amount: 2 },
      { kind: 'lost', amount: 3 },
      { kind: 'expired', amount: 4 },
      { kind: 'gap', amount: seconds(5) },
      { kind: 'rejected', label: 'schema', amount: 6 },
      { kind: 'detail_lost', label: 'steps', amount: 8 },
    ]);

    expect({
      durations: read('nightly', 'runDuration'),
      rows: read('nightly', 'rows'),
      corrections: read('nightly', 'runCorrections'),
      reopened: read('nightly', 'runsReopened'),
      queue: read('nightly', 'runQueue'),
      target: ['lateRuns', 'caughtUpRuns', 'lostRuns', 'jobsRetired', 'historyGap'].map(
        (metric) => read(TARGET, metric)[''],
      ),
      rejected: read(TARGET, 'rejectedRecords'),
      detailsLost: read(TARGET, 'detailsLost'),
    }).toEqual({
      durations: { 'result success': 2 },
      rows: { 'outcome processed': 7 },
      corrections: { 'from failure to success': 1 },
      reopened: { '': 1 },
      queue: { '': 1 },
      target: [1, 2, 3, 4, 5],
      rejected: { 'reason schema': 6 },
      detailsLost: { 'detail steps': 8 },
    });
  });

  it('names the newest run behind a series', () => {
    const { add } = createTotals();

    const { exemplars } = add([finished(), finished({ run: 'r2', endedAt: at(9), duration: seconds(5) })]);

    expect(exemplars.get('nightly')?.get(seriesKey('runsFinished', ['result', 'success']))).toEqual({
      runId: 'r2',
      value: 1,
      at: at(9),
    });
    expect(exemplars.get('nightly')?.get(seriesKey('runDuration', ['result', 'success']))).toEqual({
      runId: 'r2',
      value: 5,
      at: at(9),
    });
  });
});

describe('bucketIndex', () => {
  it('finds the first bucket whose bound is not below the value', () => {
    expect([-1, 0, 10, 10.1, 60, 61].map((value) => bucketIndex(BOUNDS, value))).toEqual([0, 0, 0, 1, 1, 2]);
  });
});

describe('restartHistograms', () => {
  it('begins histograms anew whose buckets are others now, and nothing else', () => {
    const { add, totals } = createTotals();
    add([finished()]);

    const same = restartHistograms(totals, BOUNDS, at(60));
    const restarted = restartHistograms(totals, [10, 60, 600], at(60));

    const zero: HistogramTotal = emptyHistogram([10, 60, 600]);
    expect(same).toEqual([]);
    expect(restarted).toEqual([
      {
        owner: 'nightly',
        metric: 'runDuration',
        labels: ['result', 'success'],
        value: zero,
        published: zero,
        createdAt: at(60),
      },
    ]);
  });
});

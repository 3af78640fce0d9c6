import { describe, expect, it } from 'vitest';
import { aJob, aPolicy, ago, at, finishedRun, liveRun, someCapabilities } from '../../test/support/builders.ts';
import { type Book, createBook, factsOf } from '../../test/support/book.ts';
import type { Step } from '../model/run.ts';
import { DAY, seconds } from '../model/time.ts';
import { addHistoryDetails, postponeDetail, reconcileLiveDetails, settleDetail } from './details.ts';
import { keepHouse } from './housekeeping.ts';
import type { RunDetails } from '../vendors/vendor.ts';
import type { Fact } from './facts.ts';
import { newScope, type PendingDetail, detailKey } from './records.ts';

const POLICY = aPolicy({
  capabilities: someCapabilities({ finishedDetails: ['steps', 'rows'], liveDetails: ['rows', 'steps'] }),
});

function step(name: string, overrides: Partial<Step> = {}): Step {
  return { name, result: 'success', duration: seconds(5), ...overrides };
}

/** A book in which `r1` was counted and its details are pending. */
function afterFinished(): { book: Book; pending: (detail: PendingDetail['detail']) => PendingDetail } {
  const book = createBook(POLICY);
  book.read([finishedRun()]);
  return { book, pending: (detail) => book.state.pendingDetails.get(`${detail} r1`)! };
}

describe('pending steps', () => {
  it('are added once, and are then settled', () => {
    const { book, pending } = afterFinished();
    const steps = [step('load'), step('test', { result: 'failure', duration: null })];

    const facts = book.take(
      settleDetail(book.state, pending('steps'), book.runs.get('r1'), { steps, rows: null }, at(0)),
    );

    expect(facts).toEqual([
      { kind: 'step', owner: 'nightly', step: 'load', result: 'success', duration: 5 },
      { kind: 'step', owner: 'nightly', step: 'test', result: 'failure', duration: null },
    ]);
    expect([...book.state.pendingDetails.keys()]).toEqual(['rows r1']);
  });

  it('are not added again where they were added while the run was live', () => {
    const book = createBook(POLICY);
    book.read([liveRun()]);
    const live = [1, 2].flatMap(() =>
      book.take(
        reconcileLiveDetails(book.state, 'r1', { steps: [step('load'), step('test', { result: null })], rows: null }),
      ),
    );
    book.read([finishedRun()]);

    const facts = book.take(
      settleDetail(
        book.state,
        book.state.pendingDetails.get('steps r1')!,
        book.runs.get('r1'),
        {
          steps: [step('load'), step('test')],
          rows: null,
        },
        at(0),
      ),
    );

    expect(factsOf(live, 'step').map((fact) => fact.step)).toEqual(['load']);
    expect(factsOf(facts, 'step').map((fact) => fact.step)).toEqual(['test']);
  });

  it('are reported as lost where the vendor does not know the run any more', () => {
    const { book, pending } = afterFinished();

    const facts = book.take(settleDetail(book.state, pending('steps'), book.runs.get('r1'), 'gone', at(0)));

    expect(facts).toEqual([{ kind: 'detail_lost', label: 'steps', amount: 1 }]);
    expect([...book.state.pendingDetails.keys()]).toEqual(['rows r1']);
  });

  it('are reported as lost once the run is out of reach', () => {
    const { book } = afterFinished();

    const early = book.take(keepHouse(book.state, POLICY, at(90 * DAY - 1)));
    const due = book.take(keepHouse(book.state, { ...POLICY, expects: () => true }, at(90 * DAY)));

    expect(factsOf(early, 'detail_lost')).toEqual([]);
    expect(factsOf(due, 'detail_lost').map(({ label }) => label)).toEqual(['steps', 'rows']);
    expect(book.state.pendingDetails.size).toBe(0);
  });

  it('are reported as rejected, once, where they cannot be read', () => {
    const { book, pending } = afterFinished();
    const rejected = [{ reason: 'schema', key: 'x', problem: '' }] as const;
    const answer = { steps: [step('load')], rows: null, rejected };
    const first = pending('steps');

    const facts = [1, 2].flatMap(() => book.take(settleDetail(book.state, first, book.runs.get('r1'), answer, at(0))));

    expect(factsOf(facts, 'rejected')).toEqual([{ kind: 'rejected', label: 'schema', amount: 1 }]);
  });

  it('are asked for again later each time, at most an hour later', () => {
    const { book, pending } = afterFinished();
    const due = Array.from({ length: 8 }, () => {
      book.take(postponeDetail(book.state, pending('steps'), at(0)));
      return pending('steps').dueAt - at(0);
    });

    expect(due).toEqual([60, 120, 240, 480, 960, 1920, 3600, 3600]);
  });
});

describe('rows', () => {
  /** Rows that are added when a live run has these, one after the other. */
  function added(...readings: readonly number[]): readonly number[] {
    const book = createBook(POLICY);
    book.read([liveRun()]);
    const facts = readings.flatMap((processed) =>
      book.take(reconcileLiveDetails(book.state, 'r1', { steps: null, rows: { processed } })),
    );
    return factsOf(facts, 'rows').map(({ amount }) => amount);
  }

  it('add what exceeds the most that was ever seen', () => {
    expect(added(10, 25, 25)).toEqual([10, 15]);
  });

  it('add nothing while the vendor takes some back', () => {
    expect(added(10, 4, 9, 12)).toEqual([10, 2]);
  });

  it('never fall below zero', () => {
    expect(added(-5, 3)).toEqual([3]);
  });

  it('are kept apart by outcome', () => {
    const book = createBook(POLICY);
    book.read([liveRun()]);

    const facts = [{ processed: 3 }, { processed: 3, skipped_by_error: 2 }].flatMap((rows) =>
      book.take(reconcileLiveDetails(book.state, 'r1', { steps: null, rows })),
    );

    expect(facts).toEqual([
      { kind: 'rows', owner: 'nightly', outcome: 'processed', amount: 3 },
      { kind: 'rows', owner: 'nightly', outcome: 'skipped_by_error', amount: 2 },
    ]);
  });

  it('that a live run had at the baseline are history', () => {
    const book = createBook(POLICY);
    book.read([liveRun()], { scope: newScope('account') });

    const facts = [100, 130].flatMap((processed) =>
      book.take(reconcileLiveDetails(book.state, 'r1', { steps: null, rows: { processed } })),
    );

    expect(factsOf(facts, 'rows').map(({ amount }) => amount)).toEqual([30]);
  });

  it('of a run that had not begun at the baseline are all news', () => {
    const book = createBook(POLICY);
    book.read([liveRun({ state: 'pending', startedAt: null })], { scope: newScope('account') });

    const facts = book.take(reconcileLiveDetails(book.state, 'r1', { steps: null, rows: { processed: 100 } }));

    expect(factsOf(facts, 'rows').map(({ amount }) => amount)).toEqual([100]);
  });

  it('count on from those of the live run when it has finished', () => {
    const book = createBook(POLICY);
    book.read([liveRun()]);
    book.take(reconcileLiveDetails(book.state, 'r1', { steps: null, rows: { processed: 10 } }));
    book.read([finishedRun()]);

    const facts = book.take(
      settleDetail(
        book.state,
        book.state.pendingDetails.get('rows r1')!,
        book.runs.get('r1'),
        {
          steps: null,
          rows: { processed: 12 },
        },
        at(0),
      ),
    );

    expect(factsOf(facts, 'rows').map(({ amount }) => amount)).toEqual([2]);
    expect(book.job().recent).toMatchObject([{ rows: { processed: 12 } }]);
  });

  it('of an excluded job are not counted', () => {
    const book = createBook({ ...POLICY, includes: () => false });
    book.read([liveRun()]);

    const facts = book.take(reconcileLiveDetails(book.state, 'r1', { steps: null, rows: { processed: 10 } }));

    expect(facts).toEqual([]);
  });

  it('are no news a second time, also of a run that is live again', () => {
    const book = createBook(POLICY);
    book.read([finishedRun()]);
    book.read([liveRun()]);
    const reading = () => reconcileLiveDetails(book.state, 'r1', { steps: null, rows: { processed: 10 } });
    book.take(reading());

    const { change } = reading();

    expect({ runs: change.runs, jobs: change.jobs }).toEqual({ runs: [], jobs: [] });
  });
});

describe('addHistoryDetails', () => {
  it('adds the rows of the newest finished run of each shown job, for its gauges alone', () => {
    const book = createBook(POLICY);
    const weekly = aJob({ name: 'weekly' });
    const runs = [finishedRun(), finishedRun({ id: 'r2', endedAt: at(60) }), finishedRun({ id: 'r3', job: weekly })];
    book.read([...runs, finishedRun({ id: 'r4', job: aJob({ name: 'old' }), endedAt: ago(seconds(40 * DAY)) })], {
      scope: newScope('account'),
    });

    book.take(addHistoryDetails(book.state, POLICY, at(0)));
    const pending = [...book.state.pendingDetails.values()];
    const facts = book.take(
      settleDetail(book.state, pending[0]!, book.runs.get('r2'), { steps: null, rows: { processed: 7 } }, at(0)),
    );

    expect(pending.map(({ run, detail, counts }) => [run, detail, counts])).toEqual([
      ['r2', 'rows', false],
      ['r3', 'rows', false],
    ]);
    expect(facts).toEqual([]);
    expect(book.job().recent[0]).toMatchObject({ id: 'r2', rows: { processed: 7 } });
  });

  it('adds nothing that is known', () => {
    const book = createBook(POLICY);
    book.read([liveRun()], { scope: newScope('account') });
    book.take(reconcileLiveDetails(book.state, 'r1', { steps: null, rows: { processed: 1 } }));
    book.read([finishedRun()]);
    book.state.pendingDetails.clear();

    book.take(addHistoryDetails(book.state, POLICY, at(0)));

    expect(book.state.pendingDetails.size).toBe(0);
  });

  it('adds no details that count as lost', () => {
    const book = createBook(POLICY);
    book.read([finishedRun()], { scope: newScope('account') });
    book.take(addHistoryDetails(book.state, POLICY, at(0)));

    const facts = book.take(
      settleDetail(book.state, [...book.state.pendingDetails.values()][0]!, book.runs.get('r1'), 'gone', at(0)),
    );

    expect(facts).toEqual([]);
    expect(book.state.pendingDetails.size).toBe(0);
  });
});

describe('details that are not final yet', () => {
  const first = { run: 'r1', detail: 'steps', counts: true, since: at(0), attempts: 0, dueAt: at(0) } as const;
  /** A run that has just finished and is asked for its details until they are settled. */
  function ask(answers: readonly RunDetails[], detail: 'steps' | 'rows') {
    const book = createBook();
    book.read([finishedRun()]);
    const facts: Fact[] = [];
    let pending: PendingDetail | undefined = { ...first, detail };
    for (const answer of answers) {
      if (pending === undefined) break;
      const asked: PendingDetail = pending;
      facts.push(...book.take(settleDetail(book.state, asked, book.runs.get('r1'), answer, asked.dueAt)));
      pending = book.state.pendingDetails.get(detailKey(asked));
    }
    return { facts, isPending: pending !== undefined, state: book.state };
  }

  it('asks again for steps while one of them is live, and counts each once', () => {
    const early = { steps: [step('a'), step('b', { result: null })], rows: null };
    const final = { steps: [step('a'), step('b', { result: 'failure' })], rows: null };

    const { facts, isPending } = ask([early, early, final], 'steps');

    expect(factsOf(facts, 'step').map((fact) => [fact.step, fact.result])).toEqual([
      ['a', 'success'],
      ['b', 'failure'],
    ]);
    expect([isPending, factsOf(facts, 'detail_lost')]).toEqual([false, []]);
  });

  it('reports steps as lost which stay live for an hour after their run', () => {
    const { facts, isPending } = ask(
      Array.from({ length: 20 }, () => ({ steps: [step('b', { result: null })], rows: null })),
      'steps',
    );

    expect(isPending).toBe(false);
    expect(factsOf(facts, 'detail_lost')).toEqual([{ kind: 'detail_lost', label: 'steps', amount: 1 }]);
  });

  it('asks again for rows until they are the same twice, and adds what they grew by', () => {
    const rows = (processed: number): RunDetails => ({ steps: null, rows: { processed } });

    const { facts, isPending } = ask([rows(100), rows(5000), rows(5000), rows(9999)], 'rows');

    expect(factsOf(facts, 'rows').map(({ amount }) => amount)).toEqual([100, 4900]);
    expect(isPending).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { ago, aJob, aPolicy, at, finishedRun, liveRun, someCapabilities } from '../../test/support/builders.ts';
import { type Book, createBook, factsOf, finishedByResult, watchedScope } from '../../test/support/book.ts';
import type { Run } from '../model/run.ts';
import { DAY, HOUR, seconds } from '../model/time.ts';
import { markGone } from './housekeeping.ts';
import { reconcileLookUp } from './reconcile.ts';
import { isEmptyChange, newScope, NO_CHANGE } from './records.ts';
import type { Round } from './round.ts';

const NEW = newScope('account');

describe('counting a run', () => {
  it('counts it once however often it is listed', () => {
    const book = createBook();

    const facts = [1, 2, 3].flatMap(() => book.read([finishedRun(), finishedRun()]));

    expect(finishedByResult(facts)).toEqual({ success: 1 });
  });

  it('counts it once whether it was seen live or not', () => {
    const book = createBook();

    const facts = [[liveRun()], [finishedRun()], [liveRun(), finishedRun(), liveRun()]].flatMap((runs) =>
      book.read(runs),
    );

    expect(finishedByResult(facts)).toEqual({ success: 1 });
    expect(factsOf(facts, 'reopened')).toEqual([]);
  });

  it('finds no news at all in the same answer again', () => {
    const book = createBook();
    const scope = watchedScope();
    const answer = [finishedRun(), liveRun({ id: 'r2' }), finishedRun({ id: 'r3', endedAt: null })];
    book.read(answer, { scope });
    const before = structuredClone(book.state);

    const facts = book.read(answer, { scope, now: at(60) });

    expect(facts).toEqual([]);
    expect(book.state).toEqual(before);
  });

  it('reports all that is known of the run', () => {
    const book = createBook();

    const facts = book.read([finishedRun({ createdAt: at(-100), exitCode: 3, result: 'failure' })]);

    expect(factsOf(facts, 'finished')).toEqual([
      {
        kind: 'finished',
        owner: 'nightly',
        run: 'r1',
        result: 'failure',
        endedAt: at(0),
        duration: 60,
        queue: 40,
        exitCode: 3,
        warning: null,
      },
    ]);
  });

  it('knows no queue time where the start is not after the creation, or either is not said', () => {
    const book = createBook();

    const facts = book.read([
      finishedRun({ id: 'r1', createdAt: at(-59) }),
      finishedRun({ id: 'r2', createdAt: null }),
      finishedRun({ id: 'r3', createdAt: at(-100), startedAt: null }),
    ]);

    expect(factsOf(facts, 'finished').map(({ queue }) => queue)).toEqual([null, null, null]);
  });

  it('ends a run without an end that was live at the poll before when it was first seen finished, by the earlier clock', () => {
    const book = createBook();
    const run = finishedRun({ endedAt: null });
    book.read([liveRun()]);

    book.read([run], { now: at(20), result: { runs: [run], rejected: [], vendorTime: at(10) } });
    book.read([run], { now: at(80) });

    expect(book.runs.get('r1')?.life.ending?.endedAt).toBe(at(10));
    expect(book.job().recent).toMatchObject([{ endedAt: at(10), duration: null }]);
  });
});

describe('a baseline', () => {
  it('takes finished runs for history: they set the newest run and are not counted', () => {
    const book = createBook();

    const facts = book.read([finishedRun()], { scope: NEW });

    expect(finishedByResult(facts)).toEqual({});
    expect(book.runs.get('r1')?.life.ending?.disposition).toBe('history');
    expect(book.job().recent).toMatchObject([{ id: 'r1', result: 'success' }]);
  });

  it('counts runs that were live at it when they finish', () => {
    const book = createBook();
    book.read([liveRun()], { scope: NEW });

    const facts = book.read([finishedRun({ result: 'failure' })]);

    expect(finishedByResult(facts)).toEqual({ failure: 1 });
  });

  it('counts a run that was live in its first slices even if it ends before the baseline is complete', () => {
    const book = createBook();
    book.read([liveRun()], { scope: NEW });

    const facts = book.read([finishedRun()], { scope: NEW });

    expect(finishedByResult(facts)).toEqual({ success: 1 });
  });

  it('of a scope that was added counts none of its history', () => {
    const book = createBook();
    book.read([finishedRun()]);

    const facts = book.read([finishedRun(), finishedRun({ id: 'r2' })], { scope: newScope('added') });

    expect(finishedByResult(facts)).toEqual({});
  });

  it('of one scope does not hide from another what ended while that was watched', () => {
    const book = createBook();
    const run = finishedRun({ endedAt: at(-10) });
    book.read([run], { scope: newScope('added') });

    const facts = [1, 2].flatMap(() => book.read([run]));

    expect(finishedByResult(facts)).toEqual({ success: 1 });
  });

  it('of one scope stays history to another that was not watched when the run ended', () => {
    const book = createBook();
    const run = finishedRun({ endedAt: at(-7200) });
    book.read([run], { scope: newScope('added') });

    const facts = book.read([run]);

    expect(finishedByResult(facts)).toEqual({});
  });

  it('of one scope stays history to another that had its own at the same time', () => {
    const book = createBook();
    const run = finishedRun({ endedAt: at(0) });
    book.read([run], { scope: newScope('first') });

    const facts = book.read([run], { scope: watchedScope({ baselineAt: at(0) }), now: at(10) });

    expect(finishedByResult(facts)).toEqual({});
  });

  it('of one scope stays history to another whose own baseline came later', () => {
    const book = createBook();
    const run = finishedRun({ endedAt: at(7) });
    book.read([run], { scope: newScope('first') });

    const facts = book.read([run], { scope: watchedScope({ baselineAt: at(5) }), now: at(10) });

    expect(finishedByResult(facts)).toEqual({});
  });
});

describe('an excluded job', () => {
  const policy = { ...aPolicy(), includes: (name: string) => name !== 'test' };
  const test = aJob({ name: 'test' });

  it('has its runs recorded, and not counted', () => {
    const book = createBook(policy);

    const facts = book.read([finishedRun({ job: test }), finishedRun({ id: 'r2' })]);

    expect(factsOf(facts, 'finished').map(({ run }) => run)).toEqual(['r2']);
    expect(book.runs.get('r1')?.life.ending?.disposition).toBe('excluded');
    expect(book.job('test').standing).toBe('excluded');
  });

  it('does not count past runs once it is included', () => {
    const book = createBook(policy);
    book.read([finishedRun({ job: test })]);
    book.state.jobs.set('test', { ...book.job('test'), standing: 'shown' });

    const facts = book.read([finishedRun({ job: test }), finishedRun({ id: 'r2', job: test, result: 'failure' })]);

    expect(finishedByResult(facts)).toEqual({ failure: 1 });
  });
});

describe('a run that changes its mind', () => {
  it('is a correction, reported once', () => {
    const book = createBook();
    book.read([finishedRun({ result: 'failure' })]);

    const facts = [1, 2].flatMap(() => book.read([finishedRun({ result: 'success' })]));

    expect(facts).toEqual([{ kind: 'corrected', owner: 'nightly', from: 'failure', to: 'success' }]);
    expect(book.job().recent).toMatchObject([{ id: 'r1', result: 'success' }]);
  });

  it('is no correction where it was never counted', () => {
    const book = createBook();
    book.read([finishedRun({ result: 'failure' })], { scope: NEW });

    const facts = book.read([finishedRun({ result: 'success' })]);

    expect(facts).toEqual([]);
    expect(book.job().recent).toMatchObject([{ result: 'success' }]);
  });

  it('is neither a correction nor a second run where a failure is acknowledged', () => {
    const book = createBook();
    book.read([finishedRun({ result: 'failure', vendorState: 'FAILED' })]);

    const facts = book.read([finishedRun({ result: 'failure', vendorState: 'CHECKED', acknowledged: true })]);

    expect(facts).toEqual([]);
    expect(book.job().recent).toMatchObject([{ acknowledged: true }]);
  });

  it('is a correction where an unlisted state is mapped later', () => {
    const book = createBook();
    book.read([finishedRun({ result: 'unknown', vendorState: 'TIMED_OUT', stateKnown: false })]);

    const facts = book.read([finishedRun({ result: 'timeout', vendorState: 'TIMED_OUT' })]);

    expect(facts).toEqual([{ kind: 'corrected', owner: 'nightly', from: 'unknown', to: 'timeout' }]);
  });
});

describe('a finished run that is live again', () => {
  it('is active, reported once as reopened, and never counted again', () => {
    const book = createBook();
    book.read([finishedRun()]);

    const live = [1, 2].flatMap(() => book.read([liveRun()]));
    const wasHeld = book.state.live.get('r1')?.life;
    const after = [1, 2].flatMap(() => book.read([finishedRun({ endedAt: at(100) })]));

    expect(live).toEqual([{ kind: 'reopened', owner: 'nightly' }]);
    expect(wasHeld).toMatchObject({ phase: 'live', state: 'executing', ending: { result: 'success' } });
    expect(after).toEqual([]);
    expect(book.state.live.size).toBe(0);
    expect(book.runs.get('r1')?.life.ending?.endedAt).toBe(at(100));
  });

  it('is a correction where it ends otherwise', () => {
    const book = createBook();
    book.read([finishedRun({ result: 'failure' })]);
    book.read([liveRun()]);

    const facts = book.read([finishedRun({ result: 'success', endedAt: at(100) })]);

    expect(facts).toEqual([{ kind: 'corrected', owner: 'nightly', from: 'failure', to: 'success' }]);
  });
});

describe('a run that the ledger does not know', () => {
  const scope = watchedScope({ floor: ago(DAY) });

  it('is rejected, once, where it ended before the floor', () => {
    const book = createBook();

    const facts = [1, 2].flatMap(() => book.read([finishedRun({ endedAt: ago(DAY) })], { scope }));

    expect(factsOf(facts, 'finished', 'rejected')).toEqual([{ kind: 'rejected', label: 'before_floor', amount: 1 }]);
    expect(book.runs.size).toBe(0);
  });

  it('counts where it ended after the floor', () => {
    const book = createBook();
    book.read([finishedRun({ id: 'r0', endedAt: ago(DAY) })], { scope: NEW });

    const facts = book.read([finishedRun({ endedAt: at(1 - DAY) })], { scope });

    expect(finishedByResult(facts)).toEqual({ success: 1 });
  });

  it('is rejected where it began before the floor and has no end', () => {
    const book = createBook();

    const facts = book.read([finishedRun({ startedAt: ago(DAY), endedAt: null })], { scope });

    expect(factsOf(facts, 'finished', 'rejected')).toEqual([{ kind: 'rejected', label: 'before_floor', amount: 1 }]);
  });

  it('counts in spite of the floor once it was known', () => {
    const book = createBook();
    book.read([liveRun({ startedAt: at(-2 * DAY) })]);

    const facts = book.read([finishedRun({ endedAt: at(-2 * DAY) })], { scope });

    expect(finishedByResult(facts)).toEqual({ success: 1 });
  });
});

describe('a run that only a full sync finds', () => {
  const fullSync = { kind: 'full_sync', extendedFrom: ago(HOUR) } as const;

  it('counts, and is reported as late', () => {
    const book = createBook();
    book.read([finishedRun({ id: 'r0', endedAt: ago(DAY) })], { scope: NEW });

    const facts = book.read([finishedRun({ endedAt: at(-2 * HOUR) })], fullSync);

    expect(finishedByResult(facts)).toEqual({ success: 1 });
    expect(factsOf(facts, 'late')).toEqual([{ kind: 'late', amount: 1 }]);
  });

  it('is not late where an extended lookback would have found it, or where it was known to be live', () => {
    const book = createBook();
    book.read([liveRun({ id: 'r2', startedAt: at(-3 * HOUR) })]);

    const facts = book.read(
      [finishedRun({ endedAt: at(-60) }), finishedRun({ id: 'r2', endedAt: at(-2 * HOUR) })],
      fullSync,
    );

    expect(finishedByResult(facts)).toEqual({ success: 2 });
    expect(factsOf(facts, 'late')).toEqual([]);
  });
});

describe('a run that ended during an outage', () => {
  it('is reported as caught up, once', () => {
    const book = createBook();
    const outage = { from: ago(HOUR), to: at(-60) };
    const runs = [-3600, -3599, -60, -59].map((end, index) => finishedRun({ id: `r${index}`, endedAt: at(end) }));

    const scope = watchedScope({ watermark: ago(HOUR), seenUntil: ago(HOUR) });
    const facts = [1, 2].flatMap(() => book.read(runs, { scope, outage }));

    expect(finishedByResult(facts)).toEqual({ success: 4 });
    expect(factsOf(facts, 'caught_up')).toEqual([
      { kind: 'caught_up', amount: 1 },
      { kind: 'caught_up', amount: 1 },
    ]);
  });
});

describe('a live run', () => {
  it('that was gone counts when it comes back finished, and is not looked for again', () => {
    const book = createBook();
    book.read([liveRun()]);
    book.take(markGone(book.state, book.state.live.get('r1')!, at(0)));

    const facts = book.read([finishedRun()]);

    expect(finishedByResult(facts)).toEqual({ success: 1 });
    expect(book.runs.get('r1')).toMatchObject({ life: { phase: 'finished' } });
  });

  it('is remembered with its state, and forgotten once it has finished', () => {
    const book = createBook();
    book.read([liveRun({ state: 'pending', vendorState: 'WAITING', startedAt: null, createdAt: at(-90) })]);
    const before = book.state.live.get('r1');

    book.read([liveRun({ startedAt: at(5) })], { now: at(10) });
    const after = book.state.live.get('r1');

    expect(before).toMatchObject({
      life: { phase: 'live', state: 'pending' },
      createdAt: at(-90),
      startedAt: null,
      changedAt: at(0),
    });
    expect(after).toMatchObject({
      life: { phase: 'live', state: 'executing' },
      startedAt: at(5),
      changedAt: at(10),
      recordedAt: at(0),
    });
  });

  it('that was gone and given up counts when it comes back finished', () => {
    const book = createBook();
    book.read([liveRun()]);
    const lost = { ...book.state.live.get('r1')!, life: { phase: 'lost', ending: null } } as const;
    book.take({ change: { ...NO_CHANGE, runs: [lost] }, facts: [] });

    const facts = book.read([finishedRun()]);

    expect(finishedByResult(facts)).toEqual({ success: 1 });
  });

  it('that was gone and given up is live when it comes back live', () => {
    const book = createBook();
    book.read([liveRun()]);
    const lost = { ...book.state.live.get('r1')!, life: { phase: 'lost', ending: null } } as const;
    book.take({ change: { ...NO_CHANGE, runs: [lost] }, facts: [] });

    book.read([liveRun()]);

    expect(book.state.live.get('r1')).toMatchObject({ life: { phase: 'live', state: 'executing' } });
  });

  it('has rows from before the baseline unless it had not begun', () => {
    const book = createBook();

    book.read([liveRun(), liveRun({ id: 'r2', state: 'pending' })], { scope: NEW });
    book.read([liveRun({ id: 'r3' })]);

    expect(['r1', 'r2', 'r3'].map((id) => book.runs.get(id)?.rowsPredate)).toEqual([true, false, false]);
  });
});

describe('a live run that was looked up', () => {
  /** A book that knows `r1` as live, in a state. */
  function afterLive(state: 'pending' | 'executing' = 'executing'): Book {
    const book = createBook();
    book.read([liveRun({ state })]);
    return book;
  }

  /** News in the answer to a look-up of `r1`, a minute later. */
  function lookUp(book: Book, run: Run, outage: Round['outage'] = null) {
    const record = book.runs.get('r1')!;
    return reconcileLookUp(book.state, { record, run, outage, now: at(60), seenLive: new Map() }, aPolicy());
  }

  it('counts once where it has finished, also where lists hold it later', () => {
    const book = afterLive();

    const facts = [1, 2].flatMap(() => book.take(lookUp(book, finishedRun({ result: 'failure' }))));
    const later = book.read([finishedRun({ result: 'failure' })]);

    expect(finishedByResult(facts)).toEqual({ failure: 1 });
    expect(later).toEqual([]);
    expect(book.state.live.size).toBe(0);
  });

  it('moves no scope', () => {
    const book = afterLive();
    const scopes = structuredClone(book.state.scopes);

    const found = lookUp(book, finishedRun({ endedAt: at(30) }));
    book.take(found);

    expect(found.change.scopes).toEqual([]);
    expect(found.change.synced).toBeNull();
    expect(book.state.scopes).toEqual(scopes);
  });

  it('is caught up where it ended during the outage of its scope', () => {
    const outage = { from: ago(HOUR), to: at(-60) };
    const ends = [-3600, -3599, -60, -59];

    const caughtUp = ends.filter((end) => {
      const { facts } = lookUp(afterLive(), finishedRun({ endedAt: at(end) }), outage);
      return factsOf(facts, 'caught_up').length > 0;
    });

    expect(caughtUp).toEqual([-3599, -60]);
  });

  it('is neither late nor caught up while polling went on as usual, however long ago it ended', () => {
    const { facts } = lookUp(afterLive(), finishedRun({ endedAt: ago(seconds(3 * DAY)) }));

    expect(facts.map(({ kind }) => kind)).toEqual(['finished']);
  });

  it('goes on in another state', () => {
    const book = afterLive('pending');

    const facts = book.take(lookUp(book, liveRun({ state: 'executing' })));

    expect(facts).toEqual([]);
    expect(book.state.live.get('r1')).toMatchObject({
      life: { phase: 'live', state: 'executing' },
      changedAt: at(60),
    });
  });

  it('changes nothing at all where it is as it was', () => {
    const found = lookUp(afterLive(), liveRun());

    expect(isEmptyChange(found.change)).toBe(true);
    expect(found.facts).toEqual([]);
  });

  it('is live again after the vendor had said that it is gone', () => {
    const book = afterLive();
    book.take(markGone(book.state, book.state.live.get('r1')!, at(0)));

    book.take(lookUp(book, liveRun()));

    expect(book.state.live.get('r1')?.life).toEqual({ phase: 'live', state: 'executing', ending: null });
  });
});

describe('an unlisted state', () => {
  it('is reported once per run and state', () => {
    const book = createBook();
    const strange = { vendorState: 'MELTED', stateKnown: false } as const;

    const facts = [
      [liveRun({ ...strange, state: 'unknown' })],
      [liveRun({ ...strange, state: 'unknown' })],
      [finishedRun({ ...strange, result: 'unknown' })],
      [finishedRun({ ...strange, result: 'unknown' })],
      [finishedRun({ ...strange, id: 'r2', result: 'unknown' })],
      [finishedRun({ ...strange, vendorState: 'FROZEN', result: 'unknown' })],
    ].flatMap((runs) => book.read(runs));

    expect(factsOf(facts, 'unknown_state').map(({ label }) => label)).toEqual(['MELTED', 'MELTED', 'FROZEN']);
    expect(finishedByResult(facts)).toEqual({ unknown: 2 });
  });
});

describe('a record that could not be read', () => {
  it('is reported once however often it is listed', () => {
    const book = createBook();
    const rejected = [{ reason: 'schema', key: 'x', problem: 'id: invalid_type' }] as const;

    const facts = [1, 2].flatMap(() => book.read([], { result: { runs: [], rejected, vendorTime: null } }));

    expect(facts).toEqual([{ kind: 'rejected', label: 'schema', amount: 1 }]);
  });
});

describe('history that no poll can reach', () => {
  it('is reported with the first answer of the round', () => {
    const book = createBook();

    const facts = book.read([], { gap: seconds(90) });

    expect(facts).toEqual([{ kind: 'gap', amount: 90 }]);
  });
});

describe('details', () => {
  const policy = aPolicy({
    capabilities: someCapabilities({ finishedDetails: ['steps', 'rows'], lateDurations: true }),
  });

  it('are pending from when a run is counted', () => {
    const book = createBook(policy);

    book.read([finishedRun({ duration: null })]);

    expect([...book.state.pendingDetails.keys()]).toEqual(['steps r1', 'rows r1', 'duration r1']);
  });

  it('are not pending for history', () => {
    const book = createBook(policy);

    book.read([finishedRun()], { scope: NEW });

    expect(book.state.pendingDetails.size).toBe(0);
  });

  it('are pending once', () => {
    const book = createBook(policy);
    book.read([finishedRun()]);
    book.state.pendingDetails.clear();

    book.read([finishedRun({ result: 'failure' })]);

    expect(book.state.pendingDetails.size).toBe(0);
  });

  it('have a late duration added once', () => {
    const book = createBook(policy);
    book.read([finishedRun({ duration: null })]);

    const facts = [1, 2].flatMap(() => book.read([finishedRun()]));

    expect(facts).toEqual([
      { kind: 'duration', owner: 'nightly', run: 'r1', result: 'success', endedAt: at(0), duration: 60 },
    ]);
    expect([...book.state.pendingDetails.keys()]).toEqual(['steps r1', 'rows r1']);
    expect(book.job().recent).toMatchObject([{ duration: 60 }]);
  });

  it('do not include a duration that a skipped run, or one that never started, cannot have', () => {
    const book = createBook(aPolicy({ capabilities: someCapabilities({ lateDurations: true }) }));

    book.read([
      finishedRun({ result: 'skip', duration: null }),
      finishedRun({ id: 'r2', startedAt: null, duration: null }),
    ]);

    expect(book.state.pendingDetails.size).toBe(0);
  });
});

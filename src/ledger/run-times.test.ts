import { describe, expect, it } from 'vitest';
import { finishedByResult, createBook } from '../../test/support/book.ts';
import { ago, at, finishedRun, liveRun } from '../../test/support/builders.ts';
import { DAY, HOUR } from '../model/time.ts';
import { newScope } from './records.ts';

const NEW = newScope('account');

describe('a run that names no end', () => {
  it('is no newer at the baseline than the vendor last heard of it, so that it does not hide what is newer', () => {
    const book = createBook();

    book.read(
      [
        finishedRun({
          id: 'failed',
          result: 'failure',
          startedAt: at(-60 * DAY),
          updatedAt: at(-59 * DAY),
          endedAt: null,
        }),
        finishedRun({ id: 'newest', endedAt: ago(DAY) }),
      ],
      { scope: NEW },
    );

    expect(book.job().recent).toMatchObject([
      { id: 'newest', endedAt: ago(DAY) },
      { id: 'failed', endedAt: at(-59 * DAY) },
    ]);
  });

  it.each([
    ['its last update', { updatedAt: at(-10), startedAt: at(-20), createdAt: at(-30) }, -10],
    ['else its start', { startedAt: at(-20), createdAt: at(-30) }, -20],
    ['else its creation', { startedAt: null, createdAt: at(-30) }, -30],
    ['else when it was first seen', { startedAt: null }, 0],
  ])('ends with %s', (_what, times, end) => {
    const book = createBook();

    book.read([finishedRun({ endedAt: null, ...times })], { scope: NEW });

    expect(book.runs.get('r1')?.life.ending?.endedAt).toBe(at(end));
  });

  it('ends when it was first seen finished where it was live at the poll before', () => {
    const book = createBook();
    book.read([liveRun({ startedAt: at(-60 * DAY) })]);

    book.read([finishedRun({ startedAt: at(-60 * DAY), endedAt: null })], { now: at(60) });

    expect(book.runs.get('r1')?.life.ending?.endedAt).toBe(at(60));
  });
});

describe('a run whose end is start + duration', () => {
  const derived = { isEndDerived: true, endedAt: at(-600), startedAt: at(-660) };

  it('ends no earlier than its record was written', () => {
    const book = createBook();

    book.read([finishedRun({ ...derived, updatedAt: at(-30) })]);

    expect(book.runs.get('r1')?.life.ending?.endedAt).toBe(at(-30));
  });

  it('ends no earlier than it was last seen live, so that a failure of now is no older than a success before it', () => {
    const book = createBook();
    book.read([liveRun({ startedAt: at(-660) }), finishedRun({ id: 'before', endedAt: at(-300) })]);

    book.read([finishedRun({ ...derived, result: 'failure' })], { now: at(60), seenLive: new Map([['r1', at(0)]]) });

    expect(book.job().recent).toMatchObject([{ id: 'r1', endedAt: at(0) }, { id: 'before' }]);
  });

  it('does not end with the edit of a person days later', () => {
    const book = createBook();

    book.read([finishedRun({ ...derived, endedAt: at(-3 * DAY), updatedAt: at(-30) })], { scope: NEW });

    expect(book.runs.get('r1')?.life.ending?.endedAt).toBe(at(-3 * DAY));
  });

  it('keeps its end where the record is written again', () => {
    const book = createBook();
    book.read([finishedRun({ ...derived, updatedAt: at(-30) })]);

    book.read([finishedRun({ ...derived, updatedAt: at(60), result: 'failure', acknowledged: true })], { now: at(90) });

    expect(book.runs.get('r1')?.life.ending?.endedAt).toBe(at(-30));
  });
});

describe('an end in the future', () => {
  const future = finishedRun({ id: 'future', startedAt: at(-60), endedAt: at(21 * HOUR) });

  it('is when the run was first seen finished, so that it hides no later failure', () => {
    const book = createBook();
    book.read([future]);

    book.read([future, finishedRun({ id: 'later', endedAt: at(60), result: 'failure' })], { now: at(60) });

    expect(book.job().recent).toMatchObject([{ id: 'later' }, { id: 'future', endedAt: at(0) }]);
  });

  it('stays so when its time has come', () => {
    const book = createBook();
    book.read([future]);

    const facts = book.read([future], { now: at(DAY) });

    expect(book.job().recent).toMatchObject([{ id: 'future', endedAt: at(0) }]);
    expect(facts).toEqual([]);
  });
});

describe('a run in an unlisted state whose age is known', () => {
  const strange = { vendorState: 'RETRYING', stateKnown: false, state: 'unknown' } as const;
  const aged = (agedTo: number) => liveRun({ ...strange, startedAt: at(-600), agedTo: at(agedTo) });

  it('is live while its age grows, and counts by its result once it has one', () => {
    const book = createBook();
    const live = [0, 60, 120].flatMap((now) => book.read([aged(now)], { now: at(now) }));

    const facts = book.read([finishedRun({ startedAt: at(-600), endedAt: at(150), result: 'failure' })], {
      now: at(180),
    });

    expect(finishedByResult(live)).toEqual({});
    expect(finishedByResult(facts)).toEqual({ failure: 1 });
  });

  it('has finished where its age is the same at two polls, and counts once', () => {
    const book = createBook();

    const facts = [0, 60, 120, 180].flatMap((now) => book.read([aged(-5)], { now: at(now) }));

    expect(finishedByResult(facts)).toEqual({ unknown: 1 });
    expect(book.runs.get('r1')).toMatchObject({ life: { phase: 'finished' } });
  });

  it('has not finished where one poll lists it twice', () => {
    const book = createBook();

    const facts = [0, 0, 60, 60].flatMap((now) => book.read([aged(now)], { now: at(now) }));

    expect(finishedByResult(facts)).toEqual({});
    expect(book.state.live.get('r1')).toMatchObject({ life: { phase: 'live', state: 'unknown' } });
  });

  it('has finished at first sight where that lies clearly in the past', () => {
    const book = createBook();

    const facts = [0, 60].flatMap((now) => book.read([aged(-2 * HOUR)], { now: at(now), scope: NEW }));

    expect(facts.filter(({ kind }) => kind === 'finished' || kind === 'reopened')).toEqual([]);
    expect(book.runs.get('r1')).toMatchObject({
      life: { phase: 'finished', ending: { disposition: 'history', result: 'unknown' } },
    });
  });

  it('is live again where its age grows after all, and is corrected to what becomes of it', () => {
    const book = createBook();
    [0, 60].forEach((now) => book.read([aged(-5)], { now: at(now) }));
    book.read([aged(120)], { now: at(120) });

    const facts = book.read([finishedRun({ startedAt: at(-600), endedAt: at(150), result: 'failure' })], {
      now: at(180),
    });

    expect(facts).toEqual([{ kind: 'corrected', owner: 'nightly', from: 'unknown', to: 'failure' }]);
  });
});

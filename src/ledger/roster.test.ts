import { describe, expect, it } from 'vitest';
import { aJob, ago, aPolicy, at, finishedRun, liveRun } from '../../test/support/builders.ts';
import { type Book, createBook, factsOf, finishedByResult } from '../../test/support/book.ts';
import type { Job } from '../model/run.ts';
import { DAY, seconds, type UnixSeconds } from '../model/time.ts';
import { keepHouse } from './housekeeping.ts';
import type { TargetPolicy } from './policy.ts';
import { newScope, OTHER } from './records.ts';

function shownNames({ state }: Book): readonly string[] {
  return [...state.jobs.values()].filter(({ standing }) => standing === 'shown').map(({ shownName }) => shownName);
}

/** Jobs that share their labels, by id. */
function namesakes(...ids: readonly string[]): readonly Job[] {
  return ids.map((id) => aJob({ key: id, id }));
}

describe('a job', () => {
  it('is shown from its first run on, and reported once', () => {
    const book = createBook();

    const facts = [1, 2].flatMap(() => book.read([liveRun()]));

    expect(facts).toEqual([{ kind: 'shown', owner: 'nightly' }]);
    expect(book.job()).toMatchObject({ shownName: 'nightly', firstSeenAt: at(0), standing: 'shown' });
  });

  it('of the same labels as another has its id behind its name; in one poll the lower id keeps the bare name', () => {
    const book = createBook();
    const [ten, nine] = namesakes('10', '9');

    book.read([liveRun({ job: ten!, startedAt: ago(seconds(DAY)) }), liveRun({ id: 'r2', job: nine! })]);

    expect([book.job('9').shownName, book.job('10').shownName]).toEqual(['nightly', 'nightly (10)']);
  });

  it('never shares its labels, whatever names others were given on purpose', () => {
    const book = createBook();
    const crafted = ['nightly', 'nightly (1)', 'nightly (1) (2)', 'nightly (1) (3)'].map((name, index) =>
      aJob({ key: `other ${index}`, name }),
    );

    book.read(crafted.map((job, index) => liveRun({ id: `r${index}`, job })));
    book.read(namesakes('1').map((job) => liveRun({ id: 'r', job })));

    expect(new Set(shownNames(book)).size).toBe(5);
    expect(book.job('1').shownName).toBe('nightly (1) (4)');
  });

  it('keeps its labels when another of the same appears', () => {
    const book = createBook();
    const [two, one] = namesakes('2', '1');

    book.read([liveRun({ job: two! })]);
    book.read([liveRun({ job: two! }), liveRun({ id: 'r2', job: one! })]);

    expect([book.job('2').shownName, book.job('1').shownName]).toEqual(['nightly', 'nightly (1)']);
  });

  it('may have the name of another in another workspace, or of another kind', () => {
    const book = createBook();

    book.read([
      liveRun(),
      liveRun({ id: 'r2', job: aJob({ key: 'b', workspace: 'test' }) }),
      liveRun({ id: 'r3', job: aJob({ key: 'c', kind: 'load' }) }),
    ]);

    expect(shownNames(book)).toEqual(['nightly', 'nightly', 'nightly']);
  });

  it('that is renamed begins anew, keeps its newest runs, and counts on under the new name', () => {
    const book = createBook();
    book.read([finishedRun()]);

    const facts = book.read([finishedRun({ id: 'r2', endedAt: at(60), job: aJob({ key: 'nightly', name: 'daily' }) })]);

    expect(facts.map(({ kind }) => kind)).toEqual(['renamed', 'shown', 'finished']);
    expect(book.job()).toMatchObject({ name: 'daily', shownName: 'daily', firstSeenAt: at(0) });
    expect(book.job().recent.map(({ id }) => id)).toEqual(['r2', 'r1']);
  });

  it('is not renamed by a run of which the record says no name, kind or workspace', () => {
    const book = createBook();
    book.read([liveRun()]);

    const facts = book.read([
      liveRun({
        id: 'r2',
        startedAt: at(60),
        job: aJob({
          name: 'a stand-in',
          key: 'nightly',
          kind: 'x',
          workspace: '',
          unsaid: ['name', 'kind', 'workspace'],
        }),
      }),
    ]);

    expect(factsOf(facts, 'renamed')).toEqual([]);
    expect(book.job()).toMatchObject({ name: 'nightly', kind: 'model', workspace: 'prod' });
  });

  it('is not renamed by an older run that still has the old name', () => {
    const book = createBook();
    const daily = aJob({ key: 'nightly', name: 'daily' });

    const facts = [
      [finishedRun({ id: 'new', endedAt: at(60), job: daily }), finishedRun({ id: 'old' })],
      [finishedRun({ id: 'old' })],
      [finishedRun({ id: 'older', endedAt: at(-60) })],
    ].flatMap((runs) => book.read(runs));

    expect(book.job().shownName).toBe('daily');
    expect(factsOf(facts, 'renamed')).toEqual([]);
  });

  it('has a new URL without any news', () => {
    const book = createBook();
    book.read([liveRun()]);

    const facts = book.read([liveRun({ job: aJob({ url: 'https://vendor.test/1' }) })]);

    expect(facts).toEqual([]);
    expect(book.job().url).toBe('https://vendor.test/1');
  });

  it('beyond the most that are shown belongs to the overflow for good', () => {
    const policy = aPolicy({ maxJobs: 1 });
    const book = createBook(policy);
    const second = aJob({ name: 'second' });

    const facts = book.read([liveRun(), finishedRun({ id: 'r2', job: second })]);
    book.take(keepHouse(book.state, aPolicy({ maxJobs: 10 }), at(0)));

    expect(book.job('second').standing).toBe('overflow');
    expect(factsOf(facts, 'finished').map(({ owner }) => owner)).toEqual([OTHER]);
  });
});

describe('a job without a run for long', () => {
  const house = (book: Book, now: UnixSeconds, policy: TargetPolicy = aPolicy()) =>
    book.take(keepHouse(book.state, policy, now));

  it('leaves after 35 days, once', () => {
    const book = createBook();
    book.read([finishedRun({ endedAt: at(0) })]);

    const early = house(book, at(35 * DAY));
    const facts = [1, 2].flatMap(() => house(book, at(35 * DAY + 1)));

    expect(early).toEqual([]);
    expect(facts).toEqual([{ kind: 'expired', amount: 1 }]);
    expect(book.job().standing).toBe('expired');
  });

  it('leaves after three times its longest interval where that is longer', () => {
    const book = createBook();
    book.read([-40, -20, 0].map((day) => finishedRun({ id: `r${day}`, endedAt: at(day * DAY) })));

    const early = house(book, at(59 * DAY));
    const facts = house(book, at(61 * DAY));

    expect(early).toEqual([]);
    expect(facts).toEqual([{ kind: 'expired', amount: 1 }]);
  });

  it('stays while it is expected, or has a live run', () => {
    const book = createBook();
    book.read([finishedRun(), liveRun({ id: 'r2', job: aJob({ name: 'streaming' }) })]);

    const facts = house(book, at(400 * DAY), aPolicy({ expects: (name) => name === 'nightly' }));

    expect(facts).toEqual([]);
  });

  it('stays when its only run, which began long ago and has no end, has just finished', () => {
    const book = createBook();
    const stream = { startedAt: at(-80 * DAY) };
    book.read([liveRun(stream)]);

    book.read([finishedRun({ ...stream, endedAt: null, result: 'failure' })]);
    house(book, at(1));

    expect(book.job()).toMatchObject({ standing: 'shown', lastActiveAt: at(0) });
  });

  it('is not shown at all where it is that old at the baseline', () => {
    const book = createBook();

    const facts = book.read([finishedRun({ endedAt: at(-36 * DAY) })], { scope: newScope('account') });

    expect(facts).toEqual([]);
    expect(book.job().standing).toBe('expired');
  });

  it('comes back with a new run, which counts', () => {
    const book = createBook();
    book.read([finishedRun()]);
    house(book, at(36 * DAY));

    const facts = book.read([finishedRun({ id: 'r2', endedAt: at(37 * DAY) })], { now: at(37 * DAY) });

    expect(factsOf(facts, 'shown')).toEqual([{ kind: 'shown', owner: 'nightly' }]);
    expect(finishedByResult(facts)).toEqual({ success: 1 });
  });

  it('frees its name, and others that carry their id keep it', () => {
    const book = createBook();
    const [one, two, three] = namesakes('1', '2', '3');
    book.read([finishedRun({ job: one! }), finishedRun({ id: 'r2', job: two!, endedAt: at(30 * DAY) })]);
    house(book, at(36 * DAY));

    book.read([liveRun({ id: 'r3', job: three!, startedAt: at(36 * DAY) })], { now: at(36 * DAY) });

    expect(shownNames(book)).toEqual(['nightly (2)', 'nightly']);
  });
});

describe('a job that the configuration excludes', () => {
  it('leaves, and is back with what counted before when it is included again', () => {
    const book = createBook();
    book.read([finishedRun()]);

    const gone = book.take(keepHouse(book.state, aPolicy({ includes: () => false }), at(0)));
    const standing = book.job().standing;
    const back = book.take(keepHouse(book.state, aPolicy(), at(0)));

    expect([gone, standing]).toEqual([[], 'excluded']);
    expect(back).toEqual([{ kind: 'shown', owner: 'nightly' }]);
  });
});

import { describe, expect, it } from 'vitest';
import { aJob, ago, at, finishedRun, liveRun, someCapabilities } from '../../test/support/builders.ts';
import { holdTimeLimits } from '../../test/support/hold-time-limits.ts';
import { FAILURES } from '../../test/support/scripted-vendor.ts';
import { startEngine, type TestEngine } from '../../test/support/start-engine.ts';
import type { FinishedRun, Run } from '../model/run.ts';
import { before, DAY, HOUR, MINUTE, seconds, type UnixSeconds, unixSeconds } from '../model/time.ts';
import { sliceByWidth } from '../vendors/frame/slices.ts';
import type { Slice, Window } from '../vendors/vendor.ts';

/** What was asked since the last look, without windows. */
function asked({ vendor }: TestEngine): readonly string[] {
  return vendor.asked.splice(0).map((request) =>
    request
      .split(' ')
      .slice(0, 3)
      .join(' ')
      .replace(/ \d{10}.*/, ''),
  );
}

function aRunOf(scope: string, name: string) {
  return finishedRun({ id: `${scope} ${name}`, job: aJob({ key: name, id: name, name }) });
}

describe('a target of several scopes', () => {
  it.each([
    ['404', FAILURES.notFound],
    ['403', FAILURES.forbidden],
    ['500', FAILURES.broken],
  ])('goes on after a %s of one of them', async (_status, failure) => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b', 'c'] } });
    exporter.script.list = ({ scope }) => (scope.key === 'b' ? failure() : [liveRun({ id: scope.key })]);

    await exporter.poll();

    expect(asked(exporter)).toEqual(['list a', 'list b', 'list c']);
    expect([...exporter.state().live.keys()]).toEqual(['a', 'c']);
    expect(exporter.shown('targetUp')).toEqual({ '': 0 });
    expect(exporter.shown('targetScopesFailed')).toEqual({ '': 1 });
  });

  it.each([
    ['429', FAILURES.tooMany],
    ['401', FAILURES.unauthorized],
    ['broken connection', FAILURES.unreachable],
  ])('asks no more after a %s', async (_status, failure) => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b', 'c'] } });
    exporter.script.list = ({ scope }) => (scope.key === 'b' ? failure() : [liveRun({ id: scope.key })]);

    await exporter.poll();

    expect(asked(exporter)).toEqual(['list a', 'list b']);
    expect(exporter.shown('targetScopesFailed')).toEqual({ '': 2 });
  });

  it('comes to each of them, however early a rate limit ends its polls', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b', 'c'] } });
    let left = 0;
    exporter.script.list = () => {
      left -= 1;
      return left < 0 ? FAILURES.tooMany() : [];
    };
    const polls: (readonly string[])[] = [];

    for (let poll = 1; poll <= 3; poll += 1) {
      left = 1;
      await exporter.poll();
      polls.push(asked(exporter));
    }

    expect(polls).toEqual([
      ['list a', 'list b'],
      ['list b', 'list c'],
      ['list c', 'list a'],
    ]);
  });

  it('comes to all others where one of them always breaks the connection', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b', 'c'] } });
    exporter.script.list = ({ scope }) => (scope.key === 'b' ? FAILURES.unreachable() : [liveRun({ id: scope.key })]);

    for (let poll = 1; poll <= 3; poll += 1) await exporter.poll();

    expect(asked(exporter)).toEqual(['list a', 'list b', 'list b', 'list c', 'list a', 'list b']);
    expect([...exporter.state().live.keys()]).toEqual(['a', 'c']);
  });

  it('is up only once all of them succeed', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b'] } });
    const before = exporter.shown('targetUp');

    await exporter.poll();

    expect(before).toEqual({ '': 0 });
    expect(exporter.shown('targetUp')).toEqual({ '': 1 });
    expect(exporter.shown('targetScopesFailed')).toEqual({ '': 0 });
  });

  it('says of which jobs the last poll has read nothing, also after a start', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b'] } });
    const listed = (scope: string) => [scope, 'shared'].map((name) => aRunOf(scope, name));
    exporter.script.list = ({ scope }) => listed(scope.key);
    const before = exporter.shown('jobLastReadSuccessful');
    await exporter.poll();
    const all = exporter.shown('jobLastReadSuccessful');
    exporter.script.list = ({ scope }) => (scope.key === 'b' ? FAILURES.forbidden() : []);

    await exporter.poll();
    const partly = exporter.shown('jobLastReadSuccessful');
    exporter.script.list = ({ scope }) => (scope.key === 'b' ? FAILURES.forbidden() : listed('a'));
    await exporter.restart();
    const started = exporter.shown('jobLastReadSuccessful');
    await exporter.poll();

    expect(before).toEqual({});
    expect(all).toEqual({ a: 1, b: 1, shared: 1 });
    expect(partly).toEqual({ a: 1, b: 0, shared: 1 });
    expect(started).toEqual({ a: 0, b: 0, shared: 0 });
    expect(exporter.shown('jobLastReadSuccessful')).toEqual({ a: 1, b: 0, shared: 1 });
  });

  it('has read every job once all of them succeed, listed or not', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [finishedRun()];
    await exporter.poll();
    exporter.script.list = () => [];

    await exporter.restart();
    await exporter.poll();

    expect(exporter.shown('jobLastReadSuccessful')).toEqual({ nightly: 1 });
  });

  it('sweeps each of them once after a start, even while another keeps failing', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b'] } });
    await exporter.poll();
    await exporter.restart();
    exporter.script.list = ({ scope }) => (scope.key === 'a' ? FAILURES.forbidden() : []);
    exporter.vendor.asked.length = 0;

    await exporter.poll();
    await exporter.poll();

    const [sweep, ordinary] = exporter.vendor.asked.filter((request) => request.startsWith('list b'));
    expect(sweep).toBe(`list b ${ago(seconds(90 * DAY))} ${at(0)}`);
    expect(ordinary).toBe(`list b ${ago(HOUR)} ${at(0)}`);
  });

  it('has a baseline for one that is added, whatever its siblings have', async () => {
    using exporter = await startEngine({ script: { scopes: ['a'] } });
    await exporter.poll();
    exporter.script.scopes = ['a', 'b'];
    exporter.script.list = ({ scope }) => (scope.key === 'b' ? [finishedRun({ id: 'old' })] : []);

    await exporter.restart();
    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly success']).toBe(0);
    expect(exporter.shown('lastRunEnd')).toEqual({ nightly: at(0) });
  });
});

describe('a slice', () => {
  const halves = { slices: ({ from, to }: { from: number; to: number }) => halve(from, to) };
  const halve = (from: number, to: number) => {
    const middle = at(Math.floor((from + to) / 2) - at(0));
    return [
      { from: at(from - at(0)), to: middle, part: null },
      { from: middle, to: at(to - at(0)), part: null },
    ];
  };

  it('is committed by itself: what was read before a failure stays', async () => {
    using exporter = await startEngine({ script: halves });
    await exporter.poll();
    exporter.clock.advance(MINUTE);
    const answers = [[finishedRun({ endedAt: at(10) })], FAILURES.broken()];
    exporter.script.list = () => answers.shift()!;

    await exporter.poll();
    await exporter.kill();

    expect(exporter.shown('runsFinished')['nightly success']).toBe(1);
  });

  it('that fails leaves the baseline to be taken anew', async () => {
    using exporter = await startEngine({ script: halves });
    const answers = [[finishedRun()], FAILURES.broken()];
    exporter.script.list = () => answers.shift() ?? [finishedRun(), finishedRun({ id: 'r2' })];

    await exporter.poll();
    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly success']).toBe(0);
    expect(exporter.state().scopes.get('account')?.baselineAt).toBe(at(0));
  });

  it('takes at most the poll timeout, and its siblings are still read', async () => {
    const limits = holdTimeLimits();
    using exporter = await startEngine({ script: { scopes: ['hanging', 'b'] } });
    exporter.script.list = ({ scope, signal }) => {
      if (scope.key === 'hanging') limits.end();
      return signal.aborted ? FAILURES.broken() : [liveRun({ id: scope.key })];
    };

    await exporter.poll();

    expect(asked(exporter)).toEqual(['list hanging', 'list b']);
    expect([...exporter.state().live.keys()]).toEqual(['b']);
  });

  it('is divided while its answer is cut, and said to be cut where it cannot be divided', async () => {
    const split = ({ from, to }: { from: number; to: number }) => (to - from > 30 * DAY ? halve(from, to) : []);
    using exporter = await startEngine({ script: { split } });
    exporter.script.list = ({ slice }) => ({ truncated: slice.to - slice.from > 20 * DAY });

    await exporter.poll();
    const cut = exporter.shown('historyTruncated');
    const requests = asked(exporter).length;
    exporter.script.list = () => [];
    await exporter.poll();

    expect(requests).toBe(7);
    expect(cut).toEqual({ '': 1 });
    expect(exporter.shown('historyTruncated')).toEqual({ '': 0 });
  });

  it('is not divided where what is missing is no matter of its window', async () => {
    const split = ({ from, to }: { from: number; to: number }) => halve(from, to);
    using exporter = await startEngine({ script: { split } });
    exporter.script.list = () => ({ truncated: true, isDivisible: false });

    await exporter.poll();

    expect(asked(exporter)).toEqual(['list account']);
    expect(exporter.shown('historyTruncated')).toEqual({ '': 1 });
  });

  it('that was cut is no longer said to be once its scope is configured no more', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b'] } });
    exporter.script.list = ({ scope }) => ({ truncated: scope.key === 'a' });
    await exporter.poll();
    const cut = exporter.shown('historyTruncated');
    exporter.script.scopes = ['b'];

    await exporter.restart();
    await exporter.poll();

    expect(cut).toEqual({ '': 1 });
    expect(exporter.shown('historyTruncated')).toEqual({ '': 0 });
  });

  it('is not taken for cut where the run may be the record that could not be read', async () => {
    using exporter = await startEngine({ script: { capabilities: someCapabilities({ windowed: true }) } });
    exporter.script.list = () => [finishedRun({ endedAt: at(0) })];
    await exporter.poll();
    exporter.script.list = () => ({ rejected: [{ reason: 'schema', key: 'broken', problem: 'id: invalid_type' }] });

    await exporter.poll();

    expect(exporter.shown('historyTruncated')).toEqual({ '': 0 });
    expect(exporter.shown('rejectedRecords')).toEqual({ schema: 1 });
  });

  it('is taken for cut where it lacks a run that is known to lie in it, until that is given up', async () => {
    using exporter = await startEngine({ script: { capabilities: someCapabilities({ windowed: true }) } });
    exporter.script.list = () => [finishedRun({ endedAt: at(0) })];
    await exporter.poll();
    exporter.script.list = () => [];

    await exporter.poll();
    const cut = exporter.shown('historyTruncated');
    await exporter.poll();

    expect(cut).toEqual({ '': 1 });
    expect(exporter.shown('historyTruncated')).toEqual({ '': 0 });
  });
});

describe('a vendor that is asked for by time', () => {
  const capabilities = someCapabilities({ windowed: true, overlap: HOUR, wideOverlap: DAY, lead: DAY });
  const split = ({ from, to }: Slice): readonly Slice[] => {
    const middle = unixSeconds((from + to) / 2);
    return to - from > 15 * MINUTE ? [narrowed(from, middle), narrowed(middle, to)] : [];
  };
  const narrowed = (from: UnixSeconds, to: UnixSeconds): Slice => ({ from, to, part: null });

  /** After a baseline and an ordinary poll; a minute passes before each poll. */
  async function watched(): Promise<{
    readonly exporter: TestEngine;
    readonly poll: () => Promise<readonly string[]>;
  }> {
    const exporter = await startEngine({ script: { capabilities, split } });
    const poll = async (): Promise<readonly string[]> => {
      exporter.clock.advance(MINUTE);
      exporter.vendor.asked.length = 0;
      await exporter.poll();
      return exporter.vendor.asked.map((request) => {
        const [kind, scope, from, to] = request.split(' ');
        const now = exporter.clock.now();
        return kind === 'list' ? `${(now - Number(from)) / MINUTE} ${(Number(to) - now) / MINUTE}` : `${kind} ${scope}`;
      });
    };
    await exporter.poll();
    await poll();
    return { exporter, poll };
  }

  function widthOf(request: string): number {
    const [, , from, to] = request.split(' ');
    return Number(to) - Number(from);
  }

  const NARROW = '61 60';
  const WIDE = '1441 1440';

  it('is asked for little at every poll, and for more every quarter of an hour', async () => {
    const { exporter, poll } = await watched();
    using _ = exporter;
    const polls: (readonly string[])[] = [];

    for (let minute = 2; minute <= 31; minute += 1) polls.push(await poll());

    const wide = polls.flatMap(([asked], index) => (asked === WIDE ? [index + 2] : []));
    expect(wide).toEqual([15, 30]);
    expect(new Set(polls.flat())).toEqual(new Set([NARROW, WIDE]));
  });

  it('is asked for more again a quarter of an hour after that failed, and for little until then', async () => {
    const { exporter, poll } = await watched();
    using _ = exporter;
    for (let minute = 2; minute < 15; minute += 1) await poll();
    const answers = [FAILURES.broken(), []];
    exporter.script.list = () => answers.shift() ?? [];

    const polls: (readonly string[])[] = [];
    for (let minute = 15; minute <= 31; minute += 1) polls.push(await poll());

    // From where the failed one was to begin.
    expect(polls[0]).toEqual([WIDE]);
    expect(polls[15]).toEqual(['1456 1440']);
    expect(polls.filter(([asked]) => asked?.endsWith(' 1440'))).toHaveLength(2);
    expect(polls[1]).toEqual(['62 60']);
  });

  it('has new runs counted while the sweep of a start cannot be read to its end', async () => {
    using exporter = await startEngine({ script: { capabilities } });
    await exporter.poll();
    await exporter.kill();
    const { script, clock } = exporter;
    const runs: FinishedRun[] = [];
    // What is old takes the vendor too long.
    script.list = ({ slice }) => (slice.from < before(clock.now(), DAY) ? FAILURES.slow() : runs);

    for (let minute = 0; minute < 20; minute += 1) {
      clock.advance(MINUTE);
      runs.push(finishedRun({ id: `r${minute}`, startedAt: before(clock.now(), seconds(30)), endedAt: clock.now() }));
      await exporter.poll();
    }

    expect(exporter.shown('runsFinished')['nightly success']).toBe(20);
  });

  it('has slices made smaller, all of the round, where one of a sweep takes it too long', async () => {
    const week = seconds(7 * DAY);
    const slices = ({ from, to }: Window): readonly Slice[] => sliceByWidth({ from, to }, week);
    using exporter = await startEngine({ script: { capabilities, slices, split } });
    const { script, vendor } = exporter;
    script.list = ({ slice }) => (slice.to - slice.from > 2 * DAY ? FAILURES.slow() : []);

    await exporter.poll();

    expect(exporter.shown('targetUp')).toEqual({ '': 1 });
    // Each width fails once: a week, its half; a quarter is answered, everywhere.
    expect(vendor.asked.filter((request) => widthOf(request) > 2 * DAY)).toHaveLength(2);
  });

  it('that answers nothing in time is asked for no more than a few slices', async () => {
    using exporter = await startEngine({ script: { capabilities, split, list: () => FAILURES.slow() } });

    await exporter.poll();

    expect(exporter.vendor.asked).toHaveLength(4);
    expect(exporter.shown('targetUp')).toEqual({ '': 0 });
  });

  it('lists a run of old at every wide poll where it cannot be asked for by its id', async () => {
    const { exporter, poll } = await watched();
    using _ = exporter;
    const { script } = exporter;
    const startedAt = ago(seconds(2 * DAY));
    let run: Run = liveRun({ id: 'old', startedAt });
    script.list = ({ slice }) => (startedAt >= slice.from && startedAt <= slice.to ? [run] : []);
    script.run = () => FAILURES.forbidden();
    await exporter.restart();
    for (let minute = 0; minute < 20; minute += 1) await poll();
    run = finishedRun({ id: 'old', startedAt, endedAt: exporter.clock.now() });

    for (let minute = 0; minute < 15; minute += 1) await poll();

    expect(exporter.shown('runsFinished')['nightly success']).toBe(1);
    expect(exporter.shown('lateRuns')).toEqual({ '': 0 });
  });

  it('is not believed that a run is gone which it has listed after it said so, until a wide poll lacks it too', async () => {
    const { exporter, poll } = await watched();
    using _ = exporter;
    const { script } = exporter;
    const startedAt = ago(seconds(20 * HOUR));
    let listed: readonly Run[] = [liveRun({ id: 'old', startedAt })];
    script.list = ({ slice }) => (startedAt >= slice.from && startedAt <= slice.to ? listed : []);
    script.run = () => 'gone';
    await exporter.restart();
    const states = new Set<string>();
    for (let minute = 0; minute < 120; minute += 1) {
      await poll();
      // The first time it is believed, for as long as no list says otherwise.
      if (minute > 20) states.add(exporter.state().live.get('old')?.life.phase ?? 'none');
    }
    listed = [];
    for (let minute = 0; minute < 80; minute += 1) await poll();

    expect(states).toEqual(new Set(['live']));
    expect(exporter.shown('lostRuns')).toEqual({ '': 1 });
  });

  it('is asked for no more than 50 runs of old at a poll, each in its turn', async () => {
    const { exporter, poll } = await watched();
    using _ = exporter;
    const { script } = exporter;
    const hanging = Array.from({ length: 120 }, (_, index) =>
      liveRun({ id: `h${index}`, startedAt: ago(seconds(3 * DAY)) }),
    );
    script.list = ({ slice }) => (slice.from < ago(seconds(3 * DAY)) ? hanging : []);
    script.run = (id) => hanging.find((run) => run.id === id) ?? 'gone';
    await exporter.restart();
    await poll();

    const polls = [await poll(), await poll(), await poll()];

    const lookUps = polls.map((asked) => asked.filter((request) => request.startsWith('run')).length);
    expect(lookUps).toEqual([50, 50, 50]);
  });

  it('is searched once for a run that its list lacks for good, also where a slice divides into parts', async () => {
    const { exporter, poll } = await watched();
    using _ = exporter;
    const { script } = exporter;
    script.split = (slice) => (slice.part === null ? ['a', 'b'].map((part) => ({ ...slice, part })) : []);
    script.list = () => [finishedRun({ id: 'deleted', startedAt: at(60), endedAt: at(90) })];
    await poll();
    script.list = () => [];
    const wide: number[] = [];

    for (let minute = 0; minute < 60; minute += 1) {
      const asked = await poll();
      if (asked[0] === WIDE) wide.push(asked.length);
    }

    expect(wide).toEqual([3, 1, 1, 1]);
  });

  it('is asked for a live run of old by its id, never for all since it began', async () => {
    const { exporter, poll } = await watched();
    using _ = exporter;
    const old = liveRun({ startedAt: ago(seconds(2 * DAY)) });
    exporter.script.list = () => [old];
    await poll();
    exporter.script.list = ({ slice }) => (slice.from <= at(-2 * DAY) ? [old] : []);
    exporter.script.run = () => old;

    const polls: (readonly string[])[] = [];
    for (let minute = 3; minute <= 15; minute += 1) polls.push(await poll());
    exporter.script.run = () => finishedRun({ startedAt: old.startedAt, endedAt: at(16 * MINUTE) });
    await poll();

    expect(polls.slice(0, -1)).toEqual(Array.from({ length: 12 }, () => [NARROW, 'run account']));
    expect(polls.at(-1)).toEqual([WIDE, 'run account']);
    expect(exporter.shown('runsFinished')['nightly success']).toBe(1);
  });

  it('has a run caught up that is asked for by its id after a time in which nothing polled', async () => {
    const { exporter, poll } = await watched();
    using _ = exporter;
    exporter.script.list = () => [liveRun({ startedAt: ago(seconds(2 * HOUR)) })];
    await poll();
    exporter.script.list = () => [];
    exporter.script.run = () => finishedRun({ startedAt: ago(seconds(2 * HOUR)), endedAt: at(3 * MINUTE) });

    exporter.clock.advance(8 * MINUTE);
    const asked = await poll();

    expect(asked).toEqual(['69 60', 'run account']);
    expect(exporter.shown('caughtUpRuns')).toEqual({ '': 1 });
  });

  it('has a run counted within a quarter of an hour whose place in the lists is not where it ended', async () => {
    const { exporter, poll } = await watched();
    using _ = exporter;
    exporter.script.list = ({ slice }) => (slice.from <= ago(HOUR) ? [finishedRun({ endedAt: at(90) })] : []);
    const counts: (number | undefined)[] = [];

    exporter.clock.advance(MINUTE);
    for (let minute = 3; minute <= 18; minute += 1) {
      await poll();
      counts.push(exporter.shown('runsFinished')['nightly success']);
    }

    expect(counts).toEqual([...Array.from({ length: 12 }, () => undefined), 1, 1, 1, 1]);
    expect(exporter.shown('lateRuns')).toEqual({ '': 0 });
    expect(exporter.shown('caughtUpRuns')).toEqual({ '': 0 });
  });

  it('is not taken to cut its answers where what it was asked for little lacks a run', async () => {
    const { exporter, poll } = await watched();
    using _ = exporter;
    const run = finishedRun({ endedAt: at(90) });
    exporter.script.list = () => [run];
    await poll();
    exporter.script.list = ({ slice }) => (slice.from <= ago(HOUR) ? [run] : []);
    const cut: (number | undefined)[] = [];
    const polls: (readonly string[])[] = [];

    for (let minute = 3; minute <= 20; minute += 1) {
      polls.push(await poll());
      cut.push(exporter.shown('historyTruncated')['']);
    }

    expect(polls.filter((asked) => asked.length > 1)).toEqual([]);
    expect(new Set(cut)).toEqual(new Set([0]));
  });

  it('is not taken to cut its answers where it lacks a run that had waited since before what it was asked for', async () => {
    const { exporter, poll } = await watched();
    using _ = exporter;
    const run = finishedRun({ createdAt: ago(seconds(DAY + HOUR)), endedAt: at(90) });
    exporter.script.list = () => [run];
    await poll();
    exporter.script.list = () => [];

    for (let minute = 3; minute < 15; minute += 1) await poll();
    const wide = await poll();

    expect(wide).toEqual([WIDE]);
    expect(exporter.shown('historyTruncated')).toEqual({ '': 0 });
  });

  it('is found to have cut its answers where it was asked for more', async () => {
    const { exporter, poll } = await watched();
    using _ = exporter;
    exporter.script.list = () => [finishedRun({ endedAt: at(90) })];
    await poll();
    exporter.script.list = () => [];

    for (let minute = 3; minute < 15; minute += 1) await poll();
    const wide = await poll();
    const narrow = await poll();

    expect(wide.length).toBeGreaterThan(1);
    expect(narrow).toEqual([NARROW]);
    expect(exporter.shown('historyTruncated')).toEqual({ '': 1 });
  });
});

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

    expect(asked(exporter)).toEqual([
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

  it('shows as unknown for an hour once it is gone, then leaves and is counted as lost', async () => {
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

  it('is left alone while its scope cannot be read', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b'] } });
    exporter.script.list = ({ scope }) => (scope.key === 'a' ? [liveRun()] : []);
    await exporter.poll();
    exporter.script.list = ({ scope }) => (scope.key === 'a' ? FAILURES.forbidden() : []);
    exporter.vendor.asked.length = 0;

    await exporter.poll();

    expect(asked(exporter)).toEqual(['list a', 'list b']);
    expect(exporter.shown('runsActive')['nightly executing']).toBe(1);
  });

  it('is asked for its rows only while its scope can be read', async () => {
    const capabilities = someCapabilities({ liveDetails: ['rows'] });
    using exporter = await startEngine({ script: { scopes: ['a', 'b'], capabilities } });
    exporter.script.list = ({ scope }) => [liveRun({ id: scope.key })];
    await exporter.poll();
    exporter.script.list = ({ scope }) => (scope.key === 'a' ? FAILURES.broken() : [liveRun({ id: scope.key })]);
    exporter.vendor.asked.length = 0;

    await exporter.poll();

    expect(asked(exporter)).toEqual(['list a', 'list b', 'rows b b']);
  });

  it('is asked for in the time that all of them have in common, and first at the next poll where that was over', async () => {
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

    expect(asked(exporter)).toEqual([
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

  it('is asked for its rows in turn with the others where they are too many for one poll', async () => {
    using exporter = await startEngine({ script: { capabilities: someCapabilities({ liveDetails: ['rows'] }) } });
    const ids = Array.from({ length: 250 }, (_, index) => `r${String(index).padStart(3, '0')}`);
    exporter.script.list = () => ids.map((id) => liveRun({ id }));

    await exporter.poll();
    const first = asked(exporter).slice(1);
    await exporter.poll();
    const second = asked(exporter).slice(1);

    expect(first).toEqual(ids.slice(0, 200).map((id) => `rows account ${id}`));
    expect(second.slice(0, 51)).toEqual([...ids.slice(200), 'r000'].map((id) => `rows account ${id}`));
    expect(second).toHaveLength(200);
  });

  it('leaves in the end where its scope is configured no more', async () => {
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

  it('is kept where its scope is configured no more and the vendor was only slow', async () => {
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

  it('still counts where its scope is configured no more and the vendor tells', async () => {
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

describe('a failed poll', () => {
  it('freezes what is shown, and an empty answer is none', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun(), finishedRun({ id: 'r2', job: aJob({ name: 'weekly' }) })];
    await exporter.poll();
    const before = [exporter.shown('runsActive'), exporter.shown('lastRunEnd')];

    exporter.script.list = () => FAILURES.broken();
    exporter.clock.advance(60 * DAY);
    await exporter.poll();
    const failed = [exporter.shown('runsActive'), exporter.shown('lastRunEnd')];
    const up = exporter.shown('targetUp');
    exporter.script.list = () => [];
    await exporter.poll();

    expect(failed).toEqual(before);
    expect(up).toEqual({ '': 0 });
    expect(exporter.shown('targetUp')).toEqual({ '': 1 });
    expect(exporter.shown('polls')).toMatchObject({ ok: 2, http_server: 1 });
  });
});

describe('a live run in a state that nobody listed', () => {
  it('leaves the gauges once it did not change for a day', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun({ state: 'unknown', vendorState: 'MELTED', stateKnown: false })];
    await exporter.poll();
    exporter.clock.advance(DAY - 1);
    await exporter.poll();
    const almost = exporter.shown('runsActive')['nightly unknown'];

    exporter.clock.advance(1);
    await exporter.poll();
    await exporter.poll();

    expect(almost).toBe(1);
    expect(exporter.shown('runsActive')['nightly unknown']).toBe(0);
    expect(exporter.shown('unknownStates')).toEqual({ MELTED: 1 });
  });

  it('is back once it changes', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun({ state: 'unknown', vendorState: 'MELTED', stateKnown: false })];
    await exporter.poll();
    exporter.clock.advance(DAY);
    await exporter.poll();

    exporter.script.list = () => [liveRun()];
    await exporter.poll();

    expect(exporter.shown('runsActive')['nightly executing']).toBe(1);
  });
});

describe('owed details', () => {
  const capabilities = someCapabilities({ finishedDetails: ['steps'] });
  const steps = [{ name: 'load', result: 'success', duration: seconds(5) }] as const;

  /** Runs that finished since the baseline; their steps are owed. */
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

  it('are counted as pending while they are, and a run counts at once', async () => {
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

  it('are fetched a bounded number a poll', async () => {
    using exporter = await afterRuns(120);
    exporter.script.details = () => ({ steps, rows: null });
    const fetched: number[] = [];

    for (let poll = 1; poll <= 4; poll += 1) {
      exporter.clock.advance(HOUR);
      await exporter.poll();
      fetched.push(asked(exporter).filter((request) => request.startsWith('steps')).length);
    }

    expect(fetched).toEqual([50, 50, 20, 0]);
  });

  it('that the vendor has no more are told as lost', async () => {
    using exporter = await afterRuns(2);
    exporter.script.details = () => 'gone';
    exporter.clock.advance(MINUTE);

    await exporter.poll();
    await exporter.poll();

    expect(exporter.shown('detailsLost')).toEqual({ steps: 2 });
    expect(exporter.shown('detailsPending')).toEqual({ '': 0 });
  });

  it('do not undo what another detail of the same run has just told', async () => {
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

    expect(asked(exporter)).toEqual(['list account', 'steps account r0']);
    expect(exporter.shown('targetUp')).toEqual({ '': 1 });
  });

  it('come after the others where asking for them breaks the connection', async () => {
    using exporter = await afterRuns(3);
    exporter.script.details = (id) => (id === 'r0' ? FAILURES.unreachable() : { steps, rows: null });
    exporter.clock.advance(MINUTE);

    await exporter.poll();
    await exporter.poll();

    expect(asked(exporter)).toEqual([
      'list account',
      'steps account r0',
      'list account',
      'steps account r1',
      'steps account r2',
    ]);
    expect(exporter.shown('detailsPending')).toEqual({ '': 1 });
  });

  it('are fetched in the time that all of them have in common', async () => {
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

    expect(asked(exporter)).toEqual(['list account', 'steps account r0']);
    expect(isOver).toBe(true);
  });

  it('wait while the vendor says that it is asked too often', async () => {
    using exporter = await afterRuns(3);
    exporter.script.details = () => FAILURES.tooMany();
    exporter.clock.advance(MINUTE);

    await exporter.poll();

    expect(asked(exporter)).toEqual(['list account', 'steps account r0']);
    expect(exporter.shown('detailsPending')).toEqual({ '': 3 });
  });
});

describe('ids', () => {
  it('are forgotten only after three sweeps and two weeks without them, and are then not counted again', async () => {
    using exporter = await startEngine();
    await exporter.poll();
    exporter.clock.advance(MINUTE);
    const run = finishedRun({ endedAt: at(30) });
    exporter.script.list = () => [run];
    await exporter.poll();
    exporter.script.list = () => [];

    exporter.clock.advance(15 * DAY);
    const remembered: number[] = [];
    for (let sweep = 1; sweep <= 4; sweep += 1) {
      await exporter.restart();
      await exporter.poll();
      remembered.push(exporter.shown('ledgerRuns')['']!);
    }
    exporter.script.list = () => [run];
    await exporter.restart();
    await exporter.poll();

    expect(remembered).toEqual([1, 1, 0, 0]);
    expect(exporter.shown('runsFinished')['nightly success']).toBe(1);
    expect(exporter.shown('rejectedRecords')).toEqual({ before_floor: 1 });
  });

  it('that sweeps list are kept for as long as they do', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [finishedRun({ endedAt: ago(DAY) })];

    for (let day = 0; day < 30; day += 1) {
      await exporter.poll();
      exporter.clock.advance(DAY);
    }

    expect(exporter.shown('ledgerRuns')).toEqual({ '': 1 });
  });
});

describe('a job', () => {
  it('is told apart from one with the same labels', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [
      liveRun({ id: 'a', job: aJob({ key: '10', id: '10' }) }),
      liveRun({ id: 'b', job: aJob({ key: '9', id: '9' }) }),
    ];

    await exporter.poll();

    expect(exporter.shown('jobFirstSeen')).toEqual({ nightly: at(0), 'nightly (10)': at(0) });
    expect(exporter.state().jobs.get('9')?.shownName).toBe('nightly');
  });
});

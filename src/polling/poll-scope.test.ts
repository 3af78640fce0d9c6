import { describe, expect, it } from 'vitest';
import { ago, at, finishedRun, liveRun, someCapabilities } from '../../test/support/builders.ts';
import { holdTimeLimits } from '../../test/support/hold-time-limits.ts';
import { FAILURES, takeRequests } from '../../test/support/scripted-vendor.ts';
import { startEngine } from '../../test/support/start-engine.ts';
import { EXTENDED_LOOKBACK, LOOKBACK, startWindowed, WINDOWED } from '../../test/support/start-windowed.ts';
import type { FinishedRun, Run } from '../model/run.ts';
import { before, DAY, HOUR, MINUTE, seconds } from '../model/time.ts';
import { halve, sliceByWidth } from '../vendors/frame/slices.ts';
import type { Slice, Window } from '../vendors/vendor.ts';

function widthOf({ from, to }: Window): number {
  return to - from;
}

describe('a scope', () => {
  it('is read by a full sync once after a start, even while another one keeps failing', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b'] } });
    await exporter.poll();
    await exporter.restart();
    exporter.script.list = ({ scope }) => (scope.key === 'a' ? FAILURES.forbidden() : []);
    exporter.vendor.asked.length = 0;

    await exporter.poll();
    await exporter.poll();

    const [fullSync, lookback] = exporter.vendor.asked.filter((request) => request.startsWith('list b'));
    expect(fullSync).toBe(`list b ${ago(seconds(90 * DAY))} ${at(0)}`);
    expect(lookback).toBe(`list b ${ago(HOUR)} ${at(0)}`);
  });

  it('that is added has a baseline of its own, whatever the others have', async () => {
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
  const halves = (window: Window): readonly Slice[] => halve({ ...window, part: null }, MINUTE);

  it('is committed by itself: what was read before a failure stays', async () => {
    using exporter = await startEngine({ script: { slices: halves } });
    await exporter.poll();
    exporter.clock.advance(MINUTE);
    const answers = [[finishedRun({ endedAt: at(10) })], FAILURES.broken()];
    exporter.script.list = () => answers.shift()!;

    await exporter.poll();
    await exporter.kill();

    expect(exporter.shown('runsFinished')['nightly success']).toBe(1);
  });

  it('that fails leaves the baseline to be taken anew', async () => {
    using exporter = await startEngine({ script: { slices: halves } });
    const answers = [[finishedRun()], FAILURES.broken()];
    exporter.script.list = () => answers.shift() ?? [finishedRun(), finishedRun({ id: 'r2' })];

    await exporter.poll();
    await exporter.poll();

    expect(exporter.shown('runsFinished')['nightly success']).toBe(0);
    expect(exporter.state().scopes.get('account')?.baselineAt).toBe(at(0));
  });

  it('takes at most the poll timeout, and the other scopes are still read', async () => {
    const limits = holdTimeLimits();
    using exporter = await startEngine({ script: { scopes: ['hanging', 'b'] } });
    exporter.script.list = ({ scope, signal }) => {
      if (scope.key === 'hanging') limits.end();
      return signal.aborted ? FAILURES.broken() : [liveRun({ id: scope.key })];
    };

    await exporter.poll();

    expect(takeRequests(exporter.vendor)).toEqual(['list hanging', 'list b']);
    expect([...exporter.state().live.keys()]).toEqual(['b']);
  });

  it('is divided while its answer is cut, and reported as cut where it cannot be divided', async () => {
    using exporter = await startEngine({ script: { split: (slice) => halve(slice, seconds(15 * DAY)) } });
    exporter.script.list = ({ slice }) => ({ truncated: widthOf(slice) > 20 * DAY });

    await exporter.poll();
    const cut = exporter.shown('historyTruncated');
    const requests = takeRequests(exporter.vendor).length;
    exporter.script.list = () => [];
    await exporter.poll();

    expect(requests).toBe(7);
    expect(cut).toEqual({ '': 1 });
    expect(exporter.shown('historyTruncated')).toEqual({ '': 0 });
  });

  it('is not divided where a smaller one would lack as much', async () => {
    using exporter = await startEngine({ script: { split: (slice) => halve(slice, HOUR) } });
    exporter.script.list = () => ({ truncated: true, isDivisible: false });

    await exporter.poll();

    expect(takeRequests(exporter.vendor)).toEqual(['list account']);
    expect(exporter.shown('historyTruncated')).toEqual({ '': 1 });
  });

  it('does not count as cut where the missing run may be the record that could not be read', async () => {
    using exporter = await startEngine({ script: { capabilities: someCapabilities({ windowed: true }) } });
    exporter.script.list = () => [finishedRun({ endedAt: at(0) })];
    await exporter.poll();
    exporter.script.list = () => ({ rejected: [{ reason: 'schema', key: 'broken', problem: 'id: invalid_type' }] });

    await exporter.poll();

    expect(exporter.shown('historyTruncated')).toEqual({ '': 0 });
    expect(exporter.shown('rejectedRecords')).toEqual({ schema: 1 });
  });

  it('counts as cut where it lacks a run that is known to lie in it, until that is given up', async () => {
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

describe('a vendor whose lists are asked for by time', () => {
  it('is asked for a lookback at every poll, and for an extended one every quarter of an hour', async () => {
    using exporter = await startWindowed();
    const polls: (readonly string[])[] = [];

    for (let minute = 2; minute <= 31; minute += 1) polls.push(await exporter.pollNext());

    const extended = polls.flatMap(([asked], index) => (asked === EXTENDED_LOOKBACK ? [index + 2] : []));
    expect(extended).toEqual([15, 30]);
    expect(new Set(polls.flat())).toEqual(new Set([LOOKBACK, EXTENDED_LOOKBACK]));
  });

  it('is asked for an extended lookback again a quarter of an hour after one failed, and for lookbacks until then', async () => {
    using exporter = await startWindowed();
    for (let minute = 2; minute < 15; minute += 1) await exporter.pollNext();
    const answers = [FAILURES.broken(), []];
    exporter.script.list = () => answers.shift() ?? [];

    const polls: (readonly string[])[] = [];
    for (let minute = 15; minute <= 31; minute += 1) polls.push(await exporter.pollNext());

    // From where the failed one was to begin.
    expect(polls[0]).toEqual([EXTENDED_LOOKBACK]);
    expect(polls[15]).toEqual(['1456 1440']);
    expect(polls.filter(([asked]) => asked?.endsWith(' 1440'))).toHaveLength(2);
    expect(polls[1]).toEqual(['62 60']);
  });

  it('has new runs counted while the full sync of a start cannot be read to its end', async () => {
    using exporter = await startEngine({ script: { capabilities: WINDOWED } });
    await exporter.poll();
    await exporter.kill();
    const { script, clock } = exporter;
    const runs: FinishedRun[] = [];
    // Old runs take the vendor too long to list.
    script.list = ({ slice }) => (slice.from < before(clock.now(), DAY) ? FAILURES.slow() : runs);

    for (let minute = 0; minute < 20; minute += 1) {
      clock.advance(MINUTE);
      runs.push(finishedRun({ id: `r${minute}`, startedAt: before(clock.now(), seconds(30)), endedAt: clock.now() }));
      await exporter.poll();
    }

    expect(exporter.shown('runsFinished')['nightly success']).toBe(20);
  });

  it('has all slices of a full sync divided where one takes it too long', async () => {
    using exporter = await startEngine({
      script: {
        capabilities: WINDOWED,
        slices: (window) => sliceByWidth(window, seconds(7 * DAY)),
        split: (slice) => halve(slice, HOUR),
      },
    });
    let slow = 0;
    exporter.script.list = ({ slice }) => {
      if (widthOf(slice) <= 2 * DAY) return [];
      slow += 1;
      return FAILURES.slow();
    };

    await exporter.poll();

    expect(exporter.shown('targetUp')).toEqual({ '': 1 });
    // Each width fails once: a week, its half; a quarter is answered, everywhere.
    expect(slow).toBe(2);
  });

  it('lists an old run at every extended lookback where the run cannot be asked for by its id', async () => {
    using exporter = await startWindowed();
    const { script } = exporter;
    const startedAt = ago(seconds(2 * DAY));
    let run: Run = liveRun({ id: 'old', startedAt });
    script.list = ({ slice }) => (startedAt >= slice.from && startedAt <= slice.to ? [run] : []);
    script.run = () => FAILURES.forbidden();
    await exporter.restart();
    for (let minute = 0; minute < 20; minute += 1) await exporter.pollNext();
    run = finishedRun({ id: 'old', startedAt, endedAt: exporter.clock.now() });

    for (let minute = 0; minute < 15; minute += 1) await exporter.pollNext();

    expect(exporter.shown('runsFinished')['nightly success']).toBe(1);
    expect(exporter.shown('lateRuns')).toEqual({ '': 0 });
  });

  it('is searched once for a run that its list will never hold again, also where a slice divides into parts', async () => {
    using exporter = await startWindowed();
    const { script } = exporter;
    script.split = (slice) => (slice.part === null ? ['a', 'b'].map((part) => ({ ...slice, part })) : []);
    script.list = () => [finishedRun({ id: 'deleted', startedAt: at(60), endedAt: at(90) })];
    await exporter.pollNext();
    script.list = () => [];
    const requests: number[] = [];

    for (let minute = 0; minute < 60; minute += 1) {
      const asked = await exporter.pollNext();
      if (asked[0] === EXTENDED_LOOKBACK) requests.push(asked.length);
    }

    expect(requests).toEqual([3, 1, 1, 1]);
  });

  it('has a run counted within a quarter of an hour that its lists do not hold where it ended', async () => {
    using exporter = await startWindowed();
    exporter.script.list = ({ slice }) => (slice.from <= ago(HOUR) ? [finishedRun({ endedAt: at(90) })] : []);
    const counts: (number | undefined)[] = [];

    exporter.clock.advance(MINUTE);
    for (let minute = 3; minute <= 18; minute += 1) {
      await exporter.pollNext();
      counts.push(exporter.shown('runsFinished')['nightly success']);
    }

    expect(counts).toEqual([...Array.from({ length: 12 }, () => undefined), 1, 1, 1, 1]);
    expect(exporter.shown('lateRuns')).toEqual({ '': 0 });
    expect(exporter.shown('caughtUpRuns')).toEqual({ '': 0 });
  });

  it('has no answer counted as cut where only a lookback lacks a run', async () => {
    using exporter = await startWindowed();
    const run = finishedRun({ endedAt: at(90) });
    exporter.script.list = () => [run];
    await exporter.pollNext();
    exporter.script.list = ({ slice }) => (slice.from <= ago(HOUR) ? [run] : []);
    const cut: (number | undefined)[] = [];
    const polls: (readonly string[])[] = [];

    for (let minute = 3; minute <= 20; minute += 1) {
      polls.push(await exporter.pollNext());
      cut.push(exporter.shown('historyTruncated')['']);
    }

    expect(polls.filter((asked) => asked.length > 1)).toEqual([]);
    expect(new Set(cut)).toEqual(new Set([0]));
  });

  it('has no answer counted as cut that lacks a run which was created before the window', async () => {
    using exporter = await startWindowed();
    const run = finishedRun({ createdAt: ago(seconds(DAY + HOUR)), endedAt: at(90) });
    exporter.script.list = () => [run];
    await exporter.pollNext();
    exporter.script.list = () => [];

    for (let minute = 3; minute < 15; minute += 1) await exporter.pollNext();
    const extended = await exporter.pollNext();

    expect(extended).toEqual([EXTENDED_LOOKBACK]);
    expect(exporter.shown('historyTruncated')).toEqual({ '': 0 });
  });

  it('has an answer counted as cut where an extended lookback lacks a run', async () => {
    using exporter = await startWindowed();
    exporter.script.list = () => [finishedRun({ endedAt: at(90) })];
    await exporter.pollNext();
    exporter.script.list = () => [];

    for (let minute = 3; minute < 15; minute += 1) await exporter.pollNext();
    const extended = await exporter.pollNext();
    const lookback = await exporter.pollNext();

    expect(extended.length).toBeGreaterThan(1);
    expect(lookback).toEqual([LOOKBACK]);
    expect(exporter.shown('historyTruncated')).toEqual({ '': 1 });
  });
});

describe('ids', () => {
  it('are forgotten only after three full syncs and two weeks without them, and are then not counted again', async () => {
    using exporter = await startEngine();
    await exporter.poll();
    exporter.clock.advance(MINUTE);
    const run = finishedRun({ endedAt: at(30) });
    exporter.script.list = () => [run];
    await exporter.poll();
    exporter.script.list = () => [];

    exporter.clock.advance(15 * DAY);
    const remembered: number[] = [];
    for (let fullSync = 1; fullSync <= 4; fullSync += 1) {
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

  it('that full syncs list are kept for as long as they do', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [finishedRun({ endedAt: ago(DAY) })];

    for (let day = 0; day < 30; day += 1) {
      await exporter.poll();
      exporter.clock.advance(DAY);
    }

    expect(exporter.shown('ledgerRuns')).toEqual({ '': 1 });
  });
});

import { expect, it } from 'vitest';
import { finishedRun, liveRun } from '../../../test/support/builders.ts';
import { mergeLists } from './merge-lists.ts';
import type { Rejected } from '../vendor.ts';

const rejected = (key: string): Rejected => ({ reason: 'schema', key, problem: 'id: is empty' });

it('takes each record once', () => {
  const one = { runs: [liveRun({ id: 'a' })], rejected: [rejected('k1')] };
  const other = { runs: [liveRun({ id: 'a' }), liveRun({ id: 'b' })], rejected: [rejected('k1'), rejected('k2')] };

  const merged = mergeLists([one, other]);

  expect(merged.runs.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(merged.rejected.map(({ key }) => key)).toEqual(['k1', 'k2']);
});

it('takes the finished sight of a run, whichever list has it, else the later one', () => {
  const [live, finished] = [liveRun({ id: 'a' }), finishedRun({ id: 'a' })];
  const [early, late] = [liveRun({ id: 'b', progress: 0.2 }), liveRun({ id: 'b', progress: 0.3 })];
  const merge = (...runs: Parameters<typeof mergeLists>[0][number]['runs'][]) =>
    mergeLists(runs.map((of) => ({ runs: of, rejected: [] }))).runs;

  expect(merge([finished, early], [live, late])).toEqual([finished, late]);
  expect(merge([live], [finished])).toEqual([finished]);
});

it('leaves a list alone as it is', () => {
  const only = { runs: [liveRun({ id: 'a' }), liveRun({ id: 'a' })], rejected: [] };

  expect(mergeLists([only])).toBe(only);
});

import { expect, it } from 'vitest';
import { at } from '../../test/support/builders.ts';
import { NO_CHANGE, type TotalRecord } from './records.ts';
import { applyChange, emptyState, withOthersOfOwners } from './target-state.ts';

function total(owner: string, result: string, value: number): TotalRecord {
  return { owner, metric: 'runsFinished', labels: ['result', result], value, published: value, createdAt: at(0) };
}

it('puts beside totals that changed all others of their owners, and none of other owners', () => {
  const state = emptyState();
  const before = [total('nightly', 'success', 1), total('nightly', 'failure', 2), total('hourly', 'success', 3)];
  applyChange(state, { ...NO_CHANGE, totals: before });
  const changed = [total('nightly', 'success', 4), total('weekly', 'success', 1), total('nightly', 'success', 5)];

  const whole = withOthersOfOwners(state.totals, changed);

  expect(whole).toEqual([
    total('nightly', 'success', 5),
    total('nightly', 'failure', 2),
    total('weekly', 'success', 1),
  ]);
});

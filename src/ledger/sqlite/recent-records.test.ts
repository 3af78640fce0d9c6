import { expect, it } from 'vitest';
import { aRunRecord } from '../../../test/support/builders.ts';
import type { RunRecord } from '../records.ts';
import { createRecentRecords } from './recent-records.ts';

const record = (id: string): RunRecord => aRunRecord({ id });
const failed = (id: string): RunRecord => aRunRecord({ id, ending: { result: 'failure' } });

it('gives the record that was put last', () => {
  const records = createRecentRecords();

  records.put(record('r1'));
  records.put(failed('r1'));

  expect(records.get('r1')?.life.ending?.result).toBe('failure');
});

it('keeps what is asked for, and forgets what is not', () => {
  const records = createRecentRecords(2);
  for (const id of ['r1', 'r2', 'r3']) records.put(record(id));

  records.get('r1');
  for (const id of ['r4', 'r5']) records.put(record(id));

  expect(records.get('r1')).toEqual(record('r1'));
  expect(records.get('r2')).toBeUndefined();
});

it('never gives an older record of a run after a newer one', () => {
  const records = createRecentRecords(2);
  records.put(failed('r1'));
  records.put(record('r2'));

  records.put(record('r3'));
  records.put(record('r1'));

  expect(records.get('r1')?.life.ending?.result).toBe('success');
});

it('knows nothing once it is cleared', () => {
  const records = createRecentRecords();
  records.put(record('r1'));

  records.clear();

  expect(records.get('r1')).toBeUndefined();
});

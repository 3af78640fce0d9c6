import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { at, finishedRun, liveRun } from '../../test/support/builders.ts';
import type { Run } from '../model/run.ts';
import { DAY } from '../model/time.ts';
import { readRecords } from './read-records.ts';

const Wire = z.object({ id: z.string() });

/** Reads records as a vendor would whose runs these are, by id. */
function read(records: readonly unknown[], runs: readonly Run[] = []) {
  const toRun = ({ id }: { id: string }): Run => runs.find((run) => run.id === id) ?? finishedRun({ id });
  return readRecords(records, Wire, toRun, at(0));
}

/** Reason and key of what was rejected of runs; empty if none was. */
function refused(run: Run): readonly string[] {
  return read([{ id: run.id }], [run]).rejected.map(({ reason, key, problem }) => `${reason} ${key} ${problem}`);
}

describe('readRecords', () => {
  it('keeps the rest of a list in which a record is broken', () => {
    const { runs, rejected } = read([{ id: 'r1' }, { id: 5 }, null, { id: 'r2' }]);

    expect(runs.map(({ id }) => id)).toEqual(['r1', 'r2']);
    expect(rejected.map(({ reason, problem }) => [reason, problem])).toEqual([
      ['schema', 'id: expected text, got a number'],
      ['schema', 'the whole record: expected an object, got null'],
    ]);
  });

  it('names a broken record by its id, where it has one', () => {
    const nameless = [{ id: { text: 'r1' } }, { id: '' }, { id: 'r'.repeat(201), name: 1 }, [], 'r1'];
    const Named = z.object({ id: z.string(), name: z.string() });
    const toRun = (): Run => finishedRun({});

    const { rejected } = readRecords([{ id: 'r1', name: 5 }, { run_id: 7 }, ...nameless], Named, toRun, at(0));

    expect(rejected.map(({ id }) => id)).toEqual(['r1', '7', ...nameless.map(() => undefined)]);
  });

  it('refuses an id that is no well-formed text', () => {
    const { runs, rejected } = read([{ id: 'r\ud800' }, { id: '💡' }]);

    expect(runs.map(({ id }) => id)).toEqual(['💡']);
    expect(rejected.map(({ problem }) => problem)).toEqual(['id: no well-formed text']);
  });

  it('knows a broken record again, and tells two apart', () => {
    const keys = [{ id: 5 }, { id: 5 }, { id: 6 }].map((record) => read([record]).rejected[0]?.key);

    expect(keys[0]).toBe(keys[1]);
    expect(keys[0]).not.toBe(keys[2]);
  });

  it('refuses a start or an end of more than two days ahead', () => {
    expect([
      refused(finishedRun({ startedAt: at(2 * DAY), endedAt: at(2 * DAY) })),
      refused(liveRun({ startedAt: at(2 * DAY + 1) })),
      refused(finishedRun({ startedAt: null, endedAt: at(2 * DAY + 1) })),
    ]).toEqual([
      [],
      ['implausible_time r1 startedAt: before 2000 or in the future'],
      ['implausible_time r1 endedAt: before 2000 or in the future'],
    ]);
  });

  it('lets a run be scheduled for up to 400 days ahead', () => {
    const scheduled = (ahead: number): Run => liveRun({ state: 'pending', startedAt: null, createdAt: at(ahead) });

    expect([refused(scheduled(7 * DAY)), refused(scheduled(400 * DAY)), refused(scheduled(400 * DAY + 1))]).toEqual([
      [],
      [],
      ['implausible_time r1 createdAt: before 2000 or in the future'],
    ]);
  });

  it('refuses any time before 2000', () => {
    const old = at(Date.UTC(1999, 11, 31) / 1000 - at(0));

    expect(
      [
        refused(liveRun({ createdAt: old })),
        refused(liveRun({ startedAt: old })),
        refused(finishedRun({ startedAt: null, endedAt: old })),
      ].flat(),
    ).toHaveLength(3);
  });
});

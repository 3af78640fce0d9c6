import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aJob, at, finishedRun } from '../../../test/support/builders.ts';
import type { Run } from '../../model/run.ts';
import type { FieldReader } from './read-fields.ts';
import { readRecord, readRecords, WireId } from './read-records.ts';

const Wire = z.object({ id: z.string() });

/** Reads records as a vendor would whose runs these are, by id. */
function read(records: readonly unknown[], runs: readonly Run[] = []) {
  const toRun = ({ id }: { id: string }): Run => runs.find((run) => run.id === id) ?? finishedRun({ id });
  return readRecords(records, Wire, toRun, at(0));
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

  it('keeps a record, whatever cannot be read of its optional fields', () => {
    const Ended = z.object({ id: z.string(), end: z.unknown() });
    const toRun = ({ id, end }: z.output<typeof Ended>, fields: FieldReader): Run => {
      const endedAt = fields.instant('end', end);
      return finishedRun({ id, endedAt, unreadable: fields.unreadable() });
    };

    const { runs, rejected } = readRecords(
      [
        { id: 'r1', end: 'soon' },
        { id: 'r2', end: '2026-11-22T07:00:00Z' },
      ],
      Ended,
      toRun,
      at(0),
    );

    expect(rejected).toEqual([]);
    expect(runs.map(({ id, unreadable }) => [id, unreadable.map(({ field }) => field)])).toEqual([
      ['r1', ['end']],
      ['r2', []],
    ]);
  });

  it('refuses a record whose job has no well-formed key', () => {
    const run = finishedRun({ job: aJob({ key: 'j\ud800' }) });

    expect(read([{ id: run.id }], [run])).toMatchObject({ runs: [], rejected: [{ reason: 'schema' }] });
  });
});

describe('WireId', () => {
  it.each([
    ['r1', 'r1'],
    [42, '42'],
    [0, '0'],
    ['042', '042'],
  ])('reads %j', (id, text) => {
    expect(WireId.parse(id)).toBe(text);
  });

  it.each([[''], [null], [undefined], [true], [1.5], [2 ** 53], [Number.NaN], [['r1']]])('refuses %j', (id) => {
    expect(WireId.safeParse(id).success).toBe(false);
  });
});

describe('readRecord', () => {
  const ask = (body: unknown) => readRecord(body, Wire, ({ id }) => finishedRun({ id }), at(0), "Acme's run");

  it('gives the run of the answer, by its own id', () => {
    expect(ask({ id: 'r1' })).toMatchObject({ id: 'r1' });
  });

  it.each([
    ['no run', { message: 'Not ready' }, "Acme's run is not as documented: id: expected text, got nothing"],
    ['an id that is no text', { id: 'r\ud800' }, "Acme's run is not as documented: its id is no well-formed text"],
  ])('fails for %s', (_what, body, message) => {
    expect(() => ask(body)).toThrow(expect.objectContaining({ name: 'VendorError', reason: 'schema', message }));
  });
});

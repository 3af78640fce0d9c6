import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createToRun } from '../frame/build-run.ts';
import { createFieldReader } from '../frame/read-fields.ts';
import { unixSeconds } from '../../model/time.ts';
import type { Meaning, Run } from '../../model/run.ts';
import { cases } from './fixtures/cases.ts';
import { PolarisJob, PolarisJobMetrics } from './schema.ts';
import { MEANINGS, toRows, toRunParts } from './to-runs.ts';

/** As records of a list are read, long after all times of these tests. */
function toRun(wire: PolarisJob, projectId: string, stateMap: Readonly<Record<string, Meaning>>): Run {
  const fields = createFieldReader(unixSeconds(Date.UTC(2027, 0, 1) / 1000));
  return createToRun({ table: MEANINGS[0], stateMap }, (one: PolarisJob, reader) => toRunParts(one, reader, projectId))(
    wire,
    fields,
  );
}

function wireJob(overrides: Partial<PolarisJob> = {}): PolarisJob {
  return {
    id: 'r1',
    type: 'batch',
    executionStatus: 'completed',
    health: { status: 'ok' },
    createdTimestamp: '2026-11-22T10:00:00.1234567',
    startedTimestamp: '2026-11-22T10:00:10.2500000',
    completedTimestamp: '2026-11-22T10:01:10.7500000',
    target: { tableName: 'orders' },
    ...overrides,
  };
}

/** The rows of an answer, and what of it could not be read. */
function rowsOf(body: unknown) {
  const fields = createFieldReader(unixSeconds(Date.UTC(2027, 0, 1) / 1000));
  return { rows: toRows(PolarisJobMetrics.parse(body), fields), unreadable: fields.unreadable() };
}

const at = (text: string): number => Date.parse(text) / 1000;

function readFixture(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8'));
}

describe('statuses', () => {
  it.each([
    ['pending', 'pending'],
    ['running', 'executing'],
    ['idle', 'idle'],
    ['suspended', 'paused'],
  ])('takes %s for a live run that is %s', (executionStatus, state) => {
    const run = toRun(wireJob({ executionStatus, completedTimestamp: null }), 'p1', {});

    expect(run).toEqual({
      id: 'r1',
      job: { key: 'batch:orders', id: null, name: 'orders', kind: 'batch', workspace: 'p1', url: null },
      vendorState: executionStatus,
      stateKnown: true,
      createdAt: expect.closeTo(at('2026-11-22T10:00:00.123Z') + 0.0004567, 5),
      startedAt: at('2026-11-22T10:00:10.25Z'),
      rows: null,
      exitCode: null,
      updatedAt: null,
      unreadable: [],
      state,
      agedTo: null,
      progress: null,
      health: 'ok',
    });
  });

  it.each([
    ['completed', 'success'],
    ['failed', 'failure'],
    ['canceled', 'cancellation'],
  ])('takes %s for %s', (executionStatus, result) => {
    const run = toRun(wireJob({ executionStatus }), 'p1', {});

    expect(run).toMatchObject({
      vendorState: executionStatus,
      stateKnown: true,
      result,
      endedAt: at('2026-11-22T10:01:10.75Z'),
      duration: 60.5,
      acknowledged: false,
    });
  });

  it('takes a status that nobody listed for finished only if the job has ended', () => {
    const ended = toRun(wireJob({ executionStatus: 'expired' }), 'p1', {});
    const live = toRun(wireJob({ executionStatus: 'expired', completedTimestamp: null }), 'p1', {});

    expect(ended).toMatchObject({ stateKnown: false, result: 'unknown', duration: 60.5 });
    expect(live).toMatchObject({ stateKnown: false, state: 'unknown' });
  });

  it("lets the target's state_map have the first word", () => {
    const stateMap = { expired: 'timeout', suspended: 'idle' } as const;

    const unlisted = toRun(wireJob({ executionStatus: 'expired' }), 'p1', stateMap);
    const listed = toRun(wireJob({ executionStatus: 'suspended', completedTimestamp: null }), 'p1', stateMap);

    expect(unlisted).toMatchObject({ stateKnown: true, result: 'timeout' });
    expect(listed).toMatchObject({ stateKnown: true, state: 'idle' });
  });
});

describe('a status that the vendor cannot look up', () => {
  it('is a live state of its own, which ends no run and raises no alarm', () => {
    const run = toRun(wireJob({ executionStatus: 'unknown' }), 'p1', {});

    expect(run).toMatchObject({ stateKnown: true, state: 'unknown' });
    expect(run).not.toHaveProperty('result');
  });
});

describe('health', () => {
  it.each([
    [{ status: 'ok' }, 'ok'],
    [{ status: 'error', code: 'internal_error' }, 'error'],
    [{ status: 'error', code: 'brand_new' }, 'error'],
    [{ status: 'warn', code: 'invalid_rows_found' }, 'warning'],
    [{ status: 'warning', code: 'multiple' }, 'warning'],
    [{ status: 'warn', code: 'lost_connection_to_source' }, 'error'],
    [{ status: 'warn', code: 'unable_to_proceed' }, 'error'],
    [{ status: 'warn' }, 'warning'],
    [{ status: 'degraded' }, 'warning'],
    [{ status: null }, null],
    [{}, null],
    [null, null],
  ])('%j of a live run is %s', (health, expected) => {
    const run = toRun(wireJob({ executionStatus: 'running', completedTimestamp: null, health }), 'p1', {});

    expect(run).toMatchObject({ state: 'executing', health: expected });
  });

  it.each([
    ['completed', { status: 'ok' }, 'success', null],
    ['completed', null, 'success', null],
    ['completed', { status: 'warn', code: 'invalid_rows_found' }, 'success', 'invalid_rows_found'],
    ['completed', { status: 'warning', code: 'no_rows_found' }, 'success', 'no_rows_found'],
    ['completed', { status: 'warn', code: 'brand_new' }, 'success', 'other'],
    ['completed', { status: 'warn' }, 'success', 'other'],
    ['completed', { status: 'degraded' }, 'success', 'other'],
    ['completed', { status: 'error', code: 'no_rows_ingested' }, 'failure', null],
    ['completed', { status: 'error', code: 'internal_error' }, 'error', null],
    ['completed', { status: 'error', code: 'could_not_connect_to_source' }, 'error', null],
    ['completed', { status: 'error', code: 'brand_new' }, 'failure', null],
    ['completed', { status: 'error' }, 'failure', null],
    ['failed', { status: 'error', code: 'cannot_parse_source' }, 'failure', null],
    ['failed', { status: 'error', code: 'internal_error' }, 'error', null],
    ['failed', { status: 'error', code: 'could_not_connect_to_source' }, 'error', null],
    ['failed', { status: 'error', code: 'canceled' }, 'failure', null],
    ['failed', { status: 'warn', code: 'invalid_rows_found' }, 'failure', null],
    ['failed', { status: 'ok' }, 'failure', null],
    ['failed', null, 'failure', null],
    ['canceled', { status: 'error', code: 'internal_error' }, 'cancellation', null],
    ['canceled', { status: 'ok' }, 'cancellation', null],
  ])('makes of %s with %j a %s with warning %s', (executionStatus, health, result, warning) => {
    const run = toRun(wireJob({ executionStatus, health }), 'p1', {});

    expect(run).toMatchObject({ result, warning, stateKnown: true });
  });

  it("is not asked where the target's state_map says what a status means", () => {
    const health = { status: 'error', code: 'no_rows_ingested' };

    const run = toRun(wireJob({ health }), 'p1', { completed: 'success' });

    expect(run).toMatchObject({ result: 'success', warning: null });
  });

  it.each([
    [{ status: 'degraded' }, 'health.status', 'not a word that is known: degraded'],
    [{ status: 'warn', code: 'no_rows_ingested' }, 'health.code', 'not a word that is known: no_rows_ingested'],
    [{ status: 'error', code: 'brand_new' }, 'health.code', 'not a word that is known: brand_new'],
    [{ status: 'error', code: 'Ada said\n no' }, 'health.code', 'not a word that is known: text like aaa aaaa? aa'],
    [{ status: 'error', code: 7 }, 'health.code', 'expected text, got a number'],
    [{ status: 3 }, 'health.status', 'expected text, got a number'],
    ['ok', 'health', 'expected an object, got text like aa'],
  ])('%j is told: nobody listed it', (health, field, problem) => {
    const run = toRun(wireJob({ health }), 'p1', {});

    expect(run.unreadable).toEqual([{ field, problem }]);
  });
});

describe('streaming jobs', () => {
  it('have no duration when they end', () => {
    const run = toRun(wireJob({ type: 'streaming', executionStatus: 'canceled' }), 'p1', {});

    expect(run).toMatchObject({
      job: { key: 'streaming:orders', name: 'orders', kind: 'streaming' },
      result: 'cancellation',
      endedAt: at('2026-11-22T10:01:10.75Z'),
      duration: null,
    });
  });
});

describe('times', () => {
  it.each([
    ['2026-11-22T10:01:10.7500000', '2026-11-22T10:01:10.75Z'],
    ['2026-11-22T10:01:10.7500000Z', '2026-11-22T10:01:10.75Z'],
    ['2026-11-22T11:01:10.7500000+01:00', '2026-11-22T10:01:10.75Z'],
    ['2026-11-22T10:01:10Z', '2026-11-22T10:01:10Z'],
  ])('%s is read', (completedTimestamp, endedAt) => {
    const run = toRun(wireJob({ completedTimestamp }), 'p1', {});

    expect(run).toMatchObject({ endedAt: at(endedAt) });
  });

  it('that cannot be read are left out, as is a duration that would be negative', () => {
    const masked = toRun(wireJob({ startedTimestamp: '2024-08-01TXX:XX:XX.XXXXXXX' }), 'p1', {});
    const backwards = toRun(wireJob({ completedTimestamp: '2026-11-22T10:00:09.0000000' }), 'p1', {});

    expect(masked).toMatchObject({ startedAt: null, endedAt: at('2026-11-22T10:01:10.75Z'), duration: null });
    expect(backwards).toMatchObject({ endedAt: at('2026-11-22T10:00:09Z'), duration: null });
  });
});

describe('what is not said', () => {
  it.each(['left out', 'null'])('is null, never a guess, when %s', (how) => {
    const fields = ['health', 'createdTimestamp', 'startedTimestamp', 'completedTimestamp', 'target'];
    const absent = how === 'null' ? Object.fromEntries(fields.map((field) => [field, null])) : {};
    const wire = PolarisJob.parse({ id: 'r1', type: 'drop_table', executionStatus: 'completed', ...absent });

    expect(toRun(wire, 'p1', {})).toEqual({
      id: 'r1',
      job: { key: 'drop_table:', id: null, name: 'drop_table', kind: 'drop_table', workspace: 'p1', url: null },
      vendorState: 'completed',
      stateKnown: true,
      createdAt: null,
      startedAt: null,
      rows: null,
      exitCode: null,
      updatedAt: null,
      unreadable: [],
      isEndDerived: false,
      result: 'success',
      endedAt: null,
      duration: null,
      acknowledged: false,
      warning: null,
    });
  });
});

describe('rows', () => {
  it.each(['numRowsProcessedWithWarning', 'numRowsProcessedWithWarnings'])('are read with %s', (warning) => {
    const totals = { numRowsProcessed: 10, [warning]: 3, numRowsSkippedByFilter: 2, numRowsSkippedByError: 1 };

    const rows = { processed: 10, processed_with_warning: 3, skipped_by_filter: 2, skipped_by_error: 1 };
    expect(rowsOf({ totals })).toEqual({ rows, unreadable: [] });
  });

  it.each([
    [{ totals: { numRowsProcessed: 0, numRowsSkippedByFilter: null } }, { processed: 0 }],
    [{ totals: null }, {}],
    [{}, {}],
  ])('lack what %j does not name', (body, rows) => {
    expect(rowsOf(body)).toEqual({ rows, unreadable: [] });
  });

  it('lack, and tell, what is no number; the others are kept', () => {
    expect(rowsOf({ totals: { numRowsProcessed: 10, numRowsSkippedByError: '3' } })).toEqual({
      rows: { processed: 10 },
      unreadable: [{ field: 'numRowsSkippedByError', problem: 'expected a number, got text like 9' }],
    });
    expect(rowsOf({ totals: [10] })).toEqual({
      rows: {},
      unreadable: [{ field: 'totals', problem: 'expected an object, got a list' }],
    });
  });
});

describe("the vendor's own samples", () => {
  it('the list holds one run, whose masked times are left out', () => {
    const { runs, rejected } = cases.samples[0].read!(readFixture('list-jobs.json'));

    expect(rejected).toEqual([]);
    expect(runs).toEqual([
      {
        id: '0191104b-7e8e-XXXX-XXXX-XXXXXXXXXXXX',
        job: {
          key: 'batch:example-table',
          id: null,
          name: 'example-table',
          kind: 'batch',
          workspace: expect.any(String),
          url: null,
        },
        vendorState: 'completed',
        stateKnown: true,
        createdAt: null,
        startedAt: null,
        rows: null,
        exitCode: null,
        updatedAt: null,
        unreadable: ['created', 'started', 'lastUpdated', 'completed'].map((time) => ({
          field: `${time}Timestamp`,
          problem: 'expected an ISO 8601 time, got text like 9999-99-99aaa:aa:aa.aaaaaaa',
        })),
        isEndDerived: false,
        result: 'success',
        endedAt: null,
        duration: null,
        acknowledged: false,
        warning: null,
      },
    ]);
  });

  it('the metrics are rows', () => {
    const { rows } = rowsOf(readFixture('job-metrics.json'));

    expect(rows).toEqual({ processed: 99_999, processed_with_warning: 0, skipped_by_filter: 0, skipped_by_error: 2 });
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createFieldReader } from '../read-fields.ts';
import { unixSeconds } from '../../model/time.ts';
import type { Run } from '../../model/run.ts';
import { cases } from './fixtures/cases.ts';
import { PolarisJob, PolarisJobMetrics } from './schema.ts';
import { toRows, toRun as toRunWith } from './to-runs.ts';

type Rest = Parameters<typeof toRunWith> extends [infer _Wire, infer _Fields, ...infer Others] ? Others : never;

/** As records of a list are read, long after all times of these tests. */
function toRun(wire: Parameters<typeof toRunWith>[0], ...rest: Rest): Run {
  return toRunWith(wire, createFieldReader(unixSeconds(Date.UTC(2027, 0, 1) / 1000)), ...rest);
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
      healthy: true,
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

describe('health', () => {
  it.each([
    [{ status: 'ok' }, true],
    [{ status: 'error' }, false],
    [{ status: 'degraded' }, true],
    [{ status: null }, null],
    [{}, null],
    [null, null],
  ])('%j of a live run is %s', (health, healthy) => {
    const run = toRun(wireJob({ executionStatus: 'running', completedTimestamp: null, health }), 'p1', {});

    expect(run).toMatchObject({ state: 'executing', healthy });
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
    });
  });
});

describe('rows', () => {
  it.each(['numRowsProcessedWithWarning', 'numRowsProcessedWithWarnings'])('are read with %s', (warning) => {
    const totals = { numRowsProcessed: 10, [warning]: 3, numRowsSkippedByFilter: 2, numRowsSkippedByError: 1 };

    const rows = toRows(PolarisJobMetrics.parse({ totals }));

    expect(rows).toEqual({ processed: 10, processed_with_warning: 3, skipped_by_filter: 2, skipped_by_error: 1 });
  });

  it('lack what the answer does not name', () => {
    const some = toRows(PolarisJobMetrics.parse({ totals: { numRowsProcessed: 0, numRowsSkippedByFilter: null } }));
    const none = toRows(PolarisJobMetrics.parse({}));

    expect({ some, none }).toEqual({ some: { processed: 0 }, none: {} });
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
      },
    ]);
  });

  it('the metrics are rows', () => {
    const rows = toRows(PolarisJobMetrics.parse(readFixture('job-metrics.json')));

    expect(rows).toEqual({ processed: 99_999, processed_with_warning: 0, skipped_by_filter: 0, skipped_by_error: 2 });
  });
});

import { describe, expect, it } from 'vitest';
import { createFieldReader } from '../read-fields.ts';
import type { Run } from '../../model/run.ts';
import { isFinished } from '../../model/run.ts';
import { seconds, unixSeconds } from '../../model/time.ts';
import type { RunRecord } from './schema.ts';
import { encodeRunIdentity, parseRunIdentity, readRuns, type RunContext, toRun as toRunWith } from './to-runs.ts';

type Rest = Parameters<typeof toRunWith> extends [infer _Wire, infer _Fields, ...infer Others] ? Others : never;

/** As records of a list are read, long after all times of these tests. */
function toRun(wire: Parameters<typeof toRunWith>[0], ...rest: Rest): Run {
  return toRunWith(wire, createFieldReader(unixSeconds(Date.UTC(2027, 0, 1) / 1000)), ...rest);
}

const context: RunContext = { account: '000099', environment: 'DEV', type: 'table-to-table', stateMap: {} };
const NOW = unixSeconds(Date.UTC(2020, 11, 31) / 1000);

function record(fields: Partial<RunRecord> = {}): RunRecord {
  return {
    run_id: '20201230-112837-0a795c70-2557-4a60-ba16-788aa2bea179',
    status: 'SUCCESS',
    configuration_id: '000099_pda_DEV',
    job_id: 'gbq-to-gbq|000099_pda_DEV',
    start_execution_date: '2020-12-30T11:28:43.500000+00:00',
    duration: '0:01:24.250000',
    ...fields,
  };
}

describe('a run', () => {
  it('carries all that the vendor says', () => {
    const run = toRun(record(), context);

    expect(run).toEqual({
      id: '["table-to-table","000099_pda_DEV","gbq-to-gbq|000099_pda_DEV","20201230-112837-0a795c70-2557-4a60-ba16-788aa2bea179"]',
      job: {
        key: 'table-to-table/000099_pda_DEV',
        id: '000099_pda_DEV',
        name: '000099_pda_DEV',
        kind: 'table-to-table',
        workspace: '000099/DEV',
        url: null,
      },
      vendorState: 'SUCCESS',
      stateKnown: true,
      createdAt: null,
      startedAt: Date.UTC(2020, 11, 30, 11, 28, 43, 500) / 1000,
      rows: null,
      exitCode: null,
      updatedAt: null,
      unreadable: [],
      isEndDerived: false,
      result: 'success',
      endedAt: Date.UTC(2020, 11, 30, 11, 30, 7, 750) / 1000,
      duration: 84.25,
      acknowledged: false,
    });
  });

  it.each([
    ['SUCCESS', 'success', false],
    ['FAILED', 'failure', false],
    ['CHECKED', 'failure', true],
    ['NO_MATCH', 'skip', false],
    ['DEACTIVATED', 'skip', false],
  ])('that is %s has ended with %s (acknowledged: %s)', (status, result, acknowledged) => {
    const run = toRun(record({ status }), context);

    expect(run).toMatchObject({ vendorState: status, stateKnown: true, result, acknowledged });
  });

  it('that is RUNNING is executing, whatever its duration so far', () => {
    const run = toRun(record({ status: 'RUNNING' }), context);

    expect(run).toMatchObject({ stateKnown: true, state: 'executing', progress: null, healthy: null });
    expect(isFinished(run)).toBe(false);
  });

  it('of a status that nobody listed has ended if it has an end, else it is live', () => {
    const ended = toRun(record({ status: 'STALED' }), context);
    const live = toRun(record({ status: 'STALED', duration: null }), context);

    expect(ended).toMatchObject({ stateKnown: false, result: 'unknown' });
    expect(live).toMatchObject({ stateKnown: false, state: 'unknown' });
  });

  it('is what state_map says it is', () => {
    const run = toRun(record({ status: 'STALED' }), { ...context, stateMap: { STALED: 'timeout' } });

    expect(run).toMatchObject({ stateKnown: true, result: 'timeout' });
  });

  it.each([
    ['its duration is missing', { duration: undefined }, { endedAt: null, duration: null }],
    ['its duration cannot be read', { duration: '84 s' }, { endedAt: null, duration: null }],
    ['its start is missing', { start_execution_date: null }, { startedAt: null, endedAt: null, duration: 84.25 }],
  ])('has no end where %s', (_what, fields, expected) => {
    const run = toRun(record(fields), context);

    expect(run).toMatchObject(expected);
  });

  it('may take more than a day', () => {
    const run = toRun(record({ duration: '2 days, 1:00:00' }), context);

    expect(run).toMatchObject({ duration: seconds(49 * 3600) });
  });
});

describe('the identity of a run', () => {
  it.each([
    { type: 'workflow', configurationId: 'a', jobId: null, runId: 'r' },
    { type: 'storage-to-storage', configurationId: '["a"]', jobId: 'a|b|{{FD_DATE}}.csv', runId: '20201209-"' },
  ])('survives its encoding: %j', (identity) => {
    const parsed = parseRunIdentity(encodeRunIdentity(identity));

    expect(parsed).toEqual(identity);
  });

  it('differs between runs of one run id at two data operations', () => {
    const ids = ['a', 'b'].map((configuration_id) => toRun(record({ configuration_id }), context).id);

    expect(ids[0]).not.toBe(ids[1]);
  });
});

describe('a list', () => {
  it('names runs by the type that was asked for, not the one that the answer says', () => {
    const { runs } = readRuns([{ ...record(), configuration_type: 'gbq-to-gbq' }], context, NOW);

    expect(runs.map(({ job }) => job.kind)).toEqual(['table-to-table']);
  });

  it('is one job for all file templates of a data operation', () => {
    const records = ['stores', 'sales'].map((template) =>
      record({ job_id: `storage|${template}.csv`, run_id: template }),
    );

    const { runs } = readRuns(records, context, NOW);

    expect(new Set(runs.map(({ job }) => job.key))).toEqual(new Set(['table-to-table/000099_pda_DEV']));
    expect(new Set(runs.map(({ id }) => id)).size).toBe(2);
  });

  it('leaves out runs of other accounts and environments', () => {
    const records = [
      { ...record({ run_id: 'ours' }), account: '000099', environment: 'DEV' },
      { ...record({ run_id: 'theirs' }), account: '000100', environment: 'DEV' },
      { ...record({ run_id: 'production' }), account: '000099', environment: 'PROD' },
      { ...record({ run_id: 'unsaid' }) },
    ];

    const { runs, rejected } = readRuns(records, context, NOW);

    expect(runs.map(({ id }) => parseRunIdentity(id).runId)).toEqual(['ours', 'unsaid']);
    expect(rejected).toEqual([]);
  });

  it.each(['run_id', 'status', 'configuration_id'])('loses only the record that has no %s', (field) => {
    const { runs, rejected } = readRuns([{ ...record(), [field]: null }, null, record()], context, NOW);

    expect(runs).toEqual([toRun(record(), context)]);
    expect(rejected.map(({ reason, problem }) => [reason, problem])).toEqual([
      ['schema', `${field}: expected text, got null`],
      ['schema', 'the whole record: expected an object, got null'],
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { createToRun } from '../frame/build-run.ts';
import { createFieldReader } from '../frame/read-fields.ts';
import { type ReadRecords, readRecords } from '../frame/read-records.ts';
import { isFinished, type Meaning, type Run } from '../../model/run.ts';
import { seconds, type UnixSeconds, unixSeconds } from '../../model/time.ts';
import { RunRecord } from './schema.ts';
import {
  encodeRunIdentity,
  isAsked,
  MEANING_BY_STATUS,
  parseRunIdentity,
  type RunContext,
  toRunParts,
} from './to-runs.ts';

interface TestContext extends RunContext {
  readonly stateMap: Readonly<Record<string, Meaning>>;
}

const readerOf = (of: TestContext) =>
  createToRun({ table: MEANING_BY_STATUS, stateMap: of.stateMap }, (wire: RunRecord, fields) =>
    toRunParts(wire, fields, of),
  );

/** As records of a list are read, long after all times of these tests. */
function toRun(wire: RunRecord, of: TestContext): Run {
  return readerOf(of)(wire, createFieldReader(unixSeconds(Date.UTC(2027, 0, 1) / 1000)));
}

/** The records of an answer, less those of others. */
function readRuns(records: readonly unknown[], of: TestContext, now: UnixSeconds): ReadRecords {
  return readRecords(
    records.filter((one) => isAsked(one, of)),
    RunRecord,
    readerOf(of),
    now,
  );
}

const context: TestContext = { account: '000099', environment: 'DEV', type: 'table-to-table', stateMap: {} };
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
      formerId: '["table-to-table","000099_pda_DEV",null,"20201230-112837-0a795c70-2557-4a60-ba16-788aa2bea179"]',
      isEndDerived: true,
      result: 'success',
      endedAt: Date.UTC(2020, 11, 30, 11, 30, 7, 750) / 1000,
      duration: 84.25,
      acknowledged: false,
      warning: null,
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

    expect(run).toMatchObject({ stateKnown: true, state: 'executing', progress: null, health: null });
    expect(isFinished(run)).toBe(false);
  });

  it('that is WAITING is pending, with the duration of an earlier delivery or without', () => {
    const first = toRun(record({ status: 'WAITING', duration: undefined }), context);
    const again = toRun(record({ status: 'WAITING' }), context);

    expect(first).toMatchObject({ stateKnown: true, state: 'pending', agedTo: null });
    expect(again).toMatchObject({ stateKnown: true, state: 'pending', agedTo: null });
  });

  it('of a status that nobody listed is live, and tells its age where it has a duration: it may still grow', () => {
    const aging = toRun(record({ status: 'STALED' }), context);
    const ageless = toRun(record({ status: 'STALED', duration: null }), context);

    const agedTo = Date.UTC(2020, 11, 30, 11, 30, 7, 750) / 1000;
    expect(aging).toMatchObject({ stateKnown: false, state: 'unknown', agedTo });
    expect(ageless).toMatchObject({ stateKnown: false, state: 'unknown', agedTo: null });
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

  it.each([
    ['job_id', 7.5, 'expected text, got a number'],
    ['job_id', { id: 'a' }, 'expected text, got an object'],
    ['start_execution_date', 1609327723, 'expected an ISO 8601 time, got a number'],
    ['start_execution_date', '30/12/2020 11:28', 'expected an ISO 8601 time, got text like 99/99/9999 99:99'],
    ['start_execution_date', '1970-01-01T00:00:00+00:00', 'a time before 2000, which stands for none'],
    ['duration', 84.25, 'expected a duration, got a number'],
    ['duration', '84 s', 'expected a duration, got text like 99 a'],
    ['duration', '-1 day, 23:59:58', 'expected a duration, got text like -9 aaa, 99:99:99'],
    ['duration', [84], 'expected a duration, got a list'],
    ['duration', '3000 days, 0:00:00', 'a duration that ends too far in the future'],
    ['last_update_date', 'yesterday', 'expected an ISO 8601 time, got text like aaaaaaaaa'],
    ['last_update_date', '0001-01-01T00:00:00', 'a time before 2000, which stands for none'],
    ['last_update_date', '2150-01-01T00:00:00', 'a time too far in the future'],
    ['last_update_date', false, 'expected an ISO 8601 time, got true or false'],
  ])('counts where its %s is %j: the field is absent, and told', (field, value, problem) => {
    const run = toRun(record({ [field]: value }), context);

    const without = toRun(record({ [field]: undefined }), context);
    expect(run).toEqual({ ...without, unreadable: [{ field, problem }] });
  });

  it.each([
    ['2020-12-30T11:28:43.500000+00:00', '0:01:24.250000'],
    ['2020-12-30 11:28:43.500000', '0 days 00:01:24.250000'],
    ['2020-12-30T11:28:43,500+00', 'PT84.25S'],
    ['2020-12-30T12:28:43.5+01:00', 'P0Y0M0DT1M24.25S'],
  ])('reads a start of %s and a duration of %s', (start, duration) => {
    const run = toRun(record({ start_execution_date: start, duration }), context);

    expect(run).toEqual(toRun(record(), context));
  });

  it.each(['run_id', 'configuration_id', 'job_id'])('may have a number for its %s', (field) => {
    const { runs } = readRuns([{ ...record(), [field]: 42 }], context, NOW);

    expect(runs).toEqual([toRun(record({ [field]: '42' }), context)]);
  });

  it.each(['SUCCESS', 'FAILED'])(
    'that is %s within microseconds may have been delivered again: it took no time',
    (status) => {
      const run = toRun(record({ status, duration: '0:00:00.000045' }), context);

      expect(run).toMatchObject({ mayBeRepeat: true, duration: null });
    },
  );

  it.each(['NO_MATCH', 'DEACTIVATED'])('that is %s may well be over within microseconds', (status) => {
    const run = toRun(record({ status, duration: '0:00:00.000045' }), context);

    expect(run).toMatchObject({ duration: 0.000045 });
    expect(run).not.toHaveProperty('mayBeRepeat');
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
    const expected = field === 'status' ? 'text' : 'a number or text';
    expect(rejected.map(({ reason, problem }) => [reason, problem])).toEqual([
      ['schema', `${field}: expected ${expected}, got null`],
      ['schema', 'the whole record: expected an object, got null'],
    ]);
  });
});

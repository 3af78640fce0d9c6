import { describe, expect, it } from 'vitest';
import { createToRun } from '../frame/build-run.ts';
import { createFieldReader } from '../frame/read-fields.ts';
import type { Meaning, Run } from '../../model/run.ts';
import { seconds, unixSeconds } from '../../model/time.ts';
import { readSteps as readStepsBy } from '../frame/read-steps.ts';
import { SnowplowRun, SnowplowStep } from './schema.ts';
import { MEANING_BY_STATE, toRunParts, toStep } from './to-runs.ts';

/** As records of a list are read, long after all times of these tests. */
function toRun(wire: SnowplowRun, stateMap: Readonly<Record<string, Meaning>>): Run {
  const fields = createFieldReader(unixSeconds(Date.UTC(2027, 0, 1) / 1000));
  return createToRun({ table: MEANING_BY_STATE, stateMap }, toRunParts)(wire, fields);
}

const readSteps = (records: readonly unknown[]) => readStepsBy(records, SnowplowStep, (wire) => toStep(wire, {}));

const START = unixSeconds(Date.UTC(2026, 10, 22, 8) / 1000);

const wireRun = (overrides: object = {}): SnowplowRun =>
  SnowplowRun.parse({
    runId: '9f8e7d6c5b4a39281706f5e4d3c2b1a0',
    jobId: 'job-1',
    jobName: 'web-sessions',
    environment: 'com.acme-prod1',
    state: 'SUCCEEDED',
    startTime: '2026-11-22T08:00:00Z',
    duration: 'PT1M32S',
    ...overrides,
  });

const FINISHED = {
  id: '9f8e7d6c5b4a39281706f5e4d3c2b1a0',
  job: {
    key: 'job-1',
    id: 'job-1',
    name: 'web-sessions',
    kind: 'data_model',
    workspace: 'com.acme-prod1',
    url: null,
  },
  vendorState: 'SUCCEEDED',
  stateKnown: true,
  createdAt: null,
  startedAt: START,
  rows: null,
  exitCode: null,
  updatedAt: null,
  unreadable: [],
  isEndDerived: true,
  result: 'success',
  endedAt: unixSeconds(START + 92),
  duration: seconds(92),
  acknowledged: false,
  warning: null,
};

const { endedAt: _e, isEndDerived: _i, duration: _d, result: _r, acknowledged: _a, warning: _w, ...SHARED } = FINISHED;
const LIVE = { ...SHARED, agedTo: null, progress: null, health: null };

/** Fields of a run that could not be read. */
const unreadable = (field: string, problem: string) => [{ field, problem }];

describe('a run', () => {
  it('ends its duration after its start', () => {
    expect(toRun(wireRun(), {})).toEqual(FINISHED);
  });

  it.each([
    ['SUCCEEDED', 'success'],
    ['SUCCEEDED_NO_OP', 'success'],
    ['FAILED', 'failure'],
    ['SKIPPED', 'skip'],
  ])('that is %s has finished with %s', (state, result) => {
    expect(toRun(wireRun({ state }), {})).toEqual({ ...FINISHED, vendorState: state, result });
  });

  it.each([
    ['WAITING', 'pending'],
    ['RUNNING', 'executing'],
  ])('that is %s is live and %s, whatever duration it has so far', (state, live) => {
    expect(toRun(wireRun({ state }), {})).toMatchObject({ vendorState: state, state: live, stateKnown: true });
  });

  it('of a state nobody listed is live and unknown while it has no duration', () => {
    const run = toRun(wireRun({ state: 'PAUSED', duration: undefined }), {});

    expect(run).toEqual({ ...LIVE, vendorState: 'PAUSED', stateKnown: false, state: 'unknown' });
  });

  it('of a state nobody listed is live and tells its age where it has a duration: it may still grow', () => {
    const run = toRun(wireRun({ state: 'RETRYING' }), {});

    expect(run).toEqual({
      ...LIVE,
      vendorState: 'RETRYING',
      stateKnown: false,
      state: 'unknown',
      agedTo: unixSeconds(START + 92),
    });
  });

  it('takes the meaning of a state from state_map first', () => {
    expect(toRun(wireRun({ state: 'TIMED_OUT' }), { TIMED_OUT: 'timeout' })).toEqual({
      ...FINISHED,
      vendorState: 'TIMED_OUT',
      result: 'timeout',
    });
    expect(toRun(wireRun({ state: 'FAILED' }), { FAILED: 'error' })).toMatchObject({ result: 'error' });
  });

  it.each([undefined, null])('is read with every optional field %s', (absent) => {
    const wire = wireRun({ jobName: absent, environment: absent, startTime: absent, duration: absent });

    expect(toRun(wire, {})).toEqual({
      ...FINISHED,
      job: { ...FINISHED.job, name: 'job-1', workspace: '', unsaid: ['name', 'workspace'] },
      startedAt: null,
      endedAt: null,
      isEndDerived: false,
      duration: null,
    });
  });

  it('has no end and no duration while the vendor gives none', () => {
    const run = toRun(wireRun({ duration: undefined }), {});

    expect(run).toEqual({ ...FINISHED, endedAt: null, isEndDerived: false, duration: null });
  });

  it.each([
    ['jobName', { name: 7 }, 'expected text, got an object'],
    ['environment', ['prod'], 'expected text, got a list'],
    ['startTime', 1795334400, 'expected an ISO 8601 time, got a number'],
    ['startTime', '22/11/2026', 'expected an ISO 8601 time, got text like 99/99/9999'],
    ['startTime', '0001-01-01T00:00:00Z', 'a time before 2000, which stands for none'],
    ['startTime', '9999-12-31T00:00:00Z', 'a time too far in the future'],
    ['duration', 92, 'expected a duration, got a number'],
    ['duration', '92 seconds', 'expected a duration, got text like 99 aaaaaaa'],
    ['duration', 'P1M', 'expected a duration, got text like a9a'],
    ['duration', 'PT-1.5S', 'expected a duration, got text like aa-9.9a'],
    ['duration', 'P200D', 'a duration that ends too far in the future'],
    ['duration', true, 'expected a duration, got true or false'],
  ])('counts where its %s is %j: the field is absent, and told', (field, value, problem) => {
    const run = toRun(wireRun({ [field]: value }), {});

    const without = toRun(wireRun({ [field]: undefined }), {});
    expect(run).toEqual({ ...without, unreadable: unreadable(field, problem) });
  });

  it.each(['PT1M32S', 'PT92S', 'pt92s', 'P0Y0M0DT1M32S', 'PT92,0S', '0:01:32', '0 days 00:01:32'])(
    'reads a duration of %s',
    (duration) => {
      expect(toRun(wireRun({ duration }), {})).toEqual(FINISHED);
    },
  );

  it.each(['2026-11-22T08:00:00Z', '2026-11-22T10:00:00+02', '2026-11-22T08:00:00,000', '20261122T080000Z'])(
    'reads a start of %s',
    (startTime) => {
      expect(toRun(wireRun({ startTime }), {})).toEqual(FINISHED);
    },
  );

  it('may have numbers for ids', () => {
    const run = toRun(wireRun({ runId: 42, jobId: 7 }), {});

    expect(run).toMatchObject({ id: '42', job: { key: '7', id: '7', name: 'web-sessions' } });
  });

  it('keeps a duration that has no start', () => {
    expect(toRun(wireRun({ startTime: undefined }), {})).toEqual({
      ...FINISHED,
      startedAt: null,
      endedAt: null,
      isEndDerived: false,
    });
  });
});

describe('the steps of a run', () => {
  it.each([
    ['SUCCEEDED', 'success', 60],
    ['SUCCEEDED_NO_OP', 'success', 60],
    ['FAILED', 'failure', 60],
    ['SKIPPED', 'skip', null],
    ['WAITING', null, null],
    ['RUNNING', null, null],
    ['ABORTED', 'unknown', 60],
  ])('that are %s have result %s and duration %s', (state, result, duration) => {
    expect(readSteps([{ name: 'run-dbt', state, duration: 'PT1M' }])).toEqual({
      steps: [{ name: 'run-dbt', result, duration }],
      rejected: [],
    });
  });

  it('of a state nobody listed are live while they have no duration', () => {
    const { steps } = readSteps([{ name: 'run-dbt', state: 'BLOCKED', dependencies: ['git-clone-cache'] }]);

    expect(steps).toEqual([{ name: 'run-dbt', result: null, duration: null }]);
  });

  it('are kept when one of them is broken', () => {
    const { steps, rejected } = readSteps([{ state: 'FAILED' }, { name: 'run-dbt', state: 'FAILED' }, 7]);

    expect(steps).toEqual([{ name: 'run-dbt', result: 'failure', duration: null }]);
    expect(rejected?.map(({ reason, problem }) => ({ reason, problem }))).toEqual([
      { reason: 'schema', problem: 'name: expected text, got nothing' },
      { reason: 'schema', problem: 'the whole record: expected an object, got a number' },
    ]);
  });
});

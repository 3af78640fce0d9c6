import { describe, expect, it } from 'vitest';
import { createFieldReader } from '../read-fields.ts';
import type { Run } from '../../model/run.ts';
import { seconds, unixSeconds } from '../../model/time.ts';
import { SnowplowRun } from './schema.ts';
import { readSteps, toRun as toRunWith } from './to-runs.ts';

type Rest = Parameters<typeof toRunWith> extends [infer _Wire, infer _Fields, ...infer Others] ? Others : never;

/** As records of a list are read, long after all times of these tests. */
function toRun(wire: Parameters<typeof toRunWith>[0], ...rest: Rest): Run {
  return toRunWith(wire, createFieldReader(unixSeconds(Date.UTC(2027, 0, 1) / 1000)), ...rest);
}

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
  isEndDerived: false,
  result: 'success',
  endedAt: unixSeconds(START + 92),
  duration: seconds(92),
  acknowledged: false,
};

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
    const { endedAt: _e, duration: _d, result: _r, acknowledged: _a, ...live } = FINISHED;

    const run = toRun(wireRun({ state: 'PAUSED', duration: undefined }), {});

    expect(run).toEqual({
      ...live,
      vendorState: 'PAUSED',
      stateKnown: false,
      state: 'unknown',
      progress: null,
      healthy: null,
    });
  });

  it('of a state nobody listed has finished with unknown once it has an end', () => {
    expect(toRun(wireRun({ state: 'ABORTED' }), {})).toEqual({
      ...FINISHED,
      vendorState: 'ABORTED',
      stateKnown: false,
      result: 'unknown',
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
      job: { ...FINISHED.job, name: 'job-1', workspace: '' },
      startedAt: null,
      endedAt: null,
      duration: null,
    });
  });

  it('has no end and no duration while the vendor gives none', () => {
    expect(toRun(wireRun({ duration: undefined }), {})).toEqual({ ...FINISHED, endedAt: null, duration: null });
    expect(toRun(wireRun({ duration: '92 seconds' }), {})).toEqual({ ...FINISHED, endedAt: null, duration: null });
  });

  it('keeps a duration that has no start', () => {
    expect(toRun(wireRun({ startTime: undefined }), {})).toEqual({ ...FINISHED, startedAt: null, endedAt: null });
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
    expect(readSteps([{ name: 'run-dbt', state, duration: 'PT1M' }], {})).toEqual({
      steps: [{ name: 'run-dbt', result, duration }],
      rows: null,
      rejected: [],
    });
  });

  it('of a state nobody listed are live while they have no duration', () => {
    const { steps } = readSteps([{ name: 'run-dbt', state: 'BLOCKED', dependencies: ['git-clone-cache'] }], {});

    expect(steps).toEqual([{ name: 'run-dbt', result: null, duration: null }]);
  });

  it('are kept when one of them is broken', () => {
    const { steps, rejected } = readSteps([{ state: 'FAILED' }, { name: 'run-dbt', state: 'FAILED' }, 7], {});

    expect(steps).toEqual([{ name: 'run-dbt', result: 'failure', duration: null }]);
    expect(rejected?.map(({ reason, problem }) => ({ reason, problem }))).toEqual([
      { reason: 'schema', problem: 'name: expected text, got nothing' },
      { reason: 'schema', problem: 'the whole record: expected an object, got a number' },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { createToRun } from '../frame/build-run.ts';
import { createFieldReader } from '../frame/read-fields.ts';
import type { Meaning, Run } from '../../model/run.ts';
import { seconds, unixSeconds } from '../../model/time.ts';
import { AdverityJob } from './schema.ts';
import { MEANING_BY_STATE, toJob, toRunParts } from './to-runs.ts';

/** As records of a list are read, long after all times of these tests. */
function toRun(wire: AdverityJob, stateMap: Readonly<Record<string, Meaning>>): Run {
  const fields = createFieldReader(unixSeconds(Date.UTC(2027, 0, 1) / 1000));
  return createToRun({ table: MEANING_BY_STATE, stateMap }, (one: AdverityJob, reader) =>
    toRunParts(one, toJob(one.datastream, reader), reader),
  )(wire, fields);
}

const START = unixSeconds(Date.UTC(2026, 10, 22, 8) / 1000);

const wireJob = (overrides: object = {}): AdverityJob =>
  AdverityJob.parse({
    id: 4711,
    scheduled: '2026-11-22T07:59:50Z',
    job_start: '2026-11-22T08:00:00Z',
    job_end: '2026-11-22T08:01:32Z',
    progress: 1,
    duration: '92s',
    state: 2,
    state_label: 'Success',
    datastream: { id: 12, name: 'Google Ads', app_label: 'googleads', stack: { id: 3, name: 'Marketing' } },
    ...overrides,
  });

const SEEN = {
  id: '4711',
  job: { key: '12', id: '12', name: 'Google Ads', kind: 'googleads', workspace: 'Marketing', url: null },
  vendorState: 'Success',
  stateKnown: true,
  createdAt: unixSeconds(START - 10),
  startedAt: START,
  rows: null,
  exitCode: null,
  updatedAt: null,
  unreadable: [],
};
const FINISHED = {
  ...SEEN,
  result: 'success',
  endedAt: unixSeconds(START + 92),
  isEndDerived: false,
  duration: seconds(92),
  acknowledged: false,
  warning: null,
};
const LIVE = { ...SEEN, vendorState: 'Running', state: 'executing', agedTo: null, progress: 0.5, health: null };

describe('a job that has ended', () => {
  it.each([
    ['Success', 'success'],
    ['Failed', 'failure'],
    ['Cancelled', 'cancellation'],
    ['Discarded', 'skip'],
    ['Stale', 'error'],
  ])('as %s has finished with %s', (label, result) => {
    expect(toRun(wireJob({ state_label: label }), {})).toEqual({ ...FINISHED, vendorState: label, result });
  });

  it('in a state nobody listed has finished with unknown', () => {
    expect(toRun(wireJob({ state_label: 'Expired' }), {})).toEqual({
      ...FINISHED,
      vendorState: 'Expired',
      stateKnown: false,
      result: 'unknown',
    });
  });

  it('takes the meaning of its state from state_map first', () => {
    expect(toRun(wireJob({ state_label: 'Expired' }), { Expired: 'timeout' })).toEqual({
      ...FINISHED,
      vendorState: 'Expired',
      result: 'timeout',
    });
  });

  it.each([undefined, null, ''])('without having started (job_start and job_end %j) has no times', (absent) => {
    expect(toRun(wireJob({ state_label: 'Discarded', job_start: absent, job_end: absent }), {})).toEqual({
      ...FINISHED,
      vendorState: 'Discarded',
      result: 'skip',
      startedAt: null,
      endedAt: null,
      duration: null,
    });
  });

  it('before it started has no duration', () => {
    expect(toRun(wireJob({ job_end: '2026-11-22T07:00:00Z' }), {})).toEqual({
      ...FINISHED,
      endedAt: unixSeconds(START - 3600),
      duration: null,
    });
  });
});

describe('a live job', () => {
  it.each([
    ['Scheduled', 'pending'],
    ['Running', 'executing'],
  ])('that is %s is %s', (label, state) => {
    const run = toRun(wireJob({ state_label: label, job_end: null, progress: 0.5 }), {});

    expect(run).toEqual({ ...LIVE, vendorState: label, state });
  });

  it.each([null, ''])('in a state nobody listed (job_end %j) is unknown', (end) => {
    const run = toRun(wireJob({ state_label: 'Queued', job_end: end, progress: 0.5 }), {});

    expect(run).toEqual({ ...LIVE, vendorState: 'Queued', stateKnown: false, state: 'unknown' });
  });

  it.each([
    [0, 0],
    [0.0066, 0.0066],
    [1, 1],
    [42, 0.42],
    [100, 1],
    [101, null],
    [-1, null],
    [null, null],
    [undefined, null],
  ])('shows progress %j as %j', (progress, ratio) => {
    const run = toRun(wireJob({ state_label: 'Running', job_end: null, progress }), {});

    expect(run).toEqual({ ...LIVE, progress: ratio });
  });
});

it.each([undefined, null])('a job is read with every optional field %s', (absent) => {
  const bare = { id: 1, state_label: 'Success', scheduled: absent, job_start: absent, job_end: absent };

  const withBareDatastream = AdverityJob.parse({
    ...bare,
    progress: absent,
    datastream: { id: 12, name: absent, app_label: absent, stack: absent },
  });

  expect(toRun(withBareDatastream, {})).toEqual({
    ...FINISHED,
    id: '1',
    job: {
      key: '12',
      id: '12',
      name: '12',
      kind: 'datastream',
      workspace: '',
      url: null,
      unsaid: ['name', 'kind', 'workspace'],
    },
    createdAt: null,
    startedAt: null,
    endedAt: null,
    duration: null,
  });
});

it('a workspace without a name is an empty label', () => {
  const wire = wireJob({ datastream: { id: 12, name: '', app_label: '', stack: { id: 3, name: null } } });

  expect(toRun(wire, {}).job).toEqual({
    key: '12',
    id: '12',
    name: '12',
    kind: 'datastream',
    workspace: '',
    url: null,
    unsaid: ['name', 'kind', 'workspace'],
  });
});

it('an optional field of another type or form costs the job nothing but itself', () => {
  const wire = wireJob({
    scheduled: '22/11/2026 07:59',
    job_start: 1_795_334_400,
    job_end: 'soon',
    progress: 'half',
    datastream: { id: 12, name: 7, app_label: ['googleads'], stack: 'Marketing' },
  });

  expect(toRun(wire, {})).toMatchObject({
    ...FINISHED,
    job: expect.anything(),
    createdAt: null,
    startedAt: null,
    endedAt: null,
    duration: null,
    unreadable: expect.anything(),
  });
  expect(toRun(wire, {}).unreadable).toEqual([
    { field: 'datastream.name', problem: 'expected text, got a number' },
    { field: 'datastream.app_label', problem: 'expected text, got a list' },
    { field: 'scheduled', problem: 'expected an ISO 8601 time, got text like 99/99/9999 99:99' },
    { field: 'job_start', problem: 'expected an ISO 8601 time, got a number' },
    { field: 'job_end', problem: 'expected an ISO 8601 time, got text like aaaa' },
    { field: 'progress', problem: 'expected a number, got text like aaaa' },
  ]);
});

it('an id of a job or of a datastream may be text as well as a number', () => {
  const run = toRun(wireJob({ id: '4711', datastream: { id: '12' } }), {});

  expect([run.id, run.job.key]).toEqual(['4711', '12']);
});

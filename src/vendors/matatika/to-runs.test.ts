import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createToRun } from '../frame/build-run.ts';
import { createFieldReader } from '../frame/read-fields.ts';
import { unixSeconds } from '../../model/time.ts';
import type { Meaning, Run } from '../../model/run.ts';
import { cases } from './fixtures/cases.ts';
import { MatatikaJob } from './schema.ts';
import { type MatatikaScope, MEANING_BY_STATUS, toRunParts } from './to-runs.ts';

/** As records of a list are read, long after all times of these tests. */
function toRun(wire: MatatikaJob, scope: MatatikaScope, stateMap: Readonly<Record<string, Meaning>>): Run {
  const fields = createFieldReader(unixSeconds(Date.UTC(2027, 0, 1) / 1000));
  return createToRun({ table: MEANING_BY_STATUS, stateMap }, (one: MatatikaJob, reader) =>
    toRunParts(one, reader, scope),
  )(wire, fields);
}

const workspace: MatatikaScope = { key: 'workspace:w1', kind: 'workspace', id: 'w1', workspace: 'analytics' };
const pipeline: MatatikaScope = { key: 'pipeline:p1', kind: 'pipeline', id: 'p1', workspace: '' };

function wireJob(overrides: Partial<MatatikaJob> = {}): MatatikaJob {
  return {
    id: 'r1',
    type: 'PIPELINE_RUN',
    status: 'COMPLETE',
    created: '2026-11-22T10:00:00.5',
    startTime: '2026-11-22T10:00:10.25',
    endTime: '2026-11-22T10:01:10.75',
    exitCode: 0,
    _embedded: { pipeline: { id: 'p1', name: 'Orders' } },
    ...overrides,
  };
}

it('leaves the workspace of a pipeline unsaid where the configuration names none, so that it takes no label away', () => {
  const silent = toRun(wireJob(), pipeline, {});
  const named = toRun(wireJob(), { ...pipeline, workspace: 'analytics' }, {});

  expect(silent.job).toMatchObject({ workspace: '', unsaid: ['workspace'] });
  expect(named.job.workspace).toBe('analytics');
  expect(named.job.unsaid).toBeUndefined();
});

const at = (text: string): number => Date.parse(text) / 1000;

describe('statuses', () => {
  it.each([
    ['QUEUED', 'pending'],
    ['RUNNING', 'executing'],
  ])('takes %s for a live run', (status, state) => {
    const run = toRun(wireJob({ status, endTime: null, exitCode: null }), workspace, {});

    expect(run).toEqual({
      id: 'r1',
      job: {
        key: 'pipeline:p1:PIPELINE_RUN',
        id: 'p1',
        name: 'Orders',
        kind: 'PIPELINE_RUN',
        workspace: 'analytics',
        url: null,
      },
      vendorState: status,
      stateKnown: true,
      createdAt: at('2026-11-22T10:00:00.5Z'),
      startedAt: at('2026-11-22T10:00:10.25Z'),
      rows: null,
      exitCode: null,
      updatedAt: null,
      unreadable: [],
      state,
      agedTo: null,
      progress: null,
      health: null,
    });
  });

  it.each([
    ['COMPLETE', 0, 'success'],
    ['ERROR', 137, 'failure'],
    ['STOPPED', 143, 'cancellation'],
  ])('takes %s with exit code %d for %s', (status, exitCode, result) => {
    const run = toRun(wireJob({ status, exitCode }), workspace, {});

    expect(run).toMatchObject({
      vendorState: status,
      stateKnown: true,
      result,
      endedAt: at('2026-11-22T10:01:10.75Z'),
      duration: 60.5,
      exitCode,
      acknowledged: false,
      warning: null,
    });
  });

  it('takes a status that nobody listed for finished only if the job has ended', () => {
    const ended = toRun(wireJob({ status: 'EXPIRED' }), workspace, {});
    const live = toRun(wireJob({ status: 'EXPIRED', endTime: null }), workspace, {});

    expect(ended).toMatchObject({ stateKnown: false, result: 'unknown', duration: 60.5 });
    expect(live).toMatchObject({ stateKnown: false, state: 'unknown' });
  });

  it("lets the target's state_map have the first word", () => {
    const stateMap = { EXPIRED: 'timeout', STOPPED: 'timeout' } as const;

    const unlisted = toRun(wireJob({ status: 'EXPIRED', endTime: null }), workspace, stateMap);
    const listed = toRun(wireJob({ status: 'STOPPED' }), workspace, stateMap);

    expect(unlisted).toMatchObject({ stateKnown: true, result: 'timeout', endedAt: null, duration: null });
    expect(listed).toMatchObject({ stateKnown: true, result: 'timeout', duration: 60.5 });
  });

  it('shows a job that is tried again under its id as live, whatever end it had', () => {
    const run = toRun(wireJob({ status: 'QUEUED' }), workspace, {});

    expect(run).toMatchObject({ state: 'pending' });
    expect(run).not.toHaveProperty('result');
  });
});

describe('jobs', () => {
  it('tells the types of work on one pipeline apart', () => {
    const run = toRun(wireJob({ type: 'PIPELINE_VERIFY' }), workspace, {});

    expect(run.job).toMatchObject({ key: 'pipeline:p1:PIPELINE_VERIFY', name: 'Orders', kind: 'PIPELINE_VERIFY' });
  });

  it('names what belongs to no pipeline by its type, any type', () => {
    const run = toRun(wireJob({ type: 'WORKSPACE_DEPLOY', _embedded: {} }), workspace, {});

    expect(run.job).toEqual({
      key: 'workspace:w1:WORKSPACE_DEPLOY',
      id: null,
      name: 'WORKSPACE_DEPLOY',
      kind: 'WORKSPACE_DEPLOY',
      workspace: 'analytics',
      url: null,
    });
  });

  it("knows whose jobs a pipeline's list holds even where they do not say so", () => {
    const run = toRun(wireJob({ _embedded: null }), pipeline, {});

    expect(run.job).toMatchObject({ key: 'pipeline:p1:PIPELINE_RUN', id: 'p1', name: 'PIPELINE_RUN', workspace: '' });
  });

  it.each([
    [{ label: 'Orders (daily)', name: 'orders' }, 'Orders (daily)'],
    [{ label: 'Orders (daily)' }, 'Orders (daily)'],
    [{ label: '', name: 'orders' }, 'orders'],
    [{ label: null, name: 'orders' }, 'orders'],
    [{ label: 7, name: 'orders' }, 'orders'],
  ])('names a pipeline of %j by its label, else its name', (said, name) => {
    const run = toRun(wireJob({ _embedded: { pipeline: { id: 'p1', ...said } } }), workspace, {});

    expect(run.job).toMatchObject({ key: 'pipeline:p1:PIPELINE_RUN', id: 'p1', name });
    expect(run.job.unsaid).toBeUndefined();
  });

  it('lets the type stand in for the name of a pipeline that says none', () => {
    const run = toRun(wireJob({ _embedded: { pipeline: { id: 'p1', name: '' } } }), workspace, {});

    expect(run.job).toMatchObject({ key: 'pipeline:p1:PIPELINE_RUN', id: 'p1', name: 'PIPELINE_RUN' });
    expect(run.job.unsaid).toEqual(['name']);
  });
});

describe('what is not said', () => {
  it.each(['left out', 'null'])('is null, never a guess, when %s', (how) => {
    const absent = Object.fromEntries(
      ['created', 'startTime', 'endTime', 'exitCode', '_embedded'].map((field) => [field, null]),
    );
    const wire = MatatikaJob.parse({ id: 'r1', type: 'X', status: 'ERROR', ...(how === 'null' && absent) });

    expect(toRun(wire, workspace, {})).toEqual({
      id: 'r1',
      job: { key: 'workspace:w1:X', id: null, name: 'X', kind: 'X', workspace: 'analytics', url: null },
      vendorState: 'ERROR',
      stateKnown: true,
      createdAt: null,
      startedAt: null,
      rows: null,
      exitCode: null,
      updatedAt: null,
      unreadable: [],
      isEndDerived: false,
      result: 'failure',
      endedAt: null,
      duration: null,
      acknowledged: false,
      warning: null,
    });
  });

  it('costs a run nothing else, where a field is of another type or form', () => {
    const run = toRun(wireJob({ created: 5, startTime: 'yesterday', exitCode: 'none' }), workspace, {});

    expect(run).toMatchObject({
      result: 'success',
      createdAt: null,
      startedAt: null,
      endedAt: at('2026-11-22T10:01:10.75Z'),
      duration: null,
      exitCode: null,
    });
    expect(run.unreadable).toEqual([
      { field: 'created', problem: 'expected an ISO 8601 time, got a number' },
      { field: 'startTime', problem: 'expected an ISO 8601 time, got text like aaaaaaaaa' },
      { field: 'exitCode', problem: 'expected a number, got text like aaaa' },
    ]);
  });

  it('leaves a duration out that would be negative', () => {
    const backwards = toRun(wireJob({ endTime: '2026-11-22T10:00:09' }), workspace, {});

    expect(backwards).toMatchObject({ endedAt: at('2026-11-22T10:00:09Z'), duration: null });
  });
});

describe("the vendor's own samples", () => {
  it.each([
    ['job-2024-10.json', '2024-10-24T15:10:06.223303Z', 32.681],
    ['job-2024-04.json', '2024-04-10T14:16:10.930440Z', 84.4],
  ])('%s is one successful run', (file, createdAt, duration) => {
    const sample = cases.samples.find((candidate) => candidate.file === file);
    const body: unknown = JSON.parse(readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8'));

    const { runs, rejected } = sample!.read!(body);

    expect(rejected).toEqual([]);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ result: 'success', exitCode: 0, job: { kind: 'PIPELINE_RUN' } });
    expect(runs[0]!.createdAt).toBeCloseTo(at(createdAt.replace(/\d{3}Z$/, 'Z')), 2);
    expect(runs[0]).toHaveProperty('duration', expect.closeTo(duration, 3));
    expect(JSON.stringify(runs)).not.toContain('@');
  });
});

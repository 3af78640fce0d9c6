import { describe, expect, it } from 'vitest';
import { aJob, at } from '../../../test/support/builders.ts';
import { seconds } from '../../model/time.ts';
import { buildRun, type RunParts, type RunReading } from './build-run.ts';

/** The run of a record that says nothing but what the test names. */
function build({
  stateMap = {},
  fields = { unreadable: () => [] },
  ...parts
}: Partial<RunParts> & Partial<Omit<RunReading, 'table'>> & Pick<RunParts, 'vendorState' | 'end'>) {
  const table = { RUNNING: 'executing', DONE: 'success' } as const;
  return buildRun({ id: 'r1', job: aJob(), startedAt: at(0), ...parts }, { table, stateMap, fields });
}

it('carries over what the record says', () => {
  const unreadable = [{ field: 'exitCode', problem: 'expected a number, got a list' }];

  const run = build({
    vendorState: 'DONE',
    createdAt: at(-5),
    updatedAt: at(70),
    end: { at: at(60) },
    exitCode: 3,
    acknowledged: true,
    fields: { unreadable: () => unreadable },
  });

  expect(run).toEqual({
    id: 'r1',
    job: aJob(),
    vendorState: 'DONE',
    stateKnown: true,
    createdAt: at(-5),
    startedAt: at(0),
    updatedAt: at(70),
    rows: null,
    exitCode: 3,
    unreadable,
    result: 'success',
    endedAt: at(60),
    isEndDerived: false,
    duration: seconds(60),
    acknowledged: true,
    warning: null,
  });
});

describe('where the vendor names the end', () => {
  it('a run in a state nobody listed has finished if it has one', () => {
    expect(build({ vendorState: 'ODD', end: { at: at(60) } })).toMatchObject({
      stateKnown: false,
      result: 'unknown',
      endedAt: at(60),
    });
    expect(build({ vendorState: 'ODD', end: { at: null } })).toMatchObject({
      stateKnown: false,
      state: 'unknown',
      agedTo: null,
    });
  });

  it('a live run is live, whatever end it has', () => {
    const run = build({ vendorState: 'RUNNING', end: { at: at(60) }, progress: 0.5, health: 'error' });

    expect(run).toMatchObject({ state: 'executing', agedTo: null, progress: 0.5, health: 'error' });
    expect(run).not.toHaveProperty('result');
  });

  it.each([
    ['no start', { startedAt: null, end: { at: at(60) } }],
    ['no end', { end: { at: null } }],
    ['an end before the start', { end: { at: at(-1) } }],
    ['no natural end', { end: { at: at(60) }, isEndless: true }],
  ])('a finished run has no duration with %s', (_what, parts) => {
    expect(build({ vendorState: 'DONE', ...parts })).toMatchObject({ result: 'success', duration: null });
  });
});

describe('where the vendor names the duration', () => {
  it('the end is start + duration, and said to be derived', () => {
    expect(build({ vendorState: 'DONE', end: { duration: seconds(60) } })).toMatchObject({
      endedAt: at(60),
      isEndDerived: true,
      duration: seconds(60),
    });
  });

  it.each([
    ['no start', { startedAt: null, end: { duration: seconds(60) } }, seconds(60)],
    ['no duration', { end: { duration: null } }, null],
  ])('a finished run has no end with %s, and nothing is derived', (_what, parts, duration) => {
    expect(build({ vendorState: 'DONE', ...parts })).toMatchObject({ endedAt: null, isEndDerived: false, duration });
  });

  it('a run in a state nobody listed may be live and tell its age', () => {
    expect(build({ vendorState: 'ODD', end: { duration: seconds(60) } })).toMatchObject({
      state: 'unknown',
      stateKnown: false,
      agedTo: at(60),
    });
  });

  it('a run in a state that is known to be live tells no age', () => {
    expect(build({ vendorState: 'RUNNING', end: { duration: seconds(60) } })).toMatchObject({
      state: 'executing',
      agedTo: null,
    });
  });
});

it('takes the meaning of a state from state_map first', () => {
  const run = build({ vendorState: 'ODD', stateMap: { ODD: 'timeout' }, end: { duration: seconds(60) } });

  expect(run).toMatchObject({ stateKnown: true, result: 'timeout', endedAt: at(60) });
});

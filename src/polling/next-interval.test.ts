import { assert, constant, double, integer, option, property, record as anyRecord } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aRunRecord, aTarget } from '../../test/support/builders.ts';
import type { LifeInMemory, RunInMemory, JobRecord } from '../ledger/records.ts';
import { emptyState, type TargetState } from '../ledger/target-state.ts';
import { seconds, type UnixSeconds, unixSeconds } from '../model/time.ts';
import { nextInterval, timeUntilDue } from './next-interval.ts';

const NOW = unixSeconds(1_795_000_000);
const POLL = seconds(60);
const IDLE = seconds(600);

function jobThatBegan(begins: readonly number[], overrides: Partial<JobRecord> = {}): JobRecord {
  return {
    key: 'nightly',
    id: 'nightly',
    name: 'nightly',
    kind: 'model',
    workspace: 'prod',
    url: null,
    shownName: 'nightly',
    namedAt: null,
    firstSeenAt: unixSeconds(0),
    historyUntil: null,
    standing: 'shown',
    lastActiveAt: null,
    longestInterval: null,
    recent: begins.map((begin, index) => ({
      id: `r${index}`,
      result: 'success',
      startedAt: unixSeconds(begin),
      endedAt: unixSeconds(begin + 5),
      duration: seconds(5),
      exitCode: null,
      rows: null,
      acknowledged: false,
    })),
    olderSuccessAt: null,
    olderFailureAt: null,
    ...overrides,
  };
}

function stateOf(...jobs: readonly JobRecord[]): TargetState {
  return { ...emptyState(), jobs: new Map(jobs.map((job) => [job.key, job])) };
}

function withLive(state: TargetState, phase: LifeInMemory['phase'] = 'live'): TargetState {
  const run = aRunRecord({ id: 'live', phase, startedAt: NOW }) as RunInMemory;
  return { ...state, live: new Map([[run.id, run]]) };
}

function interval(
  state: TargetState,
  now: UnixSeconds = NOW,
  idlePollInterval = IDLE,
  everyExpected: readonly number[] = [],
) {
  const expectations = everyExpected.map((every) => ({
    job: '*',
    workspace: '*',
    every: seconds(every),
    grace: seconds(0),
  }));
  return nextInterval(state, aTarget({ pollInterval: POLL, idlePollInterval, expect: expectations }), now);
}

describe('the time from one poll to the next', () => {
  it('is slow while nothing is known to come', () => {
    expect(interval(stateOf())).toBe(IDLE);
  });

  it('is never slow where no slower one is configured', () => {
    expect(interval(stateOf(), NOW, POLL)).toBe(POLL);
  });

  it('is quick while a run is live', () => {
    expect(interval(withLive(stateOf()))).toBe(POLL);
  });

  it.each(['gone', 'hidden'] as const)('does not wait for a run that is %s', (left) => {
    expect(interval(withLive(stateOf(), left))).toBe(IDLE);
  });

  it('is quick while a detail is pending', () => {
    const pending = { run: 'r1', detail: 'steps', counts: true, since: NOW, attempts: 0, dueAt: NOW } as const;

    expect(interval({ ...stateOf(), pendingDetails: new Map([['steps r1', pending]]) })).toBe(POLL);
  });

  it('wakes when the next run is due by the rhythm of the newest ones', () => {
    const hourly = jobThatBegan([NOW - 3300, NOW - 6900, NOW - 10_500]);

    expect(interval(stateOf(hourly))).toBe(300);
  });

  it('goes by what is expected where that is sooner', () => {
    const hourly = jobThatBegan([NOW - 1600, NOW - 5200]);

    expect(interval(stateOf(hourly), NOW, IDLE, [1800])).toBe(200);
  });

  it('stays quick while a job is late, until it is as late again', () => {
    const hourly = stateOf(jobThatBegan([NOW, NOW - 3600]));

    expect(interval(hourly, unixSeconds(NOW + 3600))).toBe(POLL);
    expect(interval(hourly, unixSeconds(NOW + 7199))).toBe(POLL);
    expect(interval(hourly, unixSeconds(NOW + 7200))).toBe(IDLE);
  });

  it.each(['excluded', 'expired'] as const)('does not wait for a job that is %s', (standing) => {
    const hourly = jobThatBegan([NOW - 3600, NOW - 7200], { standing });

    expect(interval(stateOf(hourly))).toBe(IDLE);
  });

  it('lies within its bounds, and never sleeps beyond the moment a job is due', () => {
    const jobs = anyRecord({
      newest: integer({ min: 0, max: 200_000 }),
      gaps: option(integer({ min: 1, max: 100_000 }), { nil: null }),
      slower: double({ min: 1, max: 100, noNaN: true }),
      standing: constant('shown' as const),
    });

    assert(
      property(jobs, ({ newest, gaps, slower, standing }) => {
        const begins = [NOW - newest, ...(gaps === null ? [] : [NOW - newest - gaps])];
        const job = jobThatBegan(begins, { standing });
        const idle = seconds(POLL * slower);
        const due = timeUntilDue(job, null, NOW);

        const chosen = interval(stateOf(job), NOW, idle);

        expect(chosen).toBeGreaterThanOrEqual(POLL);
        expect(chosen).toBeLessThanOrEqual(idle);
        expect(chosen).toBeLessThanOrEqual(Math.max(POLL, due ?? Number.POSITIVE_INFINITY));
      }),
    );
  });
});

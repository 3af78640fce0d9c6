import type { Expectation, TargetConfig } from '../config/config.ts';
import type { TargetPolicy } from '../ledger/policy.ts';
import type { JobRecord } from '../ledger/records.ts';
import { compileGlob } from '../model/glob.ts';
import { type Seconds, seconds } from '../model/time.ts';
import type { Capabilities } from '../vendors/vendor.ts';

/** Lines that a job has on `/metrics` before any of its rarer series begin. */
function seriesPerJob(capabilities: Capabilities, bounds: readonly number[]): number {
  const histogram = bounds.length + 3;
  const counters = capabilities.results.length + histogram * (capabilities.queueTimes ? 2 : 1);
  const lastRun = capabilities.results.length + 10;
  return counters + capabilities.states.length + lastRun;
}

/** The policy of a target, of its configuration and its vendor's capabilities. */
export function toPolicy(config: TargetConfig, capabilities: Capabilities, bounds: readonly number[]): TargetPolicy {
  const include = config.jobs.include.map(compileGlob);
  const exclude = config.jobs.exclude.map(compileGlob);
  const expectations = config.expect.map(compileExpectation);
  return {
    capabilities,
    includes: (name) => include.some((matches) => matches(name)) && !exclude.some((matches) => matches(name)),
    expects: (name, workspace) => expectations.some((matches) => matches({ name, workspace })),
    maxJobs: Math.min(config.maxJobs, Math.floor(config.maxSeries / seriesPerJob(capabilities, bounds))),
    jobRetention: config.jobRetention,
    lostRunRetention: config.lostRunRetention,
    // Only a time longer than any interval is an outage.
    pollInterval: config.idlePollInterval,
  };
}

type Named = Pick<JobRecord, 'name' | 'workspace'>;

function compileExpectation({ job, workspace }: Expectation): (candidate: Named) => boolean {
  const matchesName = compileGlob(job);
  const matchesWorkspace = compileGlob(workspace);
  return ({ name, workspace: at }) => matchesName(name) && matchesWorkspace(at);
}

/** The first expectation that names a job; null: none does. */
export function expectationOf(expect: readonly Expectation[], job: Named): Expectation | null {
  return expect.find((candidate) => compileExpectation(candidate)(job)) ?? null;
}

/** Longest time between two successes that is expected of a job, by the first pattern that names it; null: none does. */
export function expectedInterval(expect: readonly Expectation[], job: Named): Seconds | null {
  const expectation = expectationOf(expect, job);
  return expectation === null ? null : seconds(expectation.every + expectation.grace);
}

/** True if a known job matches, by pattern: `nightly-*`, or `WORKSPACE/nightly-*` where the expectation names a workspace. */
export function matchExpectations(
  expect: readonly Expectation[],
  jobs: readonly Named[],
): ReadonlyMap<string, boolean> {
  return new Map(
    expect.map((expectation) => {
      const { job, workspace } = expectation;
      return [workspace === '*' ? job : `${workspace}/${job}`, jobs.some(compileExpectation(expectation))];
    }),
  );
}

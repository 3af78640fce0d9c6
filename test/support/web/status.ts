import { seconds, unixSeconds } from '../../../src/model/time.ts';
import type { RunStatus, StatusSource, TargetStatus } from '../../../src/engine/status.ts';

/** A target that is up, unless said otherwise. */
export function targetStatus(fields: Partial<TargetStatus> = {}): TargetStatus {
  return {
    name: 'acme-snowplow',
    vendor: 'snowplow',
    up: true,
    lastSuccessAt: unixSeconds(1_795_000_000),
    outcome: 'ok',
    problem: null,
    scopes: 1,
    scopesFailed: 0,
    jobs: 3,
    activeRuns: 1,
    pollInterval: seconds(60),
    recordsRejected: 0,
    unreadableFields: [],
    unknownStates: [],
    historyTruncated: false,
    historyGap: seconds(0),
    expectationsUnmatched: [],
    ...fields,
  };
}

/** A run that succeeded, unless said otherwise. */
export function runStatus(fields: Partial<RunStatus> = {}): RunStatus {
  return {
    target: 'acme-snowplow',
    vendor: 'snowplow',
    workspace: 'production',
    jobName: 'nightly',
    jobKind: 'data_model',
    runId: 'run-1',
    url: null,
    vendorState: 'SUCCEEDED',
    outcome: { result: 'success' },
    startedAt: unixSeconds(1_794_999_000),
    endedAt: unixSeconds(1_794_999_137),
    duration: seconds(137),
    ...fields,
  };
}

/** A source that is ready and has what it is given. */
export function statusSource(fields: Partial<StatusSource> = {}): StatusSource {
  return {
    readiness: () => ({ ready: true }),
    reloadRefused: () => false,
    targets: () => [],
    standby: () => [],
    runs: () => [],
    failing: () => [],
    ...fields,
  };
}

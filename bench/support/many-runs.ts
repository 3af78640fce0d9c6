import { createHash } from 'node:crypto';
import type { FinishedRun } from '../../src/model/run.ts';
import { seconds, type UnixSeconds, unixSeconds } from '../../src/model/time.ts';

/** Jobs that runs of the benches spread over. */
const JOBS = 200;

/** A finished run of one of 200 jobs; those of higher numbers ended later, so many a second. Ids are in no order. */
export function createRun(index: number, since: UnixSeconds, runsPerSecond: number): FinishedRun {
  const start = since + index / runsPerSecond;
  const job = index % JOBS;
  const duration = 1 + (index % 7919);
  return {
    id: createHash('md5').update(String(index)).digest('hex'),
    job: {
      key: `job-${job}`,
      id: `job-${job}`,
      name: `model ${job}`,
      kind: 'data_model',
      workspace: 'com.acme-prod1',
      url: null,
    },
    vendorState: 'SUCCEEDED',
    stateKnown: true,
    createdAt: unixSeconds(start - 5),
    startedAt: unixSeconds(start),
    rows: null,
    exitCode: index % 3,
    updatedAt: null,
    unreadable: [],
    result: index % 20 === 0 ? 'failure' : 'success',
    endedAt: unixSeconds(start + duration),
    isEndDerived: false,
    duration: seconds(duration),
    acknowledged: false,
    warning: null,
  };
}

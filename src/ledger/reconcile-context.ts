import { isFinished, type Run } from '../model/run.ts';
import { latest, type UnixSeconds } from '../model/time.ts';
import type { Window } from '../vendors/vendor.ts';
import type { Draft } from './draft.ts';
import type { TargetPolicy } from './policy.ts';
import type { RunFacts, ScopeRecord } from './records.ts';
import { runOrder } from './roster.ts';
import type { AnswerTime } from './run-times.ts';

/** Facts about an answer that each of its runs is compared with. */
export interface ReconcileContext {
  /** The scope as it was before the answer. */
  readonly scope: ScopeRecord;
  readonly policy: TargetPolicy;
  readonly time: AnswerTime;
  /** Time in which nothing polled; runs that ended in it were caught up. null: polling went on as usual. */
  readonly outage: Window | null;
  /** Only a full sync finds what began before then; null where this is none. */
  readonly lateBefore: UnixSeconds | null;
}

/** The facts of a run that is seen for the first time. */
export function newFacts(draft: Draft, run: Run, { scope, time: { now } }: ReconcileContext): RunFacts {
  const begun = runOrder(run);
  const until = latest(scope.historyUntil, draft.job(run.job.key)?.historyUntil ?? null);
  const isOlder = scope.baselineAt === null || (begun !== null && until !== null && begun <= until);
  return {
    id: run.id,
    job: run.job.key,
    scope: scope.key,
    vendorState: run.vendorState,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    recordedAt: now,
    changedAt: now,
    rows: null,
    // A run that waits has no rows yet: all that come are news.
    rowsPredate: isOlder && (isFinished(run) || run.state !== 'pending'),
    steps: [],
    agedTo: null,
  };
}

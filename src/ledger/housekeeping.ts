/** What time alone changes: vanished runs are given up, unknown ones hidden, idle jobs retired. Pure. */
import { DAY, seconds, type UnixSeconds } from '../model/time.ts';
import { createDraft, type Draft, type Reconciled, reject } from './draft.ts';
import type { TargetPolicy } from './policy.ts';
import { type OwedRecord, owedKey, type RunRecord } from './records.ts';
import { admit, isOutdated } from './roster.ts';
import type { ReadonlyTargetState } from './target-state.ts';

/** How long a run in a state nobody listed stays on the gauges while it does not change. @see spec rule 9 */
const UNKNOWN_STATE_RETENTION = DAY;

/** Ids that no sweep lists any more are forgotten after `SWEEPS_KEPT` sweeps, and this long. @see spec rule 10 */
export const PRUNE_AFTER = seconds(14 * DAY);

/** Marks a live run that the vendor said it does not know. */
export function markGone(state: ReadonlyTargetState, run: RunRecord, now: UnixSeconds): Reconciled {
  const draft = createDraft(state);
  draft.putRun({ ...run, state: 'unknown', goneAt: now, changedAt: now });
  return draft.result();
}

/** Tells once that an answer for a run was not taken. */
export function rejectRecord(state: ReadonlyTargetState, reason: string, key: string): Reconciled {
  const draft = createDraft(state);
  reject(draft, reason, key);
  return draft.result();
}

/** Marks finished runs that the vendor's answers lack though they should hold them, so that they are not missed again. */
export function markMissing(state: ReadonlyTargetState, runs: Iterable<RunRecord>): Reconciled {
  const draft = createDraft(state);
  for (const run of runs) draft.putRun({ ...run, missing: true });
  return draft.result();
}

/** Forgets that answers were cut of scopes that are configured no more: nobody will ever read them whole. */
export function forgetCut(state: ReadonlyTargetState, configured: ReadonlySet<string>): Reconciled {
  const draft = createDraft(state);
  for (const scope of state.scopes.values()) {
    if (scope.truncated && !configured.has(scope.key)) draft.putScope({ ...scope, truncated: false });
  }
  return draft.result();
}

/** What has come due at `now`. The same again changes nothing. */
export function keepHouse(state: ReadonlyTargetState, policy: TargetPolicy, now: UnixSeconds): Reconciled {
  const draft = createDraft(state);
  for (const run of state.live.values()) ageRun(draft, run, policy, now);
  for (const job of state.jobs.values()) {
    const isIncluded = policy.includes(job.name);
    if (job.standing === 'excluded' ? isIncluded : !isIncluded && job.standing !== 'folded') {
      admit(draft, job, hasLiveRun(state, job.key), policy, now, 'shown');
    } else if (job.standing === 'shown' && isOutdated(job, policy, now) && !hasLiveRun(state, job.key)) {
      draft.putJob({ ...job, standing: 'retired' });
      draft.tell({ kind: 'retired', amount: 1 });
    }
  }
  for (const owed of state.owed.values()) dropUnreachable(draft, owed, policy, now);
  return draft.result();
}

function hasLiveRun(state: ReadonlyTargetState, job: string): boolean {
  return [...state.live.values()].some((run) => run.job === job);
}

function ageRun(draft: Draft, run: RunRecord, policy: TargetPolicy, now: UnixSeconds): void {
  if (run.goneAt !== null) {
    if (now - run.goneAt < policy.lostRunRetention) return;
    // A finished run that went live again and vanished was counted when it finished: it is not lost.
    if (run.phase === 'finished') draft.putRun({ ...run, state: null, goneAt: null });
    else {
      draft.putRun({ ...run, phase: 'lost', state: null });
      draft.tell({ kind: 'lost', amount: 1 });
    }
  } else if (run.state === 'unknown' && !run.hidden && now - run.changedAt >= UNKNOWN_STATE_RETENTION) {
    draft.putRun({ ...run, hidden: true });
  }
}

/** Gives up a detail of a run that is out of the vendor's reach. */
function dropUnreachable(draft: Draft, owed: OwedRecord, policy: TargetPolicy, now: UnixSeconds): void {
  if (now - owed.since < policy.capabilities.reach) return;
  draft.settle(owedKey(owed));
  if (owed.counts) draft.tell({ kind: 'detail_lost', label: owed.detail, amount: 1 });
}

/** Changes that come with time alone: runs that are gone are given up, unknown ones hidden, idle jobs expire. Pure. */
import { DAY, seconds, type UnixSeconds } from '../model/time.ts';
import { createDraft, type Draft, type Reconciled, reject } from './draft.ts';
import type { TargetPolicy } from './policy.ts';
import { detailKey, type RunInMemory, type PendingDetail, type RunRecord } from './records.ts';
import { admit, isOutdated } from './roster.ts';
import type { ReadonlyTargetState } from './target-state.ts';

/** Time for which a run in an unlisted state stays on the gauges while it does not change. @see spec rule 9 */
const UNKNOWN_STATE_RETENTION = DAY;

/** Ids that no full sync lists any more are forgotten after `FULL_SYNCS_KEPT` of them, and this long. @see spec rule 10 */
export const PRUNE_AFTER = seconds(14 * DAY);

/** Marks a live run that the vendor said it does not know. */
export function markGone(state: ReadonlyTargetState, run: RunInMemory, now: UnixSeconds): Reconciled {
  const draft = createDraft(state);
  draft.putRun({ ...run, changedAt: now, life: { phase: 'gone', goneAt: now, ending: run.life.ending } });
  return draft.result();
}

/** Reports once that an answer for a run was not taken. */
export function rejectRecord(state: ReadonlyTargetState, reason: string, key: string): Reconciled {
  const draft = createDraft(state);
  reject(draft, reason, key);
  return draft.result();
}

/** Marks finished runs that the vendor's answers lack though they should hold them, so that they are not missed again. */
export function markMissing(state: ReadonlyTargetState, runs: Iterable<RunRecord>): Reconciled {
  const draft = createDraft(state);
  for (const run of runs) {
    const { life } = run;
    if (life.phase === 'finished') draft.putRun({ ...run, life: { ...life, isMissing: true } });
  }
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

/** Changes what has come due at `now`. The same again changes nothing. */
export function keepHouse(state: ReadonlyTargetState, policy: TargetPolicy, now: UnixSeconds): Reconciled {
  const draft = createDraft(state);
  for (const run of state.live.values()) ageRun(draft, run, policy, now);
  for (const job of state.jobs.values()) {
    const isIncluded = policy.includes(job.name);
    if (job.standing === 'excluded' ? isIncluded : !isIncluded && job.standing !== 'overflow') {
      admit(draft, job, hasLiveRun(state, job.key), policy, now, 'shown');
    } else if (job.standing === 'shown' && isOutdated(job, policy, now) && !hasLiveRun(state, job.key)) {
      draft.putJob({ ...job, standing: 'expired' });
      draft.addFact({ kind: 'expired', amount: 1 });
    }
  }
  for (const pending of state.pendingDetails.values()) dropUnreachable(draft, pending, policy, now);
  return draft.result();
}

function hasLiveRun(state: ReadonlyTargetState, job: string): boolean {
  return [...state.live.values()].some((run) => run.job === job);
}

function ageRun(draft: Draft, run: RunInMemory, policy: TargetPolicy, now: UnixSeconds): void {
  const { life } = run;
  if (life.phase === 'gone') {
    if (now - life.goneAt < policy.lostRunRetention) return;
    const { ending } = life;
    // A run that was reopened and is gone was counted when it finished: it is not lost.
    if (ending !== null) draft.putRun({ ...run, life: { phase: 'finished', ending, isMissing: false } });
    else {
      draft.putRun({ ...run, life: { phase: 'lost', ending } });
      draft.addFact({ kind: 'lost', amount: 1 });
    }
  } else if (life.phase === 'live' && life.state === 'unknown' && now - run.changedAt >= UNKNOWN_STATE_RETENTION) {
    draft.putRun({ ...run, life: { phase: 'hidden', ending: life.ending } });
  }
}

/** Gives up a detail of a run that is out of the vendor's reach. */
function dropUnreachable(draft: Draft, pending: PendingDetail, policy: TargetPolicy, now: UnixSeconds): void {
  if (now - pending.since < policy.capabilities.reach) return;
  draft.settleDetail(detailKey(pending));
  if (pending.counts) draft.addFact({ kind: 'detail_lost', label: pending.detail, amount: 1 });
}

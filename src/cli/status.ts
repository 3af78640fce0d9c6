import { type JobRecord, type RecentRun, TARGET, type TotalRecord } from '../ledger/records.ts';
import type { ReadonlyTargetState } from '../ledger/target-state.ts';
import { toLabelValue } from '../metrics/label-value.ts';
import type { MetricKey } from '../metrics/totals.ts';
import type { Engine } from '../polling/engine.ts';
import type { RunningTarget } from '../polling/running-target.ts';
import { matchExpectations } from '../polling/target-policy.ts';
import type { Clock } from '../model/clock.ts';
import { FAILURES } from '../model/run.ts';
import { between, seconds } from '../model/time.ts';
import type { RunStatus, StatusSource, TargetStatus } from '../web/status.ts';

/** Runs that the pages for people show at most. */
const RUNS_SHOWN = 200;

/** What the pages for people show of a running engine. */
export function createStatusSource(engine: Engine, clock: Clock): StatusSource {
  const targets = (): readonly RunningTarget[] => [...engine.targets.values()];
  return {
    readiness: () => {
      const waiting = targets().filter(({ keeper }) => keeper.activity.current().lastPollDuration === null);
      if (waiting.length === 0) return { ready: true };
      const names = waiting.map(({ keeper }) => keeper.config().name).join(', ');
      return { ready: false, reason: `waiting for the first poll of ${names}` };
    },
    reloadRefused: engine.isReloadRefused,
    targets: () => targets().map(toTargetStatus),
    runs: () =>
      targets()
        .flatMap((target) => [...liveRuns(target, clock), ...finishedRuns(target)])
        .sort(newestFirst)
        .slice(0, RUNS_SHOWN),
    failing: () => targets().flatMap(failingRuns).sort(newestFirst),
  };
}

/** Orders live runs before finished ones. */
function newestFirst(a: RunStatus, b: RunStatus): number {
  return (b.endedAt ?? Infinity) - (a.endedAt ?? Infinity) || (b.startedAt ?? 0) - (a.startedAt ?? 0);
}

function toTargetStatus({ keeper, scopes, problem }: RunningTarget): TargetStatus {
  const { name, vendor, pollInterval } = keeper.config();
  const { up, lastSuccessAt, lastOutcome: outcome, scopesFailed } = keeper.activity.current();
  const jobs = [...keeper.state.jobs.values()].filter(({ standing }) => standing === 'shown').length;
  const activeRuns = [...keeper.state.live.values()].filter(({ hidden }) => !hidden).length;
  return {
    name,
    vendor,
    up,
    lastSuccessAt,
    outcome,
    problem: problem(),
    scopes,
    scopesFailed,
    jobs,
    activeRuns,
    pollInterval,
    recordsRejected: sum(targetTotals(keeper.state, 'rejectedRecords')),
    unreadableFields: targetTotals(keeper.state, 'unreadableFields').map(
      ({ labels: [, field = ''], value }) => `${field} (${countOf(value)})`,
    ),
    unknownStates: targetTotals(keeper.state, 'unknownStates').flatMap(({ labels: [, word] }) => word ?? []),
    historyTruncated: [...keeper.state.scopes.values()].some(({ truncated }) => truncated),
    historyGap: seconds(sum(targetTotals(keeper.state, 'historyGap'))),
    // Before the target was read whole, it is not known which jobs there are.
    expectationsUnmatched: lastSuccessAt === null ? [] : unmatchedExpectations(keeper),
  };
}

/** What was counted of the target as a whole, also what is still held back from `/metrics`. */
function targetTotals(state: ReadonlyTargetState, metric: MetricKey): readonly TotalRecord[] {
  return [...(state.totals.get(TARGET)?.values() ?? [])].filter((total) => total.metric === metric);
}

function sum(totals: readonly TotalRecord[]): number {
  return totals.reduce((total, { value }) => total + countOf(value), 0);
}

function countOf(value: TotalRecord['value']): number {
  return typeof value === 'number' ? value : value.count;
}

function unmatchedExpectations({ config, state }: RunningTarget['keeper']): readonly string[] {
  const matches = matchExpectations(config().expect, [...state.jobs.values()]);
  return [...matches].flatMap(([pattern, isMatched]) => (isMatched ? [] : pattern));
}

function liveRuns({ keeper }: RunningTarget, clock: Clock): readonly RunStatus[] {
  const { name: target, vendor } = keeper.config();
  return [...keeper.state.live.values()].flatMap((run): RunStatus[] => {
    const job = keeper.state.jobs.get(run.job);
    if (job === undefined || job.standing === 'excluded' || run.state === null || run.hidden) return [];
    const { url } = job;
    const { workspace, jobName, jobKind } = labelsOf(job);
    const { vendorState, startedAt, state } = run;
    const runId = keeper.shownRunId(run.id);
    const duration = startedAt === null ? null : between(startedAt, clock.now());
    const outcome = { state };
    return [
      {
        target,
        vendor,
        workspace,
        jobName,
        jobKind,
        runId,
        url,
        vendorState,
        outcome,
        startedAt,
        endedAt: null,
        duration,
      },
    ];
  });
}

function finishedRuns({ keeper }: RunningTarget): readonly RunStatus[] {
  const { name: target, vendor } = keeper.config();
  return [...keeper.state.jobs.values()].flatMap((job): RunStatus[] => {
    if (job.standing === 'excluded') return [];
    return job.recent.map((run) => toRunStatus({ target, vendor, runId: keeper.shownRunId(run.id) }, job, run));
  });
}

/** Of jobs that still run; a retired one is nobody's trouble any more. */
function failingRuns({ keeper }: RunningTarget): readonly RunStatus[] {
  const { name: target, vendor } = keeper.config();
  return [...keeper.state.jobs.values()].flatMap((job): readonly RunStatus[] => {
    const [newest] = job.recent;
    if (job.standing === 'excluded' || job.standing === 'retired') return [];
    if (newest === undefined || newest.acknowledged || !FAILURES.includes(newest.result)) return [];
    return [toRunStatus({ target, vendor, runId: keeper.shownRunId(newest.id) }, job, newest)];
  });
}

function toRunStatus(place: Pick<RunStatus, 'target' | 'vendor' | 'runId'>, job: JobRecord, run: RecentRun): RunStatus {
  const { url } = job;
  const { workspace, jobName, jobKind } = labelsOf(job);
  const { result, startedAt, endedAt, duration } = run;
  const shared = { ...place, workspace, jobName, jobKind, url, startedAt, endedAt, duration };
  return { ...shared, vendorState: result, outcome: { result } };
}

/** A job's names as its labels have them, so that one finds on a page what one reads there. */
function labelsOf({ workspace, shownName, kind }: JobRecord): Pick<RunStatus, 'workspace' | 'jobName' | 'jobKind'> {
  return { workspace: toLabelValue(workspace), jobName: toLabelValue(shownName), jobKind: toLabelValue(kind) };
}

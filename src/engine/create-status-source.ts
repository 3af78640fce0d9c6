import { type JobRecord, type RecentRun, stateOf, TARGET, type TotalRecord } from '../ledger/records.ts';
import type { ReadonlyTargetState } from '../ledger/target-state.ts';
import { toLabelValue } from '../metrics/label-value.ts';
import type { MetricKey } from '../metrics/catalogue.ts';
import type { Engine } from './engine.ts';
import type { Target } from '../targets/target.ts';
import type { RunningTarget } from './running-target.ts';
import { matchExpectations } from '../targets/target-policy.ts';
import type { Clock } from '../model/clock.ts';
import { FAILURES } from '../model/run.ts';
import { between, seconds } from '../model/time.ts';
import type { RunStatus, StatusSource, TargetStatus } from './status.ts';

/** Runs that the pages for people show at most. */
const RUNS_SHOWN = 200;

/** The status of a running engine, as the pages for people and the API show it. */
export function createStatusSource(engine: Engine, clock: Clock): StatusSource {
  const targets = (): readonly RunningTarget[] => [...engine.targets.values()];
  return {
    readiness: () => {
      const waiting = targets().filter(({ target }) => target.activity.current().lastPollDuration === null);
      if (waiting.length === 0) return { ready: true };
      const names = waiting.map(({ target }) => target.config().name).join(', ');
      return { ready: false, reason: `waiting for the first poll of ${names}` };
    },
    reloadRefused: engine.isReloadRefused,
    targets: () => targets().map(toTargetStatus),
    standby: () => [...engine.standby.values()].map(({ config }) => config.name),
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

function toTargetStatus({ target, scopes, problem }: RunningTarget): TargetStatus {
  const { name, vendor, pollInterval } = target.config();
  const { up, lastSuccessAt, lastOutcome: outcome, scopesFailed } = target.activity.current();
  const jobs = [...target.state.jobs.values()].filter(({ standing }) => standing === 'shown').length;
  const activeRuns = [...target.state.live.values()].filter(({ life }) => life.phase !== 'hidden').length;
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
    recordsRejected: sum(targetTotals(target.state, 'rejectedRecords')),
    unreadableFields: targetTotals(target.state, 'unreadableFields').map(
      ({ labels: [, field = ''], value }) => `${field} (${countOf(value)})`,
    ),
    unknownStates: targetTotals(target.state, 'unknownStates').flatMap(({ labels: [, word] }) => word ?? []),
    historyTruncated: [...target.state.scopes.values()].some(({ truncated }) => truncated),
    historyGap: seconds(sum(targetTotals(target.state, 'historyGap'))),
    // Before the target was read whole, it is not known which jobs there are.
    expectationsUnmatched: lastSuccessAt === null ? [] : unmatchedExpectations(target),
  };
}

/** The totals of the target as a whole, also those that are still held back from `/metrics`. */
function targetTotals(state: ReadonlyTargetState, metric: MetricKey): readonly TotalRecord[] {
  return [...(state.totals.get(TARGET)?.values() ?? [])].filter((total) => total.metric === metric);
}

function sum(totals: readonly TotalRecord[]): number {
  return totals.reduce((total, { value }) => total + countOf(value), 0);
}

function countOf(value: TotalRecord['value']): number {
  return typeof value === 'number' ? value : value.count;
}

function unmatchedExpectations({ config, state }: Target): readonly string[] {
  const matches = matchExpectations(config().expect, [...state.jobs.values()]);
  return [...matches].flatMap(([pattern, isMatched]) => (isMatched ? [] : pattern));
}

function liveRuns({ target }: RunningTarget, clock: Clock): readonly RunStatus[] {
  const { name, vendor } = target.config();
  return [...target.state.live.values()].flatMap((run): RunStatus[] => {
    const job = target.state.jobs.get(run.job);
    if (job === undefined || job.standing === 'excluded' || run.life.phase === 'hidden') return [];
    const { vendorState, startedAt } = run;
    const duration = startedAt === null ? null : between(startedAt, clock.now());
    const outcome = { state: stateOf(run) ?? 'unknown' };
    const place = { target: name, vendor, runId: target.shownRunId(run.id) };
    return [{ ...place, ...labelsOf(job), url: job.url, vendorState, outcome, startedAt, endedAt: null, duration }];
  });
}

function finishedRuns({ target }: RunningTarget): readonly RunStatus[] {
  const { name, vendor } = target.config();
  return [...target.state.jobs.values()].flatMap((job): RunStatus[] => {
    if (job.standing === 'excluded') return [];
    return job.recent.map((run) => toRunStatus({ target: name, vendor, runId: target.shownRunId(run.id) }, job, run));
  });
}

/** The newest runs that failed, of jobs that have not expired. */
function failingRuns({ target }: RunningTarget): readonly RunStatus[] {
  const { name, vendor } = target.config();
  return [...target.state.jobs.values()].flatMap((job): readonly RunStatus[] => {
    const [newest] = job.recent;
    if (job.standing === 'excluded' || job.standing === 'expired') return [];
    if (newest === undefined || newest.acknowledged || !FAILURES.includes(newest.result)) return [];
    return [toRunStatus({ target: name, vendor, runId: target.shownRunId(newest.id) }, job, newest)];
  });
}

function toRunStatus(place: Pick<RunStatus, 'target' | 'vendor' | 'runId'>, job: JobRecord, run: RecentRun): RunStatus {
  const { result, startedAt, endedAt, duration } = run;
  const outcome = { result };
  return { ...place, ...labelsOf(job), url: job.url, vendorState: result, outcome, startedAt, endedAt, duration };
}

/** A job's names as its labels have them, so that one finds on a page what one reads there. */
function labelsOf({ workspace, shownName, kind }: JobRecord): Pick<RunStatus, 'workspace' | 'jobName' | 'jobKind'> {
  return { workspace: toLabelValue(workspace), jobName: toLabelValue(shownName), jobKind: toLabelValue(kind) };
}

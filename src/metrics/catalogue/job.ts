import type { JobNews } from '../../ledger/facts.ts';
import { newestEnd } from '../../ledger/recent-runs.ts';
import { type JobRecord, OTHER, type RecentRun, type RunRecord } from '../../ledger/records.ts';
import { type Health, ROW_OUTCOMES, type State } from '../../model/run.ts';
import type { JobTraits, JobView } from '../job-view.ts';
import { toLabelValue } from '../label-value.ts';
import { beginningOf, oldestOf, shownState } from '../live-runs.ts';
import type { Sample } from '../samples.ts';
import { type Addition, createDefinitions, gauge, type LabelCap, single } from './definition.ts';

const { current, durable } = createDefinitions<JobView>('job');

const STEPS: LabelCap = { most: ({ maxSteps }) => maxSteps, other: '(other)' };

/** Metrics of each job. @see spec section 3 */
export const JOB_METRICS = {
  runsFinished: durable({
    name: 'datajobs_runs_finished_total',
    otelName: 'datajobs.runs.finished',
    unit: '{run}',
    kind: 'counter',
    labels: ['result'],
    help: 'Finished runs by result, each counted exactly once, also over restarts and outages.',
    fromStart: ({ results }) => results.map((result) => ['result', result]),
    adds: {
      finished: ({ run, result, endedAt }) => ({ labels: ['result', result], amount: 1, run: { id: run, endedAt } }),
    },
  }),
  runDuration: durable({
    name: 'datajobs_run_duration_seconds',
    otelName: 'datajobs.run.duration',
    unit: 's',
    kind: 'histogram',
    labels: ['result'],
    help: 'Time from start to end of finished runs. Runs without a natural end (streaming) have no sample.',
    fromStart: () => [['result', 'success']],
    adds: { finished: observeDuration, duration: observeDuration },
  }),
  runQueue: durable({
    name: 'datajobs_run_queue_seconds',
    otelName: 'datajobs.run.queue',
    unit: 's',
    kind: 'histogram',
    help: 'Time from creation (or scheduled time) to start of finished runs, where the vendor says both.',
    adds: { finished: ({ queue }) => (queue === null ? null : { labels: [], amount: queue }) },
  }),
  runExitCodes: durable({
    name: 'datajobs_run_exit_codes_total',
    otelName: 'datajobs.run.exit_codes',
    unit: '{run}',
    kind: 'counter',
    labels: ['exit_code'],
    help: 'Finished runs by exit code, at most 20 codes a job, then "other". A run without an exit code counts nowhere here.',
    cap: { most: () => 20, other: 'other' },
    adds: {
      finished: ({ exitCode }) => (exitCode === null ? null : { labels: ['exit_code', String(exitCode)], amount: 1 }),
    },
  }),
  runWarnings: durable({
    name: 'datajobs_run_warnings_total',
    otelName: 'datajobs.run.warnings',
    unit: '{run}',
    kind: 'counter',
    labels: ['code'],
    help: 'Finished runs with result "success" of which the vendor says that not all was well, by its code; "other" for a code that nobody listed.',
    adds: { finished: ({ warning }) => (warning === null ? null : { labels: ['code', warning], amount: 1 }) },
  }),
  rows: durable({
    name: 'datajobs_rows_total',
    otelName: 'datajobs.rows',
    unit: '{row}',
    kind: 'counter',
    labels: ['outcome'],
    help: 'Rows of runs by outcome, live runs included. A run adds only what exceeds the most it ever reported.',
    adds: { rows: ({ outcome, amount }) => ({ labels: ['outcome', outcome], amount }) },
  }),
  stepsFinished: durable({
    name: 'datajobs_steps_finished_total',
    otelName: 'datajobs.steps.finished',
    unit: '{step}',
    kind: 'counter',
    labels: ['step', 'result'],
    help: 'Finished steps of runs by step name and result, at most max_steps names a job, then "(other)".',
    cap: STEPS,
    adds: { step: (fact) => ({ labels: labelsOfStep(fact), amount: 1 }) },
  }),
  stepDuration: durable({
    name: 'datajobs_step_duration_seconds',
    otelName: 'datajobs.step.duration',
    unit: 's',
    kind: 'histogram',
    labels: ['step', 'result'],
    help: 'Duration of finished steps. Skipped steps have no sample.',
    cap: STEPS,
    adds: {
      step: (fact) =>
        fact.duration === null || fact.result === 'skip' ? null : { labels: labelsOfStep(fact), amount: fact.duration },
    },
  }),
  runsActive: current({
    name: 'datajobs_runs_active',
    otelName: 'datajobs.runs.active',
    unit: '{run}',
    kind: 'gauge',
    labels: ['state'],
    help: 'Live runs by state, as of the last good poll; "unknown" holds runs that vanished or whose state nobody listed.',
    read: ({ live, traits }) => traits.states.map((state) => gauge(inState(live, state).length, ['state', state])),
  }),
  activeRunOldestStart: current({
    name: 'datajobs_active_run_oldest_start_timestamp_seconds',
    otelName: 'datajobs.active_run.oldest_start.timestamp',
    unit: 's',
    kind: 'gauge',
    labels: ['state'],
    help: 'Start (while pending: creation) of the oldest live run in the state, as of the last good poll.',
    read: ({ live, traits }) =>
      traits.states.flatMap((state) => {
        const oldest = oldestOf(inState(live, state));
        const begun = oldest === null ? null : beginningOf(oldest);
        return begun === null ? [] : [gauge(begun, ['state', state])];
      }),
  }),
  activeRunProgress: current({
    name: 'datajobs_active_run_progress_ratio',
    otelName: 'datajobs.active_run.progress',
    unit: '1',
    kind: 'gauge',
    help: 'Progress of the oldest live run, 0 to 1, where the vendor says it.',
    read: ({ live, seen, traits }) => {
      if (!traits.progress) return [];
      const progressOf = ({ id }: RunRecord): number | null => seen.get(id)?.progress ?? null;
      const oldest = oldestOf(live.filter((run) => shownState(run) !== null && progressOf(run) !== null));
      return single(oldest === null ? null : progressOf(oldest));
    },
  }),
  runsUnhealthy: current({
    name: 'datajobs_runs_unhealthy',
    otelName: 'datajobs.runs.unhealthy',
    unit: '{run}',
    kind: 'gauge',
    help: 'Live runs that fail or stand still, as of the last good poll: the health that the vendor gives them is an error, or a warning that says so.',
    read: (view) => single(countByHealth(view, 'error')),
  }),
  runsWithWarnings: current({
    name: 'datajobs_runs_with_warnings',
    otelName: 'datajobs.runs.with_warnings',
    unit: '{run}',
    kind: 'gauge',
    help: 'Live runs that go on although the vendor gives them another warning, as of the last good poll.',
    read: (view) => single(countByHealth(view, 'warning')),
  }),
  lastRunResult: current({
    name: 'datajobs_last_run_result',
    otelName: 'datajobs.last_run.result',
    kind: 'gauge',
    labels: ['result'],
    help: '1 for the result of the newest finished run, 0 for the other results its vendor can produce.',
    read: ofLastRun(({ result }, { results }) =>
      (results.includes(result) ? results : [...results, result]).map((other) =>
        gauge(other === result, ['result', other]),
      ),
    ),
  }),
  lastRunAcknowledged: current({
    name: 'datajobs_last_run_acknowledged',
    otelName: 'datajobs.last_run.acknowledged',
    kind: 'gauge',
    help: '1 where a person marked the newest failure as handled, else 0.',
    read: ofLastRun(({ acknowledged }, traits) => single(traits.acknowledgement ? acknowledged : null)),
  }),
  lastRunWarning: current({
    name: 'datajobs_last_run_warning',
    otelName: 'datajobs.last_run.warning',
    kind: 'gauge',
    help: '1 where the newest finished run succeeded and the vendor says that not all was well, else 0.',
    read: ofLastRun(({ warning }, traits) => single(traits.health ? (warning ?? null) !== null : null)),
  }),
  lastRunStart: current({
    name: 'datajobs_last_run_start_timestamp_seconds',
    otelName: 'datajobs.last_run.start.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'Start of the newest finished run.',
    read: ofLastRun(({ startedAt }) => single(startedAt)),
  }),
  lastRunEnd: current({
    name: 'datajobs_last_run_end_timestamp_seconds',
    otelName: 'datajobs.last_run.end.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'End of the newest finished run; where the vendor gives none, when it was first seen finished after it was seen live, else the last time that the vendor names of it.',
    read: ofLastRun(({ endedAt }) => single(endedAt)),
  }),
  lastRunDuration: current({
    name: 'datajobs_last_run_duration_seconds',
    otelName: 'datajobs.last_run.duration',
    unit: 's',
    kind: 'gauge',
    help: 'Time from start to end of the newest finished run.',
    read: ofLastRun(({ duration }) => single(duration)),
  }),
  lastRunExitCode: current({
    name: 'datajobs_last_run_exit_code',
    otelName: 'datajobs.last_run.exit_code',
    kind: 'gauge',
    help: 'Exit code of the newest finished run.',
    read: ofLastRun(({ exitCode }) => single(exitCode)),
  }),
  lastRunRows: current({
    name: 'datajobs_last_run_rows',
    otelName: 'datajobs.last_run.rows',
    unit: '{row}',
    kind: 'gauge',
    labels: ['outcome'],
    help: 'Rows of the newest finished run by outcome.',
    read: ofLastRun(({ rows }) =>
      ROW_OUTCOMES.flatMap((outcome) => {
        const count = rows?.[outcome];
        return count === undefined ? [] : [gauge(count, ['outcome', outcome])];
      }),
    ),
  }),
  lastSuccess: current({
    name: 'datajobs_last_success_timestamp_seconds',
    otelName: 'datajobs.last_success.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'End of the newest run with result "success".',
    read: ofNamedJob(({ job }) => single(newestEnd(job, 'success'))),
  }),
  lastFailure: current({
    name: 'datajobs_last_failure_timestamp_seconds',
    otelName: 'datajobs.last_failure.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'End of the newest run with result "failure", "error" or "timeout".',
    read: ofNamedJob(({ job }) => single(newestEnd(job, 'failure'))),
  }),
  jobFirstSeen: current({
    name: 'datajobs_job_first_seen_timestamp_seconds',
    otelName: 'datajobs.job.first_seen.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'When the ledger first knew the job.',
    read: ofNamedJob(({ job }) => single(job.firstSeenAt)),
  }),
  jobInfo: current({
    name: 'datajobs_job_info',
    otelName: 'datajobs.job.info',
    kind: 'gauge',
    labels: ['job_id', 'url'],
    help: "Always 1; the vendor's id of the job and its page for people, each empty where not known.",
    read: ofNamedJob(({ job }) => [gauge(1, ['job_id', toLabelValue(job.id ?? ''), 'url', job.url ?? ''])]),
  }),
  jobExpectedInterval: current({
    name: 'datajobs_job_expected_interval_seconds',
    otelName: 'datajobs.job.expected_interval',
    unit: 's',
    kind: 'gauge',
    help: 'Longest time between two successes that the configuration expects of the job: every plus grace.',
    read: ofNamedJob(({ expectedInterval }) => single(expectedInterval)),
  }),
  jobLastReadSuccessful: current({
    name: 'datajobs_job_last_read_successful',
    otelName: 'datajobs.job.last_read_successful',
    kind: 'gauge',
    help: '1 if the last poll read a scope that lists the job, 0 if what is shown of the job is the last that was known.',
    read: ofNamedJob(({ isRead }) => single(isRead)),
  }),
  runCorrections: durable({
    name: 'datajobs_run_corrections_total',
    otelName: 'datajobs.run.corrections',
    unit: '{run}',
    kind: 'counter',
    labels: ['from', 'to'],
    help: 'Counted runs whose result the vendor changed afterwards.',
    adds: { corrected: ({ from, to }) => ({ labels: ['from', from, 'to', to], amount: 1 }) },
  }),
  runsReopened: durable({
    name: 'datajobs_runs_reopened_total',
    otelName: 'datajobs.runs.reopened',
    unit: '{run}',
    kind: 'counter',
    help: 'Finished runs that were seen live again; they are never counted a second time.',
    adds: { reopened: () => ({ labels: [], amount: 1 }) },
  }),
};

/** Reads a job that has a name of its own; overflow jobs together have no such samples. */
function ofNamedJob(
  read: (view: JobView & { readonly job: JobRecord }) => readonly Sample[],
): (view: JobView) => readonly Sample[] {
  return (view) => (hasName(view) ? read(view) : []);
}

/** Reads the newest finished run of such a job, where there is one. */
function ofLastRun(
  read: (run: RecentRun, traits: JobTraits) => readonly Sample[],
): (view: JobView) => readonly Sample[] {
  return ofNamedJob(({ job, traits }) => {
    const [newest] = job.recent;
    return newest === undefined ? [] : read(newest, traits);
  });
}

function hasName(view: JobView): view is JobView & { readonly job: JobRecord } {
  return view.job !== OTHER;
}

function inState(live: readonly RunRecord[], state: State): readonly RunRecord[] {
  return live.filter((run) => shownState(run) === state);
}

/** null where the vendor says nothing of health. */
function countByHealth({ live, seen, traits }: JobView, health: Health): number | null {
  if (!traits.health) return null;
  return live.filter((run) => shownState(run) !== null && seen.get(run.id)?.health === health).length;
}

function observeDuration({
  run,
  result,
  endedAt,
  duration,
}: JobNews & { readonly kind: 'finished' | 'duration' }): Addition | null {
  return duration === null ? null : { labels: ['result', result], amount: duration, run: { id: run, endedAt } };
}

function labelsOfStep({ step, result }: JobNews & { readonly kind: 'step' }): readonly string[] {
  return ['step', toLabelValue(step), 'result', result];
}

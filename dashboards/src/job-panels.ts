/** Panels about jobs that several dashboards have, each over whatever jobs `where` narrows it to. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { FAILURES } from '../../src/model/run.ts';
import { METRICS } from '../../src/metrics/catalogue.ts';
import { RESULT_COLORS, STATE_COLORS } from './colors.ts';
import {
  curves,
  durations,
  HIGH_RATIO_IS_GOOD,
  LOW_RATIO_IS_GOOD,
  JOB_COLUMNS,
  NEUTRAL,
  NONE_IS_BETTER,
  NONE_IS_GOOD,
  stat,
  table,
  timeline,
} from './panels.ts';
import type { Words } from './panels.ts';
import { byVendorAndName, count, fold, gained, gainedRuns, ofJob, ratio, recorded, sum } from './promql.ts';
import type { Matchers } from './promql.ts';

const RULES = 'No data: are the recording rules loaded?';

/** Results that say how well a job works: what was skipped or cancelled neither succeeded nor failed. */
export const JUDGED = `=~"${['success', ...FAILURES].join('|')}"`;

/** Share of successes, as a number. */
export function succeeded(where: Matchers): Builder<Panel> {
  const finished = (result: string): string => gainedRuns([], { ...where, result }, '$__range');
  return stat({
    title: 'Succeeded',
    description:
      'Share of successes among the runs that succeeded or failed in the chosen time, by what the vendor calls them now; skipped and cancelled runs are left out.',
    width: 4,
    height: 4,
    empty: 'No run finished in this time',
    queries: [{ expression: ratio(finished('="success"'), finished(JUDGED)), legend: 'succeeded' }],
    unit: 'percentunit',
    steps: HIGH_RATIO_IS_GOOD,
  });
}

/** Numbers that a person on call looks at first. */
export function presentNumbers(where: Matchers): readonly Builder<Panel>[] {
  return [
    stat({
      title: 'Failing now',
      description: 'Jobs whose newest finished run failed and that nobody has marked as handled.',
      width: 4,
      height: 4,
      empty: RULES,
      queries: [{ expression: count(recorded('datajobs:run_failed:ended', where)), legend: 'failing' }],
      unit: 'short',
      steps: NONE_IS_GOOD,
    }),
    stat({
      title: 'Overdue',
      description: 'Jobs that have not succeeded within the interval that the configuration expects of them.',
      width: 4,
      height: 4,
      empty: RULES,
      queries: [{ expression: count(recorded('datajobs:run_overdue:seconds', where)), legend: 'overdue' }],
      unit: 'short',
      steps: NONE_IS_GOOD,
    }),
    stat({
      title: 'Stuck or waiting',
      description: 'Jobs with a run that takes far longer than usual, or waits too long to start.',
      width: 4,
      height: 4,
      empty: RULES,
      queries: [
        {
          expression: count(
            `${recorded('datajobs:run_stuck:seconds', where)} or ${recorded('datajobs:run_queued:seconds', where)}`,
          ),
          legend: 'stuck or waiting',
        },
      ],
      unit: 'short',
      steps: NONE_IS_BETTER,
    }),
    stat({
      title: 'Running now',
      description: 'Live runs that are executing, as of the last good poll.',
      width: 4,
      height: 4,
      empty: 'No jobs known',
      queries: [
        {
          expression: sum([], fold({ metric: METRICS.runsActive, where: { ...where, state: '="executing"' } })),
          legend: 'executing',
        },
      ],
      unit: 'short',
      steps: NEUTRAL,
    }),
    succeeded(where),
    stat({
      title: 'Targets down',
      description: 'Targets that are not read completely: the values of their jobs may be old.',
      width: 4,
      height: 4,
      empty: 'No target known',
      queries: [{ expression: count(`${fold({ metric: METRICS.targetUp, where })} == 0`), legend: 'down' }],
      unit: 'short',
      steps: NONE_IS_GOOD,
    }),
  ];
}

/** Jobs whose newest run failed, and jobs that are late, stuck, waiting or skipped. */
export function needsAttention(where: Matchers): readonly Builder<Panel>[] {
  const problem = (name: `datajobs:${string}`, word: string): string =>
    `label_replace(${recorded(name, where)}, "problem", "${word}", "", "")`;
  return [
    table({
      title: 'Failing now',
      description: 'Jobs whose newest finished run failed, and when it ended. The name opens the dashboard of the job.',
      width: 12,
      height: 8,
      empty: 'Nothing is failing',
      queries: [`${recorded('datajobs:run_failed:ended', where)} * 1000`],
      columns: [...JOB_COLUMNS, { field: 'Value', title: 'Ended', unit: 'dateTimeFromNow', width: 130 }],
      sortedBy: 'Ended',
      descending: true,
    }),
    table({
      title: 'Late, stuck, waiting',
      description: 'Overdue: time since the last success. Stuck and waiting: age of the oldest such run.',
      width: 12,
      height: 8,
      empty: 'Nothing is late or stuck',
      queries: [
        [
          problem('datajobs:run_overdue:seconds', 'overdue'),
          problem('datajobs:run_stuck:seconds', 'stuck'),
          problem('datajobs:run_queued:seconds', 'waiting'),
          problem('datajobs:never_succeeded:seconds', 'never succeeded'),
        ].join(' or '),
      ],
      columns: [
        ...JOB_COLUMNS,
        { field: 'problem', title: 'Problem', width: 90 },
        { field: 'Value', title: 'For', unit: 's', width: 85 },
      ],
      sortedBy: 'For',
      descending: true,
    }),
  ];
}

/** Runs that finished in each interval, by result. */
export function finishedRuns(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Finished runs by result',
    description:
      'Each run in the interval in which the exporter counted it; a result that changed afterwards shows again, in the interval in which it changed.',
    width,
    height: 8,
    empty: 'No run finished in this time',
    queries: [
      {
        expression: gainedRuns(['result'], where, '$__interval'),
        legend: '{{result}}',
      },
    ],
    unit: 'short',
    whole: true,
    style: 'bars',
    colors: RESULT_COLORS,
  });
}

/** Live runs by state. */
export function liveRuns(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Live runs by state',
    description: 'Runs that have not finished, as of each good poll.',
    width,
    height: 8,
    empty: 'No jobs known',
    queries: [{ expression: sum(['state'], fold({ metric: METRICS.runsActive, where })), legend: '{{state}}' }],
    unit: 'short',
    whole: true,
    style: 'steps',
    colors: STATE_COLORS,
  });
}

/** Durations of finished runs as a heat map. */
export function durationHeat(where: Matchers, width: number): Builder<Panel> {
  return durations({
    title: 'Durations of finished runs',
    description: 'How many runs took how long, by the upper bounds of the histogram; the scale below tells how many.',
    width,
    height: 8,
    empty: 'No run with a duration finished in this time',
    expression: sum(['le'], gained({ metric: METRICS.runDuration, where, part: '_bucket' }, '$__interval')),
  });
}

const RUNNING = 1;
const SUCCEEDED = 2;
const FAILED = 3;
const NOT_DONE = 4;
const PHASES: Words = {
  [RUNNING]: { text: 'running, idle or paused', color: 'blue' },
  [SUCCEEDED]: { text: 'succeeded', color: 'green' },
  [FAILED]: { text: 'failed', color: 'red' },
  [NOT_DONE]: { text: 'skipped, cancelled or unknown', color: 'gray' },
};

/** One line a job: running, else how its newest run ended. `legend` names the lines. */
export function runTimeline(
  where: Matchers,
  { height, legend = '{{job_name}}' }: { readonly height: number; readonly legend?: string },
): Builder<Panel> {
  const last = (results: string): string =>
    `${ofJob('max', fold({ metric: METRICS.lastRunResult, where: { ...where, result: `=~"${results}"` } }))} == 1`;
  // A streaming run that idles is no failed job, whatever became of the run before it.
  const live = { ...where, state: '=~"executing|idle|paused"' };
  const running = ofJob('sum', fold({ metric: METRICS.runsActive, where: live }));
  return timeline({
    title: 'Run timeline',
    description: 'Each job over time: running (idle and paused included), or else how its newest finished run ended.',
    width: 24,
    height,
    empty: 'No jobs known',
    query: {
      expression: byVendorAndName(
        [
          `(${running} > 0) * 0 + ${String(RUNNING)}`,
          `(${last('success')}) * ${String(SUCCEEDED)}`,
          `(${last('failure|error|timeout')}) * ${String(FAILED)}`,
          `(${last('skip|cancellation|unknown')}) * ${String(NOT_DONE)}`,
        ].join(' or '),
      ),
      legend,
    },
    words: PHASES,
  });
}

/** Jobs whose newest run took longest, against what is usual for them. */
export function slowestJobs(where: Matchers): Builder<Panel> {
  return table({
    title: 'Slower than usual',
    description: "The newest run's duration against the median of the job's successes in seven days.",
    width: 12,
    height: 8,
    empty: RULES,
    queries: [
      `topk(10, ${fold({ metric: METRICS.lastRunDuration, where })} / (${recorded('datajobs:run_duration_seconds:p50', where)} > 0))`,
    ],
    columns: [
      ...JOB_COLUMNS,
      {
        field: 'Value',
        title: 'Times the usual',
        unit: 'short',
        width: 130,
        steps: [
          { from: null, color: 'green' },
          { from: 2, color: 'orange' },
          { from: 3, color: 'red' },
        ],
      },
    ],
    sortedBy: 'Times the usual',
    descending: true,
  });
}

/** Every job of a vendor with its newest run. */
export function jobList(where: Matchers): Builder<Panel> {
  const age = ofJob('max', fold({ metric: METRICS.lastRunEnd, where }));
  return table({
    title: 'Jobs',
    description:
      'Each job with the end and the duration of its newest finished run, what 95 of 100 runs stay below, and the share of failures in 24 hours.',
    width: 24,
    height: 12,
    empty: 'No finished run known',
    queries: [
      `${age} * 1000`,
      fold({ metric: METRICS.lastRunDuration, where }),
      recorded('datajobs:run_duration_seconds:p95', where),
      recorded('datajobs:run_failure_ratio:1d', where),
    ],
    columns: [
      ...JOB_COLUMNS,
      { field: 'job_kind', title: 'Kind' },
      { field: 'Value #A', title: 'Newest run ended', unit: 'dateTimeFromNow', width: 150 },
      { field: 'Value #B', title: 'It took', unit: 's', width: 100 },
      { field: 'Value #C', title: 'p95 of 7 days', unit: 's', width: 120 },
      { field: 'Value #D', title: 'Failed in 24 h', unit: 'percentunit', width: 130, steps: LOW_RATIO_IS_GOOD },
    ],
    sortedBy: 'Newest run ended',
    descending: true,
  });
}

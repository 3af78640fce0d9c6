/** All about one job: its runs, results, durations, queue, rows, steps and exit codes. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../../src/metrics/catalogue.ts';
import { RESULT_COLORS } from './colors.ts';
import { chosen, dashboard } from './frame.ts';
import type { Variable } from './frame.ts';
import { durationHeat, finishedRuns, liveRuns, runTimeline, succeeded } from './job-panels.ts';
import { curves, NEUTRAL, NONE_IS_BETTER, stat, table } from './panels.ts';
import { fold, gained, ofJob, recorded, sum } from './promql.ts';
import { exitCodes, queueTimes, rowsByOutcome, stepDurations, stepResults } from './vendor-panels.ts';

const VARIABLES: readonly Variable[] = [
  { name: 'vendor' },
  { name: 'target' },
  { name: 'workspace' },
  { name: 'job', single: true },
];

/** One job. */
export function job(): Dashboard {
  const where = chosen(VARIABLES);
  return dashboard({
    uid: 'datajobs-job',
    title: 'Data jobs / Job',
    description: 'All about one job: its runs, results, durations, queue, rows, steps and exit codes.',
    variables: VARIABLES,
    failuresOf: where,
    rows: [
      {
        title: 'Now',
        panels: [
          stat({
            title: 'Newest run',
            description: 'How the newest finished run ended.',
            width: 4,
            height: 4,
            empty: 'No finished run known',
            queries: [{ expression: `${fold({ metric: METRICS.lastRunResult, where })} == 1`, legend: '{{result}}' }],
            unit: 'short',
            steps: NEUTRAL,
            says: 'legend',
            colors: RESULT_COLORS,
          }),
          stat({
            title: 'Ended',
            description: 'When the newest finished run ended.',
            width: 4,
            height: 4,
            empty: 'No finished run known',
            queries: [{ expression: `${fold({ metric: METRICS.lastRunEnd, where })} * 1000`, legend: 'ended' }],
            unit: 'dateTimeFromNow',
            steps: NEUTRAL,
          }),
          stat({
            title: 'Last success',
            description: 'When the newest run that succeeded ended.',
            width: 4,
            height: 4,
            empty: 'No success known',
            queries: [{ expression: `${fold({ metric: METRICS.lastSuccess, where })} * 1000`, legend: 'succeeded' }],
            unit: 'dateTimeFromNow',
            steps: NEUTRAL,
          }),
          stat({
            title: 'Newest run took',
            description: 'Start to end of the newest finished run.',
            width: 4,
            height: 4,
            empty: 'No duration known',
            queries: [{ expression: fold({ metric: METRICS.lastRunDuration, where }), legend: 'took' }],
            unit: 's',
            steps: NEUTRAL,
          }),
          succeeded(where),
          stat({
            title: 'Changed afterwards',
            description:
              'Results that the vendor changed after they were counted, and finished runs that were seen live again.',
            width: 4,
            height: 4,
            empty: 'None',
            queries: [
              {
                expression: `(${sum([], gained({ metric: METRICS.runCorrections, where }, '$__range'))} or vector(0)) + (${sum([], gained({ metric: METRICS.runsReopened, where }, '$__range'))} or vector(0))`,
                legend: 'changed',
              },
            ],
            unit: 'short',
            steps: NONE_IS_BETTER,
          }),
        ],
      },
      {
        title: 'Runs',
        panels: [
          finishedRuns(where, 12),
          liveRuns(where, 12),
          runTimeline(where, { height: 5 }),
          curves({
            title: 'Duration of the newest run, and what is usual',
            description:
              'Each newest finished run with the median and the 95th percentile of the successes of seven days.',
            width: 12,
            height: 8,
            empty: 'No duration known',
            queries: [
              { expression: fold({ metric: METRICS.lastRunDuration, where }), legend: 'newest run' },
              { expression: recorded('datajobs:run_duration_seconds:p50', where), legend: 'p50 of 7 days' },
              { expression: recorded('datajobs:run_duration_seconds:p95', where), legend: 'p95 of 7 days' },
            ],
            unit: 's',
            style: 'steps',
          }),
          durationHeat(where, 12),
        ],
      },
      {
        title: 'Where the vendor says more',
        panels: [
          queueTimes(where, 8),
          rowsByOutcome(where, 8),
          exitCodes(where, 8),
          stepResults(where, 12),
          stepDurations(where, 12),
        ],
      },
      {
        title: 'At the vendor',
        panels: [
          table({
            title: 'The job at the vendor',
            description:
              "The vendor's id of the job, its page for people, when the exporter first knew it, how often it should succeed, and how long a run may take before it is called stuck.",
            width: 24,
            height: 4,
            empty: 'No job known',
            sortedBy: 'Job',
            queries: [
              fold({ metric: METRICS.jobInfo, where }),
              `${fold({ metric: METRICS.jobFirstSeen, where })} * 1000`,
              fold({ metric: METRICS.jobExpectedInterval, where }),
              ofJob('max', recorded('datajobs:limit', { ...where, limit: '="run_seconds"' })),
            ],
            columns: [
              { field: 'job_name', title: 'Job' },
              { field: 'job_kind', title: 'Kind' },
              { field: 'job_id', title: 'Id' },
              { field: 'url', title: 'Page', opens: '${__value.text}' },
              { field: 'Value #B', title: 'First seen', unit: 'dateTimeAsIso', width: 160 },
              { field: 'Value #C', title: 'Expected every', unit: 's', width: 130 },
              { field: 'Value #D', title: 'Stuck from', unit: 's', width: 110 },
            ],
          }),
        ],
      },
    ],
  });
}

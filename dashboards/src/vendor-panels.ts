/** Panels on what only some vendors tell: queue times, rows, health, steps, exit codes, progress. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { RowOutcome } from '../../src/model/run.ts';
import { METRICS } from '../../src/metrics/catalogue.ts';
import { EXIT_COLORS, ROW_COLORS } from './colors.ts';
import { curves, JOB_COLUMNS, NONE_IS_GOOD, table } from './panels.ts';
import { fold, gained, gainedRuns, ofJob, ratio, recorded, sum } from './promql.ts';
import type { Matchers } from './promql.ts';

/** Mean time between creation and start of the runs of each interval. */
export function queueTimes(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Waiting before the start',
    description: 'Mean time from creation to start of the runs that finished in each interval.',
    width,
    height: 8,
    empty: 'This vendor reports no queue times, or no run finished',
    queries: [
      {
        expression: ratio(
          sum(['job_name'], gained({ metric: METRICS.runQueue, where, part: '_sum' }, '$__interval')),
          sum(['job_name'], gained({ metric: METRICS.runQueue, where, part: '_count' }, '$__interval')),
        ),
        legend: '{{job_name}}',
      },
    ],
    unit: 's',
    style: 'points',
  });
}

/** Rows by what became of them. */
export function rowsByOutcome(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Rows by outcome',
    description: 'Rows that runs moved or skipped in each interval, live runs included.',
    width,
    height: 8,
    empty: 'This vendor reports no rows',
    queries: [
      { expression: sum(['outcome'], gained({ metric: METRICS.rows, where }, '$__interval')), legend: '{{outcome}}' },
    ],
    unit: 'short',
    style: 'bars',
    colors: ROW_COLORS,
  });
}

/** Rows a second by job. */
export function rowRates(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Rows a second',
    description: 'Rows of all outcomes a second over five minutes.',
    width,
    height: 8,
    empty: 'No data: are the recording rules loaded?',
    queries: [{ expression: sum(['job_name'], recorded('datajobs:rows:per_second', where)), legend: '{{job_name}}' }],
    unit: 'rowsps',
  });
}

/** Share of rows skipped by error. */
export function rowsSkipped(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Rows skipped by error',
    description:
      'Share of the rows of the last hour, else of the newest run. An alert fires over the limit of the job.',
    width,
    height: 8,
    empty: 'No data: are the recording rules loaded?',
    queries: [{ expression: recorded('datajobs:rows_skipped:ratio', where), legend: '{{job_name}}' }],
    unit: 'percentunit',
  });
}

/** Live runs that fail or stand still, by the health that the vendor gives them. */
export function unhealthyRuns(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Unhealthy live runs',
    description:
      'Live runs that fail or stand still: their health is an error, or a warning that says so. An alert fires after 10 minutes.',
    width,
    height: 8,
    empty: 'This vendor reports no health',
    queries: [
      { expression: sum(['job_name'], fold({ metric: METRICS.runsUnhealthy, where })), legend: '{{job_name}}' },
    ],
    unit: 'short',
    whole: true,
    style: 'steps',
  });
}

/** Live runs that go on with a warning. */
export function runsWithWarnings(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Live runs with warnings',
    description: 'Live runs that go on although the vendor gives them a warning.',
    width,
    height: 8,
    empty: 'This vendor reports no health',
    queries: [
      { expression: sum(['job_name'], fold({ metric: METRICS.runsWithWarnings, where })), legend: '{{job_name}}' },
    ],
    unit: 'short',
    whole: true,
    style: 'steps',
  });
}

/** Finished runs that succeeded with a warning, by its code. */
export function runWarnings(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Runs with warnings',
    description:
      'Finished runs that succeeded with a warning since the ledger began, by its code: rows were skipped, or none were found.',
    width,
    height: 8,
    empty: 'No run has ended with a warning',
    queries: [
      {
        expression: sum(['job_name', 'code'], fold({ metric: METRICS.runWarnings, where })),
        legend: '{{job_name}}: {{code}}',
      },
    ],
    unit: 'short',
    whole: true,
    style: 'steps',
  });
}

/** Rows of the newest runs. */
export function lastRows(where: Matchers, width: number): Builder<Panel> {
  const rows = (outcome: RowOutcome): string =>
    ofJob('max', fold({ metric: METRICS.lastRunRows, where: { ...where, outcome: `="${outcome}"` } }));
  return table({
    title: 'Rows of the newest runs',
    description: 'Rows of the newest finished run of each job by outcome.',
    width,
    height: 8,
    empty: 'No rows known',
    queries: [rows('processed'), rows('processed_with_warning'), rows('skipped_by_error'), rows('skipped_by_filter')],
    columns: [
      ...JOB_COLUMNS,
      { field: 'Value #A', title: 'Processed', unit: 'short', width: 110 },
      { field: 'Value #B', title: 'With a warning', unit: 'short', width: 130 },
      { field: 'Value #C', title: 'Skipped by error', unit: 'short', width: 140 },
      { field: 'Value #D', title: 'Skipped by filter', unit: 'short', width: 140 },
    ],
    sortedBy: 'Skipped by error',
    descending: true,
  });
}

/** Finished steps by name and result. */
export function stepResults(where: Matchers, width: number): Builder<Panel> {
  return table({
    title: 'Steps by result',
    description: 'Steps of runs that finished in the chosen time, by name and result.',
    width,
    height: 8,
    empty: 'This vendor reports no steps, or steps are switched off',
    queries: [
      `${sum(['job_name', 'step', 'result'], gained({ metric: METRICS.stepsFinished, where }, '$__range'))} > 0`,
    ],
    columns: [
      { field: 'job_name', title: 'Job' },
      { field: 'step', title: 'Step' },
      { field: 'result', title: 'Result', width: 110 },
      { field: 'Value', title: 'Steps', width: 80 },
    ],
    sortedBy: 'Result',
  });
}

/** Which steps take the time. */
export function stepDurations(where: Matchers, width: number): Builder<Panel> {
  return table({
    title: 'Mean duration of steps',
    description: 'Which steps take the time: mean over the steps that finished in the chosen time.',
    width,
    height: 8,
    empty: 'This vendor reports no steps, or steps are switched off',
    queries: [
      ratio(
        sum(['job_name', 'step'], gained({ metric: METRICS.stepDuration, where, part: '_sum' }, '$__range')),
        sum(['job_name', 'step'], gained({ metric: METRICS.stepDuration, where, part: '_count' }, '$__range')),
      ),
    ],
    columns: [
      { field: 'job_name', title: 'Job' },
      { field: 'step', title: 'Step' },
      { field: 'Value', title: 'Mean', unit: 's', width: 100 },
    ],
    sortedBy: 'Mean',
    descending: true,
  });
}

/** Finished runs by exit code. */
export function exitCodes(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Runs by exit code',
    description: 'Finished runs in each interval by the exit code of their process.',
    width,
    height: 8,
    empty: 'This vendor reports no exit codes',
    queries: [
      {
        expression: sum(['exit_code'], gained({ metric: METRICS.runExitCodes, where }, '$__interval')),
        legend: 'exit {{exit_code}}',
      },
    ],
    unit: 'short',
    whole: true,
    style: 'bars',
    colors: EXIT_COLORS,
  });
}

/** Exit codes of the newest runs. */
export function lastExitCodes(where: Matchers, width: number): Builder<Panel> {
  return table({
    title: 'Exit codes of the newest runs',
    description: 'Exit code of the newest finished run of each job, where it had one.',
    width,
    height: 8,
    empty: 'No exit code known',
    queries: [fold({ metric: METRICS.lastRunExitCode, where })],
    columns: [...JOB_COLUMNS, { field: 'Value', title: 'Exit code', width: 90, steps: NONE_IS_GOOD }],
    sortedBy: 'Exit code',
    descending: true,
  });
}

/** Progress of the oldest live runs. */
export function progress(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Progress of live runs',
    description: 'How far the oldest live run of each job has come.',
    width,
    height: 8,
    empty: 'Nothing is running',
    queries: [{ expression: fold({ metric: METRICS.activeRunProgress, where }), legend: '{{job_name}}' }],
    unit: 'percentunit',
    max: 1,
  });
}

/** Activity and failures by workspace. */
export function byWorkspace(
  where: Matchers,
  { width, height = 8, word }: { readonly width: number; readonly height?: number; readonly word: string },
): Builder<Panel> {
  const by = ['target', 'workspace'];
  return table({
    title: `Runs by ${word}`,
    description: `Runs that finished in the chosen time, and those that the vendor calls failed by now, by ${word}.`,
    width,
    height,
    empty: 'No jobs known',
    queries: [
      sum(by, gained({ metric: METRICS.runsFinished, where }, '$__range')),
      gainedRuns(by, { ...where, result: '=~"failure|error|timeout"' }, '$__range'),
    ],
    columns: [
      { field: 'target', title: 'Target' },
      { field: 'workspace', title: word.replace(/^./, (letter) => letter.toUpperCase()) },
      { field: 'Value #A', title: 'Finished', width: 90 },
      { field: 'Value #B', title: 'Failed', width: 80, steps: NONE_IS_GOOD },
    ],
    sortedBy: 'Failed',
    descending: true,
  });
}

/** Failures that a person has marked as handled. */
export function acknowledged(where: Matchers, width: number): Builder<Panel> {
  return table({
    title: 'Handled failures',
    description: 'Jobs whose newest run failed, and whether a person has marked that as handled at the vendor.',
    width,
    height: 8,
    empty: 'Nothing is failing',
    queries: [
      `${fold({ metric: METRICS.lastRunAcknowledged, where })} and ignoring (result) ${fold({ metric: METRICS.lastRunResult, where: { ...where, result: '=~"failure|error|timeout"' } })} == 1`,
    ],
    columns: [
      ...JOB_COLUMNS,
      {
        field: 'Value',
        title: 'Handled',
        width: 90,
        words: { 0: { text: 'no', color: 'orange' }, 1: { text: 'yes', color: 'green' } },
      },
    ],
    sortedBy: 'Handled',
  });
}

/** The first page of a person on call: what failed, what is late, stuck or slow, and whether the numbers can be trusted. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../../src/metrics/catalogue.ts';
import { VENDOR_COLORS } from './colors.ts';
import { chosen, dashboard } from './frame.ts';
import type { Variable } from './frame.ts';
import {
  JUDGED,
  durationHeat,
  finishedRuns,
  needsAttention,
  presentNumbers,
  runTimeline,
  slowestJobs,
} from './job-panels.ts';
import { targetTable } from './target-panels.ts';
import { curves } from './panels.ts';
import { gained, ratio, recorded, sum } from './promql.ts';

const VARIABLES: readonly Variable[] = [{ name: 'vendor' }, { name: 'target' }, { name: 'workspace' }, { name: 'job' }];

/** Overview of all vendors' jobs. */
export function overview(): Dashboard {
  const where = chosen(VARIABLES);
  return dashboard({
    uid: 'datajobs-overview',
    title: 'Data jobs / Overview',
    description:
      'Jobs of all vendors: what failed, what is late or stuck, what is slow, and whether the numbers can be trusted.',
    variables: VARIABLES,
    failuresOf: where,
    // All jobs' failures would paint the page red.
    areFailuresShown: false,
    rows: [
      { title: 'Now', panels: [...presentNumbers(where), ...needsAttention(where)] },
      {
        title: 'Activity',
        panels: [
          finishedRuns(where, 12),
          curves({
            title: 'Finished runs by vendor',
            description: 'Each run once, in the interval in which the exporter counted it.',
            width: 12,
            height: 8,
            empty: 'No run finished in this time',
            queries: [
              {
                expression: sum(['vendor'], gained({ metric: METRICS.runsFinished, where }, '$__interval')),
                legend: '{{vendor}}',
              },
            ],
            unit: 'short',
            whole: true,
            style: 'bars',
            colors: VENDOR_COLORS,
          }),
          curves({
            title: 'Succeeded in 24 hours, by vendor',
            description:
              'Share of successes among the runs that succeeded or failed in the 24 hours before; skipped and cancelled runs are left out.',
            width: 12,
            height: 8,
            empty: 'No data: are the recording rules loaded?',
            queries: [
              {
                expression: ratio(
                  sum(['vendor'], recorded('datajobs:runs_finished:diff1d', { ...where, result: '="success"' })),
                  sum(['vendor'], recorded('datajobs:runs_finished:diff1d', { ...where, result: JUDGED })),
                ),
                legend: '{{vendor}}',
              },
            ],
            unit: 'percentunit',
            max: 1,
            colors: VENDOR_COLORS,
          }),
          durationHeat(where, 12),
          runTimeline(where, { height: 14, legend: '{{vendor}}: {{job_name}}' }),
        ],
      },
      { title: 'Slow, and trust', panels: [slowestJobs(where), targetTable(where, 12)] },
    ],
  });
}

/** Panels about targets: whether what is shown of their jobs is fresh and complete, and what reading them costs. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../../src/metrics/catalogue.ts';
import { OUTCOME_COLORS } from './colors.ts';
import { curves, NONE_IS_GOOD, table } from './panels.ts';
import { fold, gained, perMinute, sum } from './promql.ts';
import type { Matchers } from './promql.ts';

/** Each target: read well, how fresh, how complete. */
export function targetTable(where: Matchers, width: number): Builder<Panel> {
  return table({
    title: 'Can these numbers be trusted?',
    description:
      'Whether every part of a target was read at the last poll, when that last succeeded, how often it is asked, and how much of its past could not be counted in the chosen time.',
    width,
    height: 8,
    empty: 'No target known',
    queries: [
      fold({ metric: METRICS.targetUp, where }),
      `${fold({ metric: METRICS.targetLastSuccess, where })} * 1000`,
      fold({ metric: METRICS.jobs, where }),
      gained({ metric: METRICS.historyGap, where }, '$__range'),
      fold({ metric: METRICS.pollInterval, where }),
    ],
    columns: [
      { field: 'target', title: 'Target' },
      { field: 'vendor', title: 'Vendor', width: 85 },
      {
        field: 'Value #A',
        title: 'Read',
        width: 65,
        words: { 0: { text: 'down', color: 'red' }, 1: { text: 'well', color: 'green' } },
      },
      { field: 'Value #B', title: 'Last read well', unit: 'dateTimeFromNow', width: 150 },
      { field: 'Value #E', title: 'Every', unit: 's', width: 75 },
      { field: 'Value #C', title: 'Jobs', width: 65 },
      { field: 'Value #D', title: 'Lost history', unit: 's', width: 100, steps: NONE_IS_GOOD },
    ],
    sortedBy: 'Target',
  });
}

/** Polls by outcome. */
export function pollOutcomes(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Polls by outcome',
    description: 'Polls a minute: ok, or why they failed.',
    width,
    height: 8,
    empty: 'No polls',
    queries: [
      {
        expression: sum(['outcome'], perMinute({ metric: METRICS.polls, where })),
        legend: '{{outcome}}',
      },
    ],
    unit: 'short',
    colors: OUTCOME_COLORS,
  });
}

/** Requests to the vendors by what they ask for. */
export function apiRequests(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Requests a minute',
    description: 'Requests to the vendor by operation: what reading costs.',
    width,
    height: 8,
    empty: 'No requests',
    queries: [
      {
        expression: sum(['vendor', 'operation'], perMinute({ metric: METRICS.apiRequests, where })),
        legend: '{{vendor}} {{operation}}',
      },
    ],
    unit: 'short',
  });
}

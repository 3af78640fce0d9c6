/** Panels about targets: whether what is shown of their jobs is fresh and complete, and what reading them costs. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../../src/metrics/catalogue.ts';
import { curves, NONE_IS_GOOD, table } from './panels.ts';
import { fold, gained, increased, sum } from './promql.ts';
import type { Matchers } from './promql.ts';

/** Each target: read well, how fresh, how complete. */
export function targetTable(where: Matchers, width: number): Builder<Panel> {
  return table({
    title: 'Can these numbers be trusted?',
    description:
      'Whether every part of a target was read at the last poll, when that last succeeded, and how much of its past could not be counted in the chosen time.',
    width,
    height: 8,
    empty: 'No target known',
    queries: [
      fold({ metric: METRICS.targetUp, where }),
      `${fold({ metric: METRICS.targetLastSuccess, where })} * 1000`,
      fold({ metric: METRICS.jobs, where }),
      gained({ metric: METRICS.historyGap, where }, '$__range'),
    ],
    columns: [
      { field: 'target', title: 'Target' },
      { field: 'vendor', title: 'Vendor' },
      {
        field: 'Value #A',
        title: 'Read',
        words: { 0: { text: 'down', color: 'red' }, 1: { text: 'well', color: 'green' } },
      },
      { field: 'Value #B', title: 'Last read well', unit: 'dateTimeFromNow' },
      { field: 'Value #C', title: 'Jobs' },
      { field: 'Value #D', title: 'Lost history', unit: 's', steps: NONE_IS_GOOD },
    ],
  });
}

/** Polls by outcome. */
export function pollOutcomes(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Polls by outcome',
    description: 'Polls in each interval: ok, or why they failed.',
    width,
    height: 8,
    empty: 'No polls',
    queries: [
      {
        expression: sum(['outcome'], increased({ metric: METRICS.polls, where }, '$__rate_interval')),
        legend: '{{outcome}}',
      },
    ],
    unit: 'short',
  });
}

/** Requests to the vendors by what they ask for. */
export function apiRequests(where: Matchers, width: number): Builder<Panel> {
  return curves({
    title: 'Requests to the vendor',
    description: 'Requests in each interval by operation: what reading costs.',
    width,
    height: 8,
    empty: 'No requests',
    queries: [
      {
        expression: sum(['vendor', 'operation'], increased({ metric: METRICS.apiRequests, where }, '$__rate_interval')),
        legend: '{{vendor}} {{operation}}',
      },
    ],
    unit: 'short',
  });
}

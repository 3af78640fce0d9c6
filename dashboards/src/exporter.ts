/** The exporter itself: how well it reads, what that costs, what it could not count, and how it fares as a process. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../../src/metrics/catalogue.ts';
import type { Metric } from '../../src/metrics/metric.ts';
import { ANSWER_COLORS, OUTCOME_COLORS, VENDOR_COLORS } from './colors.ts';
import { chosen, dashboard } from './frame.ts';
import type { Variable } from './frame.ts';
import { curves, NEUTRAL, NONE_IS_BETTER, NONE_IS_GOOD, ONE_IS_GOOD, stat, table } from './panels.ts';
import { count, fold, gained, perMinute, sum } from './promql.ts';
import type { Matchers } from './promql.ts';
import { apiRequests, pollOutcomes, targetTable } from './target-panels.ts';

const VARIABLES: readonly Variable[] = [{ name: 'vendor' }, { name: 'target' }];

/** Of the exporter's own metrics, told apart by instance; they have no labels to choose by. */
const OWN: Matchers = {};

const OTLP_OFF = 'OTLP is switched off (otlp.enabled): this exporter is only scraped';

/** The exporter. */
export function exporter(): Dashboard {
  const where = chosen(VARIABLES);
  return dashboard({
    uid: 'datajobs-exporter',
    title: 'Data jobs / Exporter',
    description: 'How well the exporter reads the vendors, what that costs, and what it could not count.',
    variables: VARIABLES,
    failuresOf: null,
    rows: [
      { title: 'Now', panels: now(where) },
      { title: 'Reading', panels: reading(where) },
      { title: 'Completeness', panels: completeness(where) },
      { title: 'Ledger, pages and pushes', panels: itself() },
    ],
  });
}

function now(where: Matchers): readonly Builder<Panel>[] {
  return [
    stat({
      title: 'Version',
      description: 'What is running.',
      width: 4,
      height: 4,
      empty: 'No exporter',
      queries: [{ expression: fold({ metric: METRICS.buildInfo, where: OWN }), legend: '{{version}}' }],
      unit: 'short',
      steps: NEUTRAL,
      says: 'legend',
    }),
    stat({
      title: 'Targets down',
      description: 'Targets of which some part could not be read at the last poll.',
      width: 4,
      height: 4,
      empty: 'No target known',
      queries: [{ expression: count(`${fold({ metric: METRICS.targetUp, where })} == 0`), legend: 'down' }],
      unit: 'short',
      steps: NONE_IS_GOOD,
    }),
    stat({
      title: 'Configuration',
      description: 'Whether the configuration file was last read without a problem.',
      width: 4,
      height: 4,
      empty: 'No exporter',
      queries: [{ expression: fold({ metric: METRICS.configReloadSuccessful, where: OWN }), legend: 'configuration' }],
      unit: 'short',
      steps: ONE_IS_GOOD,
      words: { 0: { text: 'refused', color: 'red' }, 1: { text: 'in use', color: 'green' } },
    }),
    stat({
      title: 'Ledger since',
      description:
        'When the ledger was created. Later than expected: the old one was lost, and counting started again.',
      width: 4,
      height: 4,
      empty: 'No exporter',
      queries: [{ expression: `${fold({ metric: METRICS.ledgerCreated, where: OWN })} * 1000`, legend: 'created' }],
      unit: 'dateTimeFromNow',
      steps: NEUTRAL,
    }),
    stat({
      title: 'Runs remembered',
      description: 'Runs in the ledger.',
      width: 4,
      height: 4,
      empty: 'No exporter',
      queries: [{ expression: fold({ metric: METRICS.ledgerRuns, where: OWN }), legend: 'runs' }],
      unit: 'short',
      steps: NEUTRAL,
    }),
    stat({
      title: 'Series',
      description: 'Series of this exporter on the page, histogram buckets included.',
      width: 4,
      height: 4,
      empty: 'No exporter',
      queries: [{ expression: fold({ metric: METRICS.series, where: OWN }), legend: 'series' }],
      unit: 'short',
      steps: NEUTRAL,
    }),
    targetTable(where, 24),
  ];
}

function reading(where: Matchers): readonly Builder<Panel>[] {
  const latency = (part: '_sum' | '_count'): string =>
    sum(['vendor'], perMinute({ metric: METRICS.apiRequestDuration, where, part }));
  return [
    pollOutcomes(where, 12),
    curves({
      title: 'How long polls take',
      description: 'Duration of the last poll; how often each target is polled is in the table above.',
      width: 12,
      height: 8,
      empty: 'No polls',
      queries: [{ expression: fold({ metric: METRICS.lastPollDuration, where }), legend: '{{target}}' }],
      unit: 's',
    }),
    apiRequests(where, 12),
    curves({
      title: 'Answers a minute',
      description: 'Answers of the vendors by HTTP status; "error" where none came.',
      width: 12,
      height: 8,
      empty: 'No requests',
      queries: [
        {
          expression: sum(['code'], perMinute({ metric: METRICS.apiRequests, where })),
          legend: '{{code}}',
        },
      ],
      unit: 'short',
      colors: ANSWER_COLORS,
    }),
    curves({
      title: 'Time to the whole answer',
      description: 'Mean time from request to whole answer.',
      width: 12,
      height: 8,
      empty: 'No requests',
      queries: [{ expression: `${latency('_sum')} / (${latency('_count')} > 0)`, legend: '{{vendor}}' }],
      unit: 's',
      colors: VENDOR_COLORS,
    }),
    curves({
      title: 'Retries and failed parts',
      description: 'Requests tried again a minute, and parts of targets whose last poll failed.',
      width: 12,
      height: 8,
      empty: 'No polls',
      queries: [
        {
          expression: sum(['vendor'], perMinute({ metric: METRICS.apiRetries, where })),
          legend: '{{vendor}} retries',
        },
        { expression: fold({ metric: METRICS.targetScopesFailed, where }), legend: '{{target}} failed parts' },
      ],
      unit: 'short',
    }),
    table({
      title: 'Credentials',
      description:
        'When the credentials in use end, where that is known. Tokens that are renewed by themselves end soon and often.',
      width: 24,
      height: 6,
      empty: 'No end of credentials known',
      queries: [`${fold({ metric: METRICS.credentialsExpiry, where })} * 1000`],
      columns: [
        { field: 'target', title: 'Target' },
        { field: 'vendor', title: 'Vendor' },
        { field: 'Value', title: 'End', unit: 'dateTimeFromNow' },
      ],
      sortedBy: 'End',
    }),
  ];
}

function completeness(where: Matchers): readonly Builder<Panel>[] {
  const total = (metric: Metric): string => `${sum([], gained({ metric, where }, '$__range'))} or vector(0)`;
  const present = (metric: Metric): string => `${sum([], fold({ metric, where }))} or vector(0)`;
  return [
    stat({
      title: 'Late or missing',
      description:
        'In the chosen time. Runs: counted after an outage, found only by a full sync, taken as history because they became visible late, or lost. Details that were lost. Time that the vendor no longer shows. Records and fields that could not be used. States that are not listed.',
      width: 24,
      height: 4,
      empty: 'No target known',
      queries: [
        { expression: total(METRICS.caughtUpRuns), legend: 'caught up' },
        { expression: total(METRICS.lateRuns), legend: 'late' },
        { expression: total(METRICS.historyRuns), legend: 'history' },
        { expression: total(METRICS.lostRuns), legend: 'lost' },
        { expression: total(METRICS.detailsLost), legend: 'details lost' },
        { expression: total(METRICS.historyGap), legend: 'seconds out of reach' },
        { expression: total(METRICS.rejectedRecords), legend: 'rejected' },
        { expression: total(METRICS.unreadableFields), legend: 'unreadable fields' },
        { expression: total(METRICS.unknownStates), legend: 'unknown states' },
      ],
      unit: 'short',
      steps: NONE_IS_BETTER,
    }),
    stat({
      title: 'Incomplete now',
      description:
        'Targets with a cut answer, details still to be fetched, patterns of expect without a job, jobs beyond the limit (shown together as "(other)"), and jobs that expired in the chosen time.',
      width: 24,
      height: 4,
      empty: 'No target known',
      queries: [
        { expression: present(METRICS.historyTruncated), legend: 'cut' },
        { expression: present(METRICS.detailsPending), legend: 'details pending' },
        { expression: present(METRICS.expectationUnmatched), legend: 'unmatched' },
        { expression: present(METRICS.jobsFolded), legend: 'overflow' },
        { expression: total(METRICS.jobsRetired), legend: 'expired' },
      ],
      unit: 'short',
      steps: NONE_IS_BETTER,
    }),
    notUnderstood(where),
  ];
}

/** Table of what was not understood of the vendors' answers: reasons, fields, states. */
function notUnderstood(where: Matchers): Builder<Panel> {
  const grown = (metric: Metric, word: string, what: string): string =>
    `label_replace(label_replace(${gained({ metric, where }, '$__range')} > 0, "which", "$1", "${word}", "(.+)"), "what", "${what}", "", "")`;
  return table({
    title: 'Not understood',
    description:
      "In the chosen time: records that were rejected, by reason; optional fields that could not be read, by their name; states that are not listed, by the vendor's name for them.",
    width: 24,
    height: 6,
    empty: 'Everything was understood',
    queries: [
      [
        grown(METRICS.rejectedRecords, 'reason', 'record rejected'),
        grown(METRICS.unreadableFields, 'field', 'field not readable'),
        grown(METRICS.unknownStates, 'vendor_state', 'state not listed'),
      ].join(' or '),
    ],
    columns: [
      { field: 'target', title: 'Target' },
      { field: 'vendor', title: 'Vendor' },
      { field: 'what', title: 'What' },
      { field: 'which', title: 'Which' },
      { field: 'Value', title: 'Times', width: 90 },
    ],
    sortedBy: 'Times',
    descending: true,
  });
}

function itself(): readonly Builder<Panel>[] {
  const ofExporter = 'and on (job, instance) ' + METRICS.buildInfo.name;
  return [
    curves({
      title: 'Commits a minute',
      description: 'Transactions of the ledger: ok or failed. A quiet exporter hardly writes.',
      width: 8,
      height: 8,
      empty: 'No exporter',
      queries: [
        {
          expression: sum(['outcome'], perMinute({ metric: METRICS.ledgerCommits, where: OWN })),
          legend: '{{outcome}}',
        },
      ],
      unit: 'short',
      colors: OUTCOME_COLORS,
    }),
    curves({
      title: 'OTLP pushes',
      description: 'Pushes a minute: ok, rejected in part, or failed. Nothing where OTLP is switched off.',
      width: 8,
      height: 8,
      empty: OTLP_OFF,
      queries: [
        {
          expression: sum(['outcome'], perMinute({ metric: METRICS.otlpExports, where: OWN })),
          legend: '{{outcome}}',
        },
      ],
      unit: 'short',
      colors: OUTCOME_COLORS,
    }),
    table({
      title: 'Last OTLP push',
      description: 'When a push last succeeded, and how many data points it had.',
      width: 8,
      height: 8,
      empty: OTLP_OFF,
      queries: [
        `${fold({ metric: METRICS.otlpLastSuccess, where: OWN })} * 1000`,
        fold({ metric: METRICS.otlpLastPushPoints, where: OWN }),
      ],
      columns: [
        { field: 'instance', title: 'Instance' },
        { field: 'Value #A', title: 'Last accepted', unit: 'dateTimeFromNow' },
        { field: 'Value #B', title: 'Points', width: 90 },
      ],
      sortedBy: 'Instance',
    }),
    curves({
      title: 'CPU',
      description: 'Share of one CPU that the process uses.',
      width: 8,
      height: 8,
      empty: 'Only scraped exporters show their process',
      queries: [
        { expression: `rate(process_cpu_seconds_total[$__rate_interval]) ${ofExporter}`, legend: '{{instance}}' },
      ],
      unit: 'percentunit',
    }),
    curves({
      title: 'Memory',
      description: 'Resident memory of the process.',
      width: 8,
      height: 8,
      empty: 'Only scraped exporters show their process',
      queries: [{ expression: `process_resident_memory_bytes ${ofExporter}`, legend: '{{instance}}' }],
      unit: 'bytes',
    }),
    curves({
      title: 'Event loop',
      description: '99 of 100 waits of the event loop are at most this long.',
      width: 8,
      height: 8,
      empty: 'Only scraped exporters show their process',
      queries: [{ expression: `nodejs_eventloop_lag_p99_seconds ${ofExporter}`, legend: '{{instance}}' }],
      unit: 's',
    }),
  ];
}

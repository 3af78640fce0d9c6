/** One dashboard for each vendor: what all have in common, and what only this vendor tells. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { chosen, dashboard } from './frame.ts';
import type { Variable } from './frame.ts';
import { durationHeat, finishedRuns, jobList, liveRuns, presentNumbers, runTimeline } from './job-panels.ts';
import type { Matchers } from './promql.ts';
import { apiRequests, pollOutcomes } from './target-panels.ts';
import {
  acknowledged,
  byWorkspace,
  exitCodes,
  lastExitCodes,
  lastRows,
  progress,
  queueTimes,
  rowRates,
  rowsByOutcome,
  rowsSkipped,
  stepDurations,
  stepResults,
  runsWithWarnings,
  runWarnings,
  unhealthyRuns,
} from './vendor-panels.ts';

const VARIABLES: readonly Variable[] = [{ name: 'target' }, { name: 'workspace' }, { name: 'job' }];

interface Page {
  readonly id: string;
  readonly title: string;
  /** Title of the row with what only this vendor reports. */
  readonly special: string;
  /** Names the lines of the run timeline; a job's name by default. */
  readonly lines?: string;
  readonly panels: (where: Matchers) => readonly Builder<Panel>[];
}

const PAGES: readonly Page[] = [
  {
    id: 'snowplow',
    title: 'Snowplow',
    special: 'Steps',
    // A model of the same name runs in each environment.
    lines: '{{workspace}}: {{job_name}}',
    panels: (where) => [
      stepResults(where, 12),
      stepDurations(where, 12),
      byWorkspace(where, { width: 24, height: 5, word: 'environment' }),
    ],
  },
  {
    id: 'adverity',
    title: 'Adverity',
    special: 'Workspaces and progress',
    panels: (where) => [
      byWorkspace(where, { width: 12, word: 'workspace' }),
      progress(where, 12),
      queueTimes(where, 24),
    ],
  },
  {
    id: 'matatika',
    title: 'Matatika',
    special: 'Exit codes',
    // A pipeline is run and verified under one name.
    lines: '{{job_name}} ({{job_kind}})',
    panels: (where) => [exitCodes(where, 12), lastExitCodes(where, 12), queueTimes(where, 24)],
  },
  {
    id: 'polaris',
    title: 'Imply Polaris',
    special: 'Rows and health',
    panels: (where) => [
      rowsByOutcome(where, 12),
      rowRates(where, 12),
      rowsSkipped(where, 12),
      runWarnings(where, 12),
      unhealthyRuns(where, 12),
      runsWithWarnings(where, 12),
      lastRows(where, 24),
    ],
  },
  {
    id: 'tailer',
    title: 'Tailer',
    special: 'Environments and handled failures',
    panels: (where) => [byWorkspace(where, { width: 12, word: 'environment' }), acknowledged(where, 12)],
  },
];

/** The dashboards of the vendors by the vendor's id. */
export function vendorDashboards(): ReadonlyMap<string, Dashboard> {
  return new Map(PAGES.map((page) => [page.id, vendorDashboard(page)]));
}

function vendorDashboard({ id, title, special, lines, panels }: Page): Dashboard {
  const where = { vendor: `="${id}"`, ...chosen(VARIABLES) };
  return dashboard({
    uid: `datajobs-${id}`,
    title: `Data jobs / ${title}`,
    description: `Jobs at ${title}: how they run, and what only this vendor reports (${special.toLowerCase()}).`,
    variables: VARIABLES,
    failuresOf: where,
    rows: [
      {
        title: 'Now',
        panels: [
          ...presentNumbers(where),
          runTimeline(where, { height: 9, ...(lines !== undefined && { legend: lines }) }),
        ],
      },
      { title: special, panels: panels(where) },
      {
        title: 'Runs',
        panels: [finishedRuns(where, 12), liveRuns(where, 12), durationHeat(where, 24), jobList(where)],
      },
      { title: 'Reading the vendor', panels: [pollOutcomes(where, 12), apiRequests(where, 12)] },
    ],
  });
}

/** The frame that all dashboards share: variables, links between them, annotations for failures, time and refresh. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dashboard, Panel, VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../../src/metrics/catalogue.ts';
import { DATASOURCE } from './panels.ts';
import { fold } from './promql.ts';
import type { Matchers } from './promql.ts';

/** A titled group of panels. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

interface Options {
  /** Stable: links and bookmarks name it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Labels to choose from, the first narrowing the next. */
  readonly variables: readonly Variable[];
  /** Jobs whose failures are marked on the time axis; null: none are. */
  readonly failuresOf: Matchers | null;
  /** True if they are marked from the start, false if only when the viewer switches them on. */
  readonly areFailuresShown?: boolean;
  readonly rows: readonly Row[];
}

export interface Variable {
  readonly name: 'vendor' | 'target' | 'workspace' | 'job';
  /** True: one value is chosen, and there is no "All". */
  readonly single?: boolean;
}

const LABEL_BY_VARIABLE = { vendor: 'vendor', target: 'target', workspace: 'workspace', job: 'job_name' } as const;

/** Matchers by which the chosen values of these variables narrow a query. */
export function chosen(variables: readonly Variable[]): Matchers {
  return Object.fromEntries(variables.map(({ name }) => [LABEL_BY_VARIABLE[name], `=~"$${name}"`]));
}

function variable(choice: Variable, before: readonly Variable[], fixed: Matchers): Builder<VariableModel> {
  const label = LABEL_BY_VARIABLE[choice.name];
  const matchers = Object.entries({ ...fixed, ...chosen(before) }).map(([name, matcher]) => name + matcher);
  const builder = new QueryVariableBuilder(choice.name)
    .label(choice.name.replace(/^./, (letter) => letter.toUpperCase()))
    .datasource(DATASOURCE)
    .query({
      query: `label_values(${METRICS.jobFirstSeen.name}{${matchers.join(', ')}}, ${label})`,
      refId: choice.name,
    })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc);
  // The pattern for "All" also takes in series without the label: not every vendor has workspaces.
  return choice.single === true ? builder : builder.multi(true).includeAll(true).allValue('.*').current(ALL);
}
const ALL = { selected: true, text: 'All', value: '$__all' };

function failures(where: Matchers, isShown: boolean): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Failures')
    .datasource(DATASOURCE)
    .enable(isShown)
    .iconColor('red')
    .expr(`${fold({ metric: METRICS.lastFailure, where })} * 1000`)
    .step('60s')
    .useValueForTime(true)
    .titleFormat('{{job_name}} failed')
    .textFormat('{{vendor}} {{target}} {{workspace}}')
    .tagKeys('vendor,target');
}

function link(title: string, tag: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Dashboards)
    .tags([tag])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true);
}

/** A whole dashboard, as JSON for provisioning and import. */
export function dashboard(options: Options): Dashboard {
  const { uid, title, description, variables, failuresOf, areFailuresShown = true, rows } = options;
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['datajobs'])
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .editable()
    .withVariable(
      new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus').current({
        selected: false,
        text: 'default',
        value: 'default',
      }),
    )
    .link(link('Data jobs', 'datajobs'));
  for (const [index, choice] of variables.entries()) {
    builder.withVariable(variable(choice, variables.slice(0, index), fixedOf(failuresOf, variables)));
  }
  if (failuresOf !== null) builder.annotation(failures(failuresOf, areFailuresShown));
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  return settled(builder.build());
}

/** Panels numbered in their order, so that links to one stay valid, and nothing hidden in a menu. */
function settled(built: Dashboard): Dashboard {
  return {
    ...built,
    panels: (built.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 })),
    links: (built.links ?? []).map(outsideMenus),
    annotations: { list: (built.annotations.list ?? []).map(outsideMenus) },
  };
}

/** The builders put what has a `placement` into a menu, where few look. */
function outsideMenus<Kind extends { placement?: unknown }>(item: Kind): Kind {
  const copy = { ...item };
  delete copy.placement;
  return copy;
}

/** Matchers that are no variable's, such as a vendor's own dashboard has: they narrow the variables too. */
function fixedOf(where: Matchers | null, variables: readonly Variable[]): Matchers {
  const free = new Set<string>(variables.map(({ name }) => LABEL_BY_VARIABLE[name]));
  return Object.fromEntries(Object.entries(where ?? {}).filter(([label]) => !free.has(label)));
}

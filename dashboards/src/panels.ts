/** The few kinds of panel that the dashboards are drawn with, alike in look and in what they say where there is no data. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TableSortByFieldStateBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { DynamicConfigValue, Panel, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  YAxisConfigBuilder,
  PanelBuilder as Heatmap,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Colors } from './colors.ts';

/** The data source that the viewer has chosen. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Properties of every panel. */
export interface Frame {
  readonly title: string;
  /** The question that it answers, shown to the reader who hovers over it. */
  readonly description: string;
  /** Columns of 24. */
  readonly width: number;
  readonly height: number;
  /** Said where the query has no series. */
  readonly empty: string;
}

export interface Query {
  readonly expression: string;
  /** Grafana's legend template, e.g. `{{job_name}}`. */
  readonly legend: string;
}

/** Value from which on a colour holds; the first has null. */
export type Steps = readonly { readonly from: number | null; readonly color: string }[];

export const NEUTRAL: Steps = [{ from: null, color: 'blue' }];
/** Any at all is wrong. */
export const NONE_IS_GOOD: Steps = [
  { from: null, color: 'green' },
  { from: 1, color: 'red' },
];
/** Any at all is worth a look. */
export const NONE_IS_BETTER: Steps = [
  { from: null, color: 'green' },
  { from: 1, color: 'orange' },
];
export const HIGH_RATIO_IS_GOOD: Steps = [
  { from: null, color: 'red' },
  { from: 0.9, color: 'orange' },
  { from: 0.98, color: 'green' },
];
export const LOW_RATIO_IS_GOOD: Steps = [
  { from: null, color: 'green' },
  { from: 0.02, color: 'orange' },
  { from: 0.1, color: 'red' },
];
export const ONE_IS_GOOD: Steps = [
  { from: null, color: 'red' },
  { from: 1, color: 'green' },
];

/** Values that stand for words. */
export type Words = Readonly<Record<string, { readonly text: string; readonly color: string }>>;

function mappings(words: Words): ValueMapping[] {
  return [{ type: MappingType.ValueToText, options: { ...words } }];
}

function thresholds(steps: Steps): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(({ from, color }) => ({ value: from as number, color })));
}

type AnyPanel = Stat | Table | TimeSeries | Heatmap | StateTimeline;

function framed<Kind extends AnyPanel>(panel: Kind, { title, description, width, height, empty }: Frame): Kind {
  panel.title(title).description(description).datasource(DATASOURCE).span(width).height(height).noValue(empty);
  return panel;
}

function query({ expression, legend: name }: Query, index: number): DataqueryBuilder {
  const letter = 'ABCDEFGH'.charAt(index);
  return new DataqueryBuilder().refId(letter).datasource(DATASOURCE).expr(expression).legendFormat(name);
}

function overTime(asked: Query, index: number): DataqueryBuilder {
  return query(asked, index).range();
}

function now(asked: Query, index: number): DataqueryBuilder {
  return query(asked, index).instant();
}

function colored<Kind extends AnyPanel>(panel: Kind, colors: Colors = {}): Kind {
  for (const [name, color] of Object.entries(colors)) {
    panel.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }]);
  }
  return panel;
}

function legend(calculations: readonly string[] = []): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs([...calculations]);
}

/** Numbers of the present moment, or over the chosen range where the query says so. */
export function stat(
  options: Frame & {
    readonly queries: readonly Query[];
    readonly unit: string;
    readonly steps: Steps;
    readonly words?: Words;
    /** Says the legend instead of the value: what is told is a label. Coloured by it where colours are given. */
    readonly says?: 'legend';
    readonly colors?: Colors;
  },
): Builder<Panel> {
  const several = options.queries.length > 1 ? BigValueTextMode.ValueAndName : BigValueTextMode.Auto;
  const panel = colored(framed(new Stat(), options), options.colors)
    .unit(options.unit)
    .thresholds(thresholds(options.steps))
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .textMode(options.says === 'legend' ? BigValueTextMode.Name : several)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
  if (options.words !== undefined) panel.mappings(mappings(options.words));
  for (const [index, asked] of options.queries.entries()) panel.withTarget(now(asked, index));
  return panel;
}

/** Curves; `bars` are for what happened within each interval, stacked; `steps` for what holds until it changes. */
export function curves(
  options: Frame & {
    readonly queries: readonly Query[];
    readonly unit: string;
    readonly style?: 'line' | 'steps' | 'bars' | 'points';
    readonly colors?: Colors;
    readonly max?: number;
    /** Of whole things, such as runs: no half of one on the axis. */
    readonly whole?: true;
  },
): Builder<Panel> {
  const style = options.style ?? 'line';
  const panel = colored(framed(new TimeSeries(), options), options.colors)
    .unit(options.unit)
    .min(0)
    // Below a minute there is no news: polls and scrapes are not faster.
    .interval('1m')
    .legend(legend(style === 'bars' ? ['sum'] : []))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).hideZeros(true))
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(0)
    .showPoints(VisibilityMode.Never);
  if (options.max !== undefined) panel.max(options.max);
  if (options.whole === true) panel.decimals(0);
  if (style === 'bars') {
    panel
      .drawStyle(GraphDrawStyle.Bars)
      .fillOpacity(80)
      .stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  }
  if (style === 'points') panel.drawStyle(GraphDrawStyle.Points).showPoints(VisibilityMode.Always).pointSize(5);
  if (style === 'steps') panel.lineInterpolation(LineInterpolation.StepAfter);
  for (const [index, asked] of options.queries.entries()) panel.withTarget(overTime(asked, index));
  return panel;
}

/** A heat map of durations: bounds upwards, time to the right. The expression keeps `le` alone. */
export function durations(options: Frame & { readonly expression: string }): Builder<Panel> {
  return framed(new Heatmap(), options)
    .interval('5m')
    .calculate(false)
    .yAxis(new YAxisConfigBuilder().unit('s'))
    .cellGap(1)
    .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Oranges').steps(64))
    .filterValues({ build: () => ({ le: 1e-9 }) })
    .withTarget(overTime({ expression: options.expression, legend: '{{le}}' }, 0).format(PromQueryFormat.Heatmap));
}

/** The state of each series over time, as words. */
export function timeline(options: Frame & { readonly query: Query; readonly words: Words }): Builder<Panel> {
  return framed(new StateTimeline(), options)
    .interval('1m')
    .mappings(mappings(options.words))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .mergeValues(true)
    .legend(legend())
    .showValue(VisibilityMode.Never)
    .rowHeight(0.9)
    .perPage(25)
    .withTarget(overTime(options.query, 0));
}

/** A column of a table: a label by its name, or the value of a query by its letter (`Value #A`, alone `Value`). */
export interface Column {
  readonly field: string;
  readonly title: string;
  readonly unit?: string;
  /** Pixels; left out: a share of what the others leave. */
  readonly width?: number;
  readonly steps?: Steps;
  readonly words?: Words;
  /** The address that a click opens; Grafana's `${__data.fields.…}` stand for the row's values. */
  readonly opens?: string;
}

const JOB_URL =
  '/d/datajobs-job/datajobs-job?${datasource:queryparam}&${__url_time_range}' +
  '&var-vendor=${__data.fields.vendor}&var-target=${__data.fields.target}' +
  '&var-workspace=${__data.fields.workspace}&var-job=${__data.fields.job_name}';

function columnProperties({ title, unit, width, steps, words, opens }: Column): DynamicConfigValue[] {
  return [
    { id: 'displayName', value: title },
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
    ...(steps === undefined
      ? []
      : [
          { id: 'thresholds', value: thresholds(steps).build() },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ]),
    ...(words === undefined
      ? []
      : [
          { id: 'mappings', value: mappings(words) },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ]),
    ...(opens === undefined ? [] : [{ id: 'links', value: [{ title: 'Open', url: opens }] }]),
  ];
}

/** Rows of the present moment: queries joined by their labels; columns in this order, all others hidden. */
export function table(
  options: Frame & {
    readonly queries: readonly string[];
    readonly columns: readonly Column[];
    /** Title of the column that rows are sorted by; what deserves a look comes first. */
    readonly sortedBy: string;
    readonly descending?: boolean;
  },
): Builder<Panel> {
  const order = new TableSortByFieldStateBuilder().displayName(options.sortedBy).desc(options.descending ?? false);
  // Grafana's own least width of 150 pushes the last columns off the edge of a laptop's half page.
  const panel = framed(new Table(), options).filterable(true).minWidth(60).sortBy([order]);
  for (const [index, expression] of options.queries.entries()) {
    panel.withTarget(now({ expression, legend: '' }, index).format(PromQueryFormat.Table));
  }
  panel
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'filterFieldsByName',
      options: { include: { names: options.columns.map(({ field }) => field) } },
    })
    .withTransformation({
      id: 'organize',
      options: { indexByName: Object.fromEntries(options.columns.map(({ field }, index) => [field, index])) },
    });
  for (const column of options.columns) panel.overrideByName(column.field, columnProperties(column));
  return panel;
}

/** Columns that name a job; its name opens its dashboard. */
export const JOB_COLUMNS: readonly Column[] = [
  { field: 'job_name', title: 'Job', opens: JOB_URL },
  { field: 'vendor', title: 'Vendor', width: 85 },
  { field: 'target', title: 'Target', width: 120 },
  { field: 'workspace', title: 'Workspace', width: 130 },
];

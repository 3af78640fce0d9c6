import { paletteColor } from './colors.ts';
import { configOf } from './dashboard-file.ts';
import type { Panel } from './dashboard-file.ts';
import { formatValue } from './format-value.ts';
import { emptyHtml, escape } from './html.ts';
import type { Span } from './prometheus.ts';
import { timeTicks, valueTicks } from './ticks.ts';

export interface NamedCurve {
  readonly name: string;
  readonly values: ReadonlyMap<number, number>;
}

/** A plot as `curves-in-page.js` hands it to uPlot. */
interface Plot {
  readonly times: readonly number[];
  readonly series: readonly {
    readonly color: string;
    readonly fill: number;
    readonly values: readonly (number | null)[];
  }[];
  readonly style: string;
  readonly pointSize: number;
  readonly top: number;
  readonly xTicks: readonly { readonly at: number; readonly text: string }[];
  readonly yTicks: readonly { readonly at: number; readonly text: string }[];
  readonly marks: readonly number[];
}

/** Curves, bars or points for uPlot with Grafana's legend below. `marks` are instants of annotations. */
export function drawCurves(panel: Panel, curves: readonly NamedCurve[], span: Span, marks: readonly number[]): string {
  const { unit, custom, max, noValue, decimals } = panel.fieldConfig.defaults;
  if (curves.length === 0) return emptyHtml(noValue);
  const isStepped = custom.lineInterpolation === 'stepAfter';
  const style = isStepped ? 'steps' : (custom.drawStyle ?? 'line');
  const times = instants(span);
  const isStacked = custom.stacking?.mode === 'normal';
  const below = times.map(() => 0);
  const shown = curves.map(({ name, values }, index) => ({
    name,
    color: paletteColor(configOf(panel, name), index),
    sum: [...values.values()].reduce((total, value) => total + value, 0),
    values: times.map((time, at) => {
      const value = values.get(time);
      if (value === undefined || Number.isNaN(value)) return null;
      if (!isStacked) return value;
      below[at] = (below[at] ?? 0) + value;
      return value === 0 ? null : below[at];
    }),
  }));
  const largest = Math.max(...shown.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const ticks = valueTicks(max ?? largest, unit);
  const plot: Plot = {
    times,
    // The highest of a stack is drawn first, so that what is below covers its lower part.
    series: (isStacked ? shown.toReversed() : shown).map(({ color, values }) => ({
      color,
      values,
      fill: (custom.fillOpacity ?? 0) / 100,
    })),
    style,
    pointSize: custom.pointSize ?? 5,
    top: max ?? Math.max(ticks.at(-1) ?? 0, largest),
    xTicks: timeTicks(span),
    yTicks: ticks
      .filter((at) => decimals !== 0 || Number.isInteger(at))
      .map((at) => ({ at, text: formatValue(at, unit, span.to) })),
    marks,
  };
  const withSums = JSON.stringify(panel.options['legend'] ?? {}).includes('"sum"');
  const legend = shown.map(
    ({ name, color, sum }) =>
      `<span><i style="background:${color}"></i>${escape(name)}${withSums ? ` <em>Total: ${formatValue(sum, unit, span.to)}</em>` : ''}</span>`,
  );
  return `<div class="plot" data-plot="${escape(JSON.stringify(plot))}"></div><div class="legend">${legend.join('')}</div>`;
}

/** The instants that Prometheus answers for. */
export function instants({ from, to, step }: Span): readonly number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

/** Panels that Grafana draws by itself, without uPlot's curves: state timelines and heat maps. */
import { z } from 'zod';
import { colorOf, thresholdColor } from './colors.ts';
import { wordOf } from './dashboard-file.ts';
import type { Panel } from './dashboard-file.ts';
import type { NamedCurve } from './draw-curves.ts';
import { instants } from './draw-curves.ts';
import { formatValue } from './format-value.ts';
import { emptyHtml, escape } from './html.ts';
import type { Curve, Span } from './prometheus.ts';
import { timeTicks } from './ticks.ts';

/** Dark to light, as the scheme "Oranges" is on a dark theme. @see d3-scale-chromatic (read 2026-11-22) */
const ORANGES = ['#7f2704', '#a63603', '#d94801', '#f16913', '#fd8d3c', '#fdae6b', '#fdd0a2', '#fee6ce', '#fff5eb'];

const Timeline = z.object({
  perPage: z.number().optional(),
  legend: z.object({ showLegend: z.boolean() }).default({ showLegend: true }),
});
const Heat = z.object({ yAxis: z.object({ unit: z.string().optional() }).default({}) });

function timeAxis(span: Span): string {
  const isWhole = ({ at }: { readonly at: number }): boolean => span.to - at > (span.to - span.from) / 50;
  const ticks = timeTicks(span)
    .filter(isWhole)
    .map(({ at, text }) => `<span style="left:${percent((at - span.from) / (span.to - span.from))}">${text}</span>`);
  return `<div class="times"><div>${ticks.join('')}</div></div>`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}

/** One line a series, coloured by the words of its values. */
export function drawTimeline(panel: Panel, curves: readonly NamedCurve[], span: Span): string {
  const config = panel.fieldConfig.defaults;
  if (curves.length === 0) return emptyHtml(config.noValue);
  const { perPage, legend: asked } = Timeline.parse(panel.options);
  const times = instants(span);
  const page = curves.slice(0, perPage ?? curves.length);
  const lines = page.map(({ name, values }) => {
    const stretches: { value: number | undefined; from: number; to: number }[] = [];
    for (const time of times) {
      const value = values.get(time);
      const last = stretches.at(-1);
      const to = Math.min(time + span.step, span.to);
      if (last !== undefined && last.value === value) last.to = to;
      else stretches.push({ value, from: time, to });
    }
    const bars = stretches.flatMap(({ value, from, to }) => {
      if (value === undefined) return [];
      const color = colorOf(wordOf(config, value)?.color ?? thresholdColor(config, value));
      const whole = span.to - span.from;
      return [
        `<i style="left:${percent((from - span.from) / whole)};width:${percent((to - from) / whole)};background:${color}"></i>`,
      ];
    });
    return `<div class="line"><span>${escape(name)}</span><div>${bars.join('')}</div></div>`;
  });
  const used = [...new Set(curves.flatMap(({ values }) => [...values.values()]))].sort((a, b) => a - b);
  const legend = (asked.showLegend ? used : []).map((value) => {
    const word = wordOf(config, value);
    return `<span><i style="background:${colorOf(word?.color ?? 'gray')}"></i>${escape(word?.text ?? String(value))}</span>`;
  });
  const pages =
    curves.length > page.length ? `<div class="pages">1–${String(page.length)} of ${String(curves.length)}</div>` : '';
  return `<div class="timeline"><div class="lines">${lines.join('')}</div>${timeAxis(span)}${pages}</div><div class="legend">${legend.join('')}</div>`;
}

/** Cumulative buckets as cells, the lowest bound at the bottom; cells of none stay dark. */
export function drawHeat(panel: Panel, curves: readonly Curve[], span: Span): string {
  const { yAxis } = Heat.parse(panel.options);
  const buckets = curves
    .map(({ labels, values }) => ({ bound: Number(labels['le']?.replace('+Inf', 'Infinity')), values }))
    .sort((a, b) => a.bound - b.bound);
  if (buckets.length === 0) return emptyHtml(panel.fieldConfig.defaults.noValue);
  const times = instants(span);
  const rows = buckets.map(({ bound, values }, index) => ({
    bound,
    counts: times.map((time) => (values.get(time) ?? 0) - (buckets[index - 1]?.values.get(time) ?? 0)),
  }));
  const largest = Math.max(1, ...rows.flatMap(({ counts }) => counts));
  const lines = rows.toReversed().map(({ bound, counts }) => {
    const cells = counts.map((count) => {
      const place = Math.round((count / largest) * (ORANGES.length - 1));
      return `<b style="${count > 1e-9 ? `background:${ORANGES[place] ?? ''}` : ''}"></b>`;
    });
    const label = Number.isFinite(bound) ? formatValue(bound, yAxis.unit, span.to) : '+Inf';
    return `<div class="line heat"><span>${label}</span><div>${cells.join('')}</div></div>`;
  });
  return `<div class="timeline"><div class="lines">${lines.join('')}</div>${timeAxis(span)}</div><div class="legend"><span>0</span><span class="scale" style="background:linear-gradient(90deg, ${ORANGES.join(', ')})"></span><span>${formatValue(largest, 'short', span.to)}</span></div>`;
}

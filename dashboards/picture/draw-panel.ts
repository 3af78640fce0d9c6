import type { Dashboard, Panel } from './dashboard-file.ts';
import { drawCurves } from './draw-curves.ts';
import { drawHeat, drawTimeline } from './draw-over-time.ts';
import { drawStat } from './draw-stat.ts';
import { drawTable } from './draw-table.ts';
import { joinReadings } from './join-readings.ts';
import { legendOf } from './prometheus.ts';
import type { Curve, Prometheus, Span } from './prometheus.ts';
import { fillVariables, stepOf } from './variables.ts';

/** Source of a drawing's data, the chosen values of variables, the time, and the width. */
export interface View {
  readonly prometheus: Prometheus;
  readonly chosen: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly now: number;
  readonly rangeSeconds: number;
  /** Width of the page in pixels. */
  readonly width: number;
}

/** The page's margins on both sides, and what a panel keeps from its inside. @see page.css */
const MARGINS = 24;
const FRAME = 10;

function spanOf({ now, rangeSeconds }: View, step: number): Span {
  // As Grafana does it: from and to on multiples of the step, so that a reload shows the same points.
  return { from: Math.floor((now - rangeSeconds) / step) * step, to: Math.floor(now / step) * step, step };
}

/** Instants within the view of the annotations that are switched on; the values of their queries are instants. */
export async function loadMarks({ annotations }: Dashboard, view: View): Promise<readonly number[]> {
  const span = spanOf(view, 60);
  const marks = new Set<number>();
  for (const { expr } of annotations.list.filter(({ enable }) => enable)) {
    const filled = fillVariables(expr, { ...view, stepSeconds: span.step });
    for (const { values } of await view.prometheus.range(filled, span)) {
      for (const value of values.values()) marks.add(Math.floor(value / 1000));
    }
  }
  return [...marks].filter((at) => at >= span.from && at <= span.to);
}

/** The HTML of a panel's inside; null for a row header. @throws Error for a kind of panel that the tool cannot draw */
export async function drawPanel(panel: Panel, view: View, marks: readonly number[]): Promise<string | null> {
  if (panel.type === 'row') return null;
  const pixels = (panel.gridPos.w / 24) * (view.width - MARGINS) - FRAME;
  const span = spanOf(view, stepOf(view.rangeSeconds, pixels, panel.interval));
  const queries = panel.targets.map(({ refId, expr, legendFormat }) => ({
    refId,
    legendFormat,
    query: fillVariables(expr, { ...view, stepSeconds: span.step }),
  }));
  const overTime = async (): Promise<readonly (Curve & { name: string })[]> => {
    const answers = await Promise.all(
      queries.map(async ({ query, legendFormat }) =>
        (await view.prometheus.range(query, span)).map((curve) => ({
          ...curve,
          name: legendOf(legendFormat, curve.labels),
        })),
      ),
    );
    return answers.flat();
  };
  const present = async () =>
    Promise.all(
      queries.map(async ({ refId, query, legendFormat }) => ({
        refId,
        legendFormat,
        readings: await view.prometheus.instant(query, view.now),
      })),
    );
  switch (panel.type) {
    case 'timeseries':
      return drawCurves(panel, await overTime(), span, marks);
    case 'heatmap':
      return drawHeat(panel, await overTime(), span);
    case 'state-timeline':
      return drawTimeline(panel, await overTime(), span);
    case 'stat':
      return drawStat(
        panel,
        (await present()).flatMap(({ legendFormat, readings }) =>
          readings.map(({ labels, value }) => ({ name: legendOf(legendFormat, labels), value })),
        ),
        view.now,
      );
    case 'table':
      return drawTable(panel, joinReadings(await present()), { now: view.now, pixels });
    default:
      throw new Error(`no drawing for panels of type ${panel.type}`);
  }
}

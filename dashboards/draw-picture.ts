/**
 * Draws a committed dashboard from a running Prometheus, for the README and for looking at it where no Grafana is:
 *
 *     npm run picture -- overview docs/images/overview.png --prometheus http://127.0.0.1:9090 --range 30m
 *     npm run picture -- job job.png --choose "job=Google Sheets - Media Plan" --choose vendor=adverity
 */
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { loadDashboard } from './picture/dashboard-file.ts';
import { drawPanel, loadMarks } from './picture/draw-panel.ts';
import type { View } from './picture/draw-panel.ts';
import { heightOf, toPage } from './picture/page.ts';
import type { DrawnPanel } from './picture/page.ts';
import { createPrometheus } from './picture/prometheus.ts';
import { takePicture } from './picture/take-picture.ts';
import { toSeconds } from './picture/variables.ts';

interface Options {
  readonly prometheus: string;
  readonly range: string;
  readonly width: string;
  readonly choose: readonly string[];
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

async function draw(name: string, file: string, options: Options): Promise<void> {
  const dashboard = await loadDashboard(join(import.meta.dirname, `${name}.json`));
  const chosen = Object.fromEntries(options.choose.map((choice) => choice.split(/=(.*)/s, 2)));
  const view: View = {
    prometheus: createPrometheus(options.prometheus),
    chosen,
    now: Math.floor(Date.now() / 1000),
    rangeSeconds: toSeconds(options.range),
    width: Number(options.width),
  };
  const marks = await loadMarks(dashboard, view);
  const drawn: DrawnPanel[] = [];
  for (const panel of dashboard.panels) drawn.push({ panel, body: await drawPanel(panel, view, marks) });
  const html = await toPage(dashboard, drawn, { chosen, range: options.range });
  await takePicture(html, resolve(file), { width: view.width, height: heightOf(dashboard) });
}

await new Command('draw-picture')
  .argument('<dashboard>', 'name of a file of this folder, without .json')
  .argument('<file>', 'PNG to write')
  .option(
    '--prometheus <url>',
    'Prometheus that scrapes an exporter and has loaded dashboards/rules',
    'http://127.0.0.1:9090',
  )
  .option('--range <duration>', 'how far back', '1h')
  .option('--width <pixels>', 'width of the page', '1440')
  .option('--choose <variable=value>', 'value of a variable, else all; can be repeated', collect, [])
  .action(draw)
  .parseAsync();

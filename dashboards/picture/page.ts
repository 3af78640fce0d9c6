/** The page: panels on Grafana's grid of 24 columns, in one file that needs nothing from elsewhere. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { Dashboard, Panel } from './dashboard-file.ts';
import { escape } from './html.ts';

const CELL = 30;
const GAP = 8;

/** A panel and its drawing; a row header has none. */
export interface DrawnPanel {
  readonly panel: Panel;
  readonly body: string | null;
}

function place({ gridPos: { x, y, w, h } }: Panel): string {
  const left = `left:${String((x / 24) * 100)}%;width:${String((w / 24) * 100)}%`;
  return `${left};top:${String(y * (CELL + GAP))}px;height:${String(h * (CELL + GAP))}px`;
}

function draw({ panel, body }: DrawnPanel): string {
  if (body === null) return `<div class="row" style="${place(panel)}">${escape(panel.title)}</div>`;
  return `<div class="panel" style="${place(panel)}"><section><h2>${escape(panel.title)}</h2><div class="body">${body}</div></section></div>`;
}

/** Height of the page in pixels. */
export function heightOf({ panels }: Dashboard): number {
  return Math.max(...panels.map(({ gridPos: { y, h } }) => y + h)) * (CELL + GAP) + 100;
}

/** The whole page as HTML. */
export async function toPage(
  { title, templating, panels }: Dashboard,
  drawn: readonly DrawnPanel[],
  { chosen, range }: { readonly chosen: Readonly<Record<string, string>>; readonly range: string },
): Promise<string> {
  const uplot = join(fileURLToPath(import.meta.resolve('uplot')), '..');
  const styles = await Promise.all(
    [join(uplot, 'uPlot.min.css'), join(import.meta.dirname, 'page.css')].map((file) => readFile(file, 'utf8')),
  );
  const scripts = await Promise.all(
    [join(uplot, 'uPlot.iife.min.js'), join(import.meta.dirname, 'curves-in-page.js')].map((file) =>
      readFile(file, 'utf8'),
    ),
  );
  const variables = templating.list.map(({ name, label, type }) => {
    const value = type === 'datasource' ? 'Prometheus' : (chosen[name] ?? 'All');
    return `<span><b>${escape(label ?? name)}</b>${escape(value)}</span>`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>
<style>${styles.join('\n')}</style></head><body>
<header><h1>${escape(title)}</h1><div class="variables">${variables.join('')}<span class="range">Last ${escape(range)}</span></div></header>
<main style="height:${String(heightOf({ title, templating, panels, annotations: { list: [] } }) - 100)}px">${drawn.map(draw).join('\n')}</main>
${scripts.map((script) => `<script>${script}</script>`).join('\n')}</body></html>`;
}

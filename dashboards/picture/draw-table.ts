import { z } from 'zod';
import { colorOf, thresholdColor } from './colors.ts';
import { configOf, wordOf } from './dashboard-file.ts';
import type { FieldConfig, Panel } from './dashboard-file.ts';
import { formatValue } from './format-value.ts';
import { emptyHtml, escape } from './html.ts';
import { columnsOf, sortRows } from './join-readings.ts';
import type { TableRow } from './join-readings.ts';

const Colored = z.object({
  properties: z.array(z.object({ id: z.string(), value: z.unknown() })),
});

/** Grafana's, unless the panel says another. */
const LEAST_WIDTH = 150;

/** A table as high as the panel, so that what is beyond its edges is cut as it is on the screen. */
export function drawTable(
  panel: Panel,
  rows: readonly TableRow[],
  { now, pixels }: { readonly now: number; readonly pixels: number },
): string {
  if (rows.length === 0) return emptyHtml(panel.fieldConfig.defaults.noValue);
  const columns = columnsOf(panel, rows).map((field) => ({
    field,
    config: configOf(panel, field),
    ...looksOf(panel, field),
  }));
  const isNumeric = (field: string): boolean => rows.some((row) => typeof row[field] === 'number');
  const widths = columnWidths(
    columns.map(({ config }) => config),
    pixels,
  );
  const head = columns.map(
    ({ field, config }, index) =>
      `<th class="${isNumeric(field) ? 'number' : ''}" style="width:${String(widths[index])}px">${escape(config.displayName ?? field)}</th>`,
  );
  const body = sortRows(panel, rows).map((row) => {
    const cells = columns.map(({ field, config, colored, linked }) => {
      const value = row[field];
      const shown = show(value, config, now);
      const color = colored && typeof value === 'number' ? `color:${shown.color}` : '';
      return `<td class="${typeof value === 'number' ? 'number' : ''}${linked ? ' link' : ''}" style="${color}">${escape(shown.text)}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="table"><table style="width:${String(widths.reduce((total, width) => total + width, 0))}px"><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

/** As Grafana shares a table's width out: what no column has of its own is shared, down to the least width. */
function columnWidths(columns: readonly FieldConfig[], pixels: number): readonly number[] {
  const free = columns.filter(({ custom }) => custom.width === undefined).length;
  const taken = columns.reduce((total, { custom }) => total + (custom.width ?? 0), 0);
  return columns.map(({ custom }) => custom.width ?? Math.max(custom.minWidth ?? LEAST_WIDTH, (pixels - taken) / free));
}

function looksOf(panel: Panel, field: string): { colored: boolean; linked: boolean } {
  const override = panel.fieldConfig.overrides.find(({ matcher }) => matcher.options === field);
  const ids = override === undefined ? [] : Colored.parse(override).properties.map(({ id }) => id);
  return { colored: ids.includes('custom.cellOptions'), linked: ids.includes('links') };
}

function show(value: string | number | undefined, config: FieldConfig, now: number): { text: string; color: string } {
  if (typeof value !== 'number') return { text: value ?? '', color: '' };
  const word = wordOf(config, value);
  const color = word?.color === undefined ? thresholdColor(config, value) : colorOf(word.color);
  return { text: word?.text ?? formatValue(value, config.unit, now, config.decimals), color };
}

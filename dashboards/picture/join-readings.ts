/** Grafana's `merge` over the answers to a table's queries, and the order and choice of its columns. */
import { z } from 'zod';
import { configOf } from './dashboard-file.ts';
import type { Panel } from './dashboard-file.ts';
import type { Reading } from './prometheus.ts';

export type TableRow = Readonly<Record<string, string | number>>;

const Include = z.object({ include: z.object({ names: z.array(z.string()) }) });
const Organized = z.object({ indexByName: z.record(z.string(), z.number()) });
const Sorting = z.array(z.object({ displayName: z.string(), desc: z.boolean().default(false) }));

/** Rows that agree in the labels that all answers have become one row; an answer's value is `Value` or `Value #A`. */
export function joinReadings(
  answers: readonly { readonly refId: string; readonly readings: readonly Reading[] }[],
): readonly TableRow[] {
  const filled = answers.filter(({ readings }) => readings.length > 0);
  const names = filled.map(({ readings }) => new Set(readings.flatMap(({ labels }) => Object.keys(labels))));
  const shared = [...(names[0] ?? [])].filter((name) => names.every((other) => other.has(name)));
  const rows: Record<string, string | number>[] = [];
  for (const [index, { refId, readings }] of filled.entries()) {
    const field = answers.length === 1 ? 'Value' : `Value #${refId}`;
    const before = index === 0 ? [] : [...rows];
    for (const { labels, value } of readings) {
      const partner = before.find(
        (row) => !(field in row) && shared.every((name) => (row[name] ?? '') === (labels[name] ?? '')),
      );
      if (partner === undefined) rows.push({ ...labels, [field]: value });
      else Object.assign(partner, { ...labels, ...partner, [field]: value });
    }
  }
  return rows;
}

/** The columns that the panel's transformations leave, in order. */
export function columnsOf(panel: Panel, rows: readonly TableRow[]): readonly string[] {
  const present = new Set(rows.flatMap((row) => Object.keys(row)));
  const options = (id: string): unknown =>
    panel.transformations.find((transformation) => transformation.id === id)?.options;
  const { include } = Include.parse(options('filterFieldsByName') ?? { include: { names: [...present] } });
  const { indexByName } = Organized.parse(options('organize') ?? { indexByName: {} });
  return include.names
    .filter((name) => present.has(name))
    .sort((a, b) => (indexByName[a] ?? 0) - (indexByName[b] ?? 0));
}

/** Rows in the order that the panel asks for; as they came where it asks for none. */
export function sortRows(panel: Panel, rows: readonly TableRow[]): readonly TableRow[] {
  const [by] = Sorting.parse(panel.options['sortBy'] ?? []);
  const field =
    by && columnsOf(panel, rows).find((name) => (configOf(panel, name).displayName ?? name) === by.displayName);
  if (by === undefined || field === undefined) return rows;
  const sign = by.desc ? -1 : 1;
  return [...rows].sort((a, b) => sign * compare(a[field], b[field]));
}

function compare(a: string | number | undefined, b: string | number | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a ?? '').localeCompare(String(b ?? ''));
}

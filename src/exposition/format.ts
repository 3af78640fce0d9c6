/** The two formats a page is written in. */
export type Format = 'text' | 'openmetrics';

/** `Content-Type` of each format. */
export const CONTENT_TYPE: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

const NEEDS_ESCAPE = /[\\"\n]/;

/** A label value between its quotes: backslash, quote and line feed are escaped, in both formats alike. */
function escapeLabelValue(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** A help text. Only OpenMetrics escapes quotes here: in the text format `\"` would be shown as it stands. */
export function escapeHelp(help: string, format: Format): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}

/** `a="1",b="2"` from names and values alternating; empty for none. */
export function formatLabels(labels: readonly string[]): string {
  const pairs: string[] = [];
  for (let index = 0; index + 1 < labels.length; index += 2) {
    pairs.push(`${labels[index]}="${escapeLabelValue(labels[index + 1] ?? '')}"`);
  }
  // Joined, not added up: V8 keeps a sum as a tree and walks it again for every line that the labels stand on.
  return pairs.join(',');
}

/** Grafana's dark theme, in the colours that the dashboards name. */
import type { FieldConfig } from './dashboard-file.ts';

/** @see https://github.com/grafana/grafana, createVisualizationColors (read 2026-11-22) */
const COLORS: Readonly<Record<string, string>> = {
  green: '#73BF69',
  red: '#F2495C',
  'dark-red': '#C4162A',
  'dark-orange': '#FA6400',
  'light-orange': '#FFB357',
  'light-blue': '#8AB8FF',
  'dark-purple': '#8F3BB8',
  'super-light-purple': '#DEB6F2',
  orange: '#FF9830',
  yellow: '#FADE2A',
  blue: '#5794F2',
  purple: '#B877D9',
  gray: '#808080',
  text: '#CCCCDC',
  transparent: 'transparent',
};

/** The order in which curves without a colour of their own get one. */
const PALETTE = '#73BF69 #F2CC0C #8AB8FF #FF780A #F2495C #5794F2 #B877D9 #705DA0 #37872D #FADE2A #447EBC #C15C17'.split(
  ' ',
);

export function colorOf(name: string): string {
  return COLORS[name] ?? name;
}

/** The one colour that the field has whatever its values; null: it has none. */
export function fixedColor({ color }: FieldConfig): string | null {
  return color?.mode === 'fixed' && color.fixedColor !== undefined ? colorOf(color.fixedColor) : null;
}

/** The colour of the curve with this place in the panel. */
export function paletteColor(config: FieldConfig, index: number): string {
  return fixedColor(config) ?? PALETTE[index % PALETTE.length] ?? 'gray';
}

/** The colour of the last threshold that the value has reached. */
export function thresholdColor({ thresholds }: FieldConfig, value: number): string {
  const reached = (thresholds?.steps ?? []).filter(
    ({ value: from }) => from === null || from === undefined || value >= from,
  );
  return colorOf(reached.at(-1)?.color ?? 'green');
}

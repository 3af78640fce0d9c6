import { colorOf, fixedColor, thresholdColor } from './colors.ts';
import { configOf, wordOf } from './dashboard-file.ts';
import type { Panel } from './dashboard-file.ts';
import { formatValue } from './format-value.ts';
import { escape } from './html.ts';

/** Big numbers, each on its threshold's colour; names beside the numbers where the panel asks for them or has several. */
export function drawStat(
  panel: Panel,
  values: readonly { readonly name: string; readonly value: number }[],
  now: number,
): string {
  if (values.length === 0) {
    return `<div class="stats"><div class="stat"><b class="small">${escape(panel.fieldConfig.defaults.noValue ?? 'No data')}</b></div></div>`;
  }
  const mode = panel.options['textMode'];
  const named = mode === 'value_and_name' || (mode === 'auto' && values.length > 1);
  const tiles = values.map(({ name, value }) => {
    const config = configOf(panel, name);
    const word = wordOf(config, value);
    const color =
      word?.color === undefined ? (fixedColor(config) ?? thresholdColor(config, value)) : colorOf(word.color);
    const text = mode === 'name' ? name : (word?.text ?? formatValue(value, config.unit, now, config.decimals));
    const size = text.length > 9 ? ' class="small"' : '';
    return `<div class="stat" style="background:linear-gradient(120deg, ${color}, color-mix(in srgb, ${color} 80%, black))">${
      named ? `<span>${escape(name)}</span>` : ''
    }<b${size}>${escape(text)}</b></div>`;
  });
  return `<div class="stats">${tiles.join('')}</div>`;
}

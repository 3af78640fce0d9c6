/** The parts of a dashboard's JSON that the drawing needs, as Grafana would read them from the file. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const Step = z.object({ value: z.number().nullish(), color: z.string() });
const Words = z.record(z.string(), z.object({ text: z.string(), color: z.string().optional() }));
const Mapping = z.object({ type: z.string(), options: z.unknown() });

const FieldConfig = z.object({
  unit: z.string().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  decimals: z.number().optional(),
  displayName: z.string().optional(),
  noValue: z.string().optional(),
  thresholds: z.object({ steps: z.array(Step) }).optional(),
  mappings: z.array(Mapping).optional(),
  color: z.object({ mode: z.string(), fixedColor: z.string().optional() }).optional(),
  custom: z
    .object({
      drawStyle: z.string().optional(),
      fillOpacity: z.number().optional(),
      lineInterpolation: z.string().optional(),
      minWidth: z.number().optional(),
      pointSize: z.number().optional(),
      stacking: z.object({ mode: z.string().optional() }).optional(),
      width: z.number().optional(),
    })
    .default({}),
});

const Panel = z.object({
  type: z.string(),
  title: z.string().default(''),
  interval: z.string().optional(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  targets: z.array(z.object({ refId: z.string(), expr: z.string(), legendFormat: z.string().default('') })).default([]),
  fieldConfig: z
    .object({
      defaults: FieldConfig,
      overrides: z
        .array(
          z.object({
            matcher: z.object({ id: z.string(), options: z.unknown() }),
            properties: z.array(z.object({ id: z.string(), value: z.unknown() })),
          }),
        )
        .default([]),
    })
    .default({ defaults: { custom: {} }, overrides: [] }),
  options: z.record(z.string(), z.unknown()).default({}),
  transformations: z.array(z.object({ id: z.string(), options: z.unknown() })).default([]),
});

const Dashboard = z.object({
  title: z.string(),
  templating: z.object({
    list: z.array(z.object({ name: z.string(), label: z.string().optional(), type: z.string() })),
  }),
  annotations: z.object({ list: z.array(z.object({ expr: z.string(), enable: z.boolean() })) }),
  panels: z.array(Panel),
});

/** One panel or row header of the file. */
export type Panel = z.infer<typeof Panel>;
export type Dashboard = z.infer<typeof Dashboard>;
/** Settings by which the values of one field are shown. */
export type FieldConfig = z.infer<typeof FieldConfig>;

/** Reads a dashboard. @throws Error where the file is no dashboard that this tool can draw */
export async function loadDashboard(file: string): Promise<Dashboard> {
  return Dashboard.parse(JSON.parse(await readFile(file, 'utf8')));
}

/** The panel's field configuration with the overrides that name this field. */
export function configOf(panel: Panel, field: string): FieldConfig {
  const config: Record<string, unknown> = { ...panel.fieldConfig.defaults };
  for (const { matcher, properties } of panel.fieldConfig.overrides) {
    if (matcher.id !== 'byName' || matcher.options !== field) continue;
    for (const { id, value } of properties) {
      const custom = id.startsWith('custom.') ? id.slice('custom.'.length) : null;
      if (custom === null) config[id] = value;
      else config['custom'] = { ...(config['custom'] as object), [custom]: value };
    }
  }
  return FieldConfig.parse(config);
}

/** The words that stand for a value by the configuration's mappings; null: the value stands for itself. */
export function wordOf({ mappings = [] }: FieldConfig, value: number): { text: string; color?: string } | null {
  for (const { type, options } of mappings) {
    const word = type === 'value' ? Words.parse(options)[String(value)] : undefined;
    if (word !== undefined) return { text: word.text, ...(word.color !== undefined && { color: word.color }) };
  }
  return null;
}

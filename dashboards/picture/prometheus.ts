/** The two questions that panels ask of Prometheus' HTTP API. */
import { z } from 'zod';

const Labels = z.record(z.string(), z.string());
const Sample = z.tuple([z.number(), z.string().transform(Number)]);
const Matrix = z.object({
  data: z.object({ result: z.array(z.object({ metric: Labels, values: z.array(Sample) })) }),
});
const Vector = z.object({ data: z.object({ result: z.array(z.object({ metric: Labels, value: Sample })) }) });

/** Seconds since 1970, and the distance of points in seconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

export interface Curve {
  readonly labels: Readonly<Record<string, string>>;
  /** Value by instant; instants without a value are absent. */
  readonly values: ReadonlyMap<number, number>;
}

export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  /** In the order of Prometheus' answer. @throws Error with Prometheus' own words where the query is refused */
  range(query: string, span: Span): Promise<readonly Curve[]>;
  instant(query: string, time: number): Promise<readonly Reading[]>;
}

export function createPrometheus(origin: string): Prometheus {
  async function ask(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const response = await fetch(new URL(path, origin), { method: 'POST', body: new URLSearchParams(parameters) });
    if (!response.ok) throw new Error(`Prometheus refused ${parameters['query'] ?? ''}: ${await response.text()}`);
    return response.json();
  }
  return {
    async range(query, { from, to, step }) {
      const parameters = { query, start: String(from), end: String(to), step: String(step) };
      const { data } = Matrix.parse(await ask('/api/v1/query_range', parameters));
      return data.result.map(({ metric, values }) => ({ labels: metric, values: new Map(values) }));
    },
    async instant(query, time) {
      const { data } = Vector.parse(await ask('/api/v1/query', { query, time: String(time) }));
      return data.result.map(({ metric, value }) => ({ labels: metric, value: value[1] }));
    },
  };
}

/** Grafana's legend template filled in; without a template, the labels. */
export function legendOf(template: string, labels: Readonly<Record<string, string>>): string {
  if (template !== '')
    return template.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_whole, label: string) => labels[label] ?? '');
  return JSON.stringify(labels);
}

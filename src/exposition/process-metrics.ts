import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Clock } from '../model/clock.ts';
import { type Seconds, seconds } from '../model/time.ts';
import type { Format } from './format.ts';
import type { ExtraLines } from './page.ts';

/** Gauges whose names end like a counter's: `promtool check metrics` refuses them. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Longest time that collected lines are served again, so that a scrape stays cheap. */
const MAX_AGE: Seconds = seconds(1);

/** The process's own metrics (`process_*`, `nodejs_*`) as prom-client collects them, at most a second old. */
export function createProcessMetrics(clock: Clock): ExtraLines {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  let collectedAt = -Infinity;
  let collected: Promise<Readonly<Record<Format, string>>>;

  async function collect(): Promise<Readonly<Record<Format, string>>> {
    // prom-client 15 parts families by empty lines, which OpenMetrics forbids, and writes NaN as no format has it.
    const text = (await registry.metrics()).replaceAll(/\n{2,}/g, '\n').replaceAll(/ Nan$/gm, ' NaN');
    return { text, openmetrics: toOpenMetrics(text) };
  }

  return {
    async read(format) {
      // Absolute: a clock that was set back must not freeze the lines.
      if (Math.abs(clock.now() - collectedAt) >= MAX_AGE) {
        collectedAt = clock.now();
        collected = collect();
      }
      return (await collected)[format];
    },
  };
}

/** prom-client's text as OpenMetrics: counters' families without `_total`, and whole bounds with a fraction. */
function toOpenMetrics(text: string): string {
  const counters = [...text.matchAll(/^# TYPE (\S+)_total counter$/gm)].map((match) => match[1] ?? '');
  return counters
    .reduce((lines, name) => lines.replaceAll(new RegExp(`^(# (?:HELP|TYPE) ${name})_total `, 'gm'), '$1 '), text)
    .replaceAll(/le="(\d+)"/g, 'le="$1.0"');
}

/** Serves one variant of the page until it is ended, and tells its parent the port: what bench/scrape.ts starts. */
import express from 'express';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createPage } from '../src/exposition/page.ts';
import { createProcessMetrics } from '../src/exposition/process-metrics.ts';
import { CATALOGUE } from '../src/metrics/catalogue.ts';
import type { Snapshot } from '../src/metrics/samples.ts';
import { createClock } from '../src/model/clock.ts';
import { createWebApp } from '../src/web/app.ts';
import { startWeb } from '../src/web/server.ts';
import { createManyJobs } from './support/many-jobs.ts';

const [kind, series] = process.argv.slice(2);
const source = createManyJobs(Number(series));
const app = kind === 'ours' ? createOurs() : createPromClient(source.current());
const web = await startWeb({ app, addresses: [{ host: '127.0.0.1', port: 0 }] });
process.send?.(web.addresses[0]?.port);

function createOurs() {
  const clock = createClock();
  const extraLines = createProcessMetrics(clock);
  return createWebApp({
    page: createPage({ source, catalogue: CATALOGUE, extraLines, reportDuplicate: () => {} }),
    source,
    status: { readiness: () => ({ ready: true }), targets: () => [], runs: () => [] },
    clock,
    version: 'bench',
    metricsPath: '/metrics',
    maxRequests: 40,
    created: false,
    reload: null,
    reportError: console.error,
  });
}

/** The same series in prom-client's own instruments, as its documentation serves them. */
function createPromClient({ blocks }: Snapshot) {
  const registry = new Registry();
  const toRecord = (labels: readonly string[]): Record<string, string> =>
    Object.fromEntries(labels.flatMap((name, at) => (at % 2 === 0 ? [[name, labels[at + 1] ?? '']] : [])));
  for (const metric of CATALOGUE) {
    const samples = blocks.flatMap((block) =>
      (block.families.get(metric) ?? []).map((sample) => ({
        ...sample,
        labels: toRecord([...block.labels, ...sample.labels]),
      })),
    );
    const [first] = samples;
    if (first === undefined) continue;
    const options = {
      name: metric.name,
      help: metric.help,
      labelNames: Object.keys(first.labels),
      registers: [registry],
    };
    if (typeof first.value === 'number') {
      if (metric.kind === 'counter') {
        const counter = new Counter(options);
        for (const { labels, value } of samples) if (typeof value === 'number') counter.inc(labels, value);
      } else {
        const gauge = new Gauge(options);
        for (const { labels, value } of samples) if (typeof value === 'number') gauge.set(labels, value);
      }
    } else {
      const histogram = new Histogram({ ...options, buckets: [...first.value.bounds] });
      for (const { labels, value } of samples) {
        if (typeof value === 'number') continue;
        value.bounds.forEach((bound, at) => {
          for (let count = 0; count < (value.counts[at] ?? 0); count += 1) histogram.observe(labels, bound);
        });
      }
    }
  }
  const app = express();
  app.get('/metrics', async (_request, response) => {
    response.set('Content-Type', registry.contentType);
    response.end(await registry.metrics());
  });
  return app;
}

/** Serves one variant of the page until it is ended, and tells its parent the port: what bench/scrape.ts starts. */
import type { RequestListener } from 'node:http';
import express from 'express';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createPage } from '../src/exposition/page.ts';
import { createProcessMetrics } from '../src/exposition/process-metrics.ts';
import { CATALOGUE } from '../src/metrics/catalogue.ts';
import { createClock } from '../src/model/clock.ts';
import { createWebApp } from '../src/web/app.ts';
import { startWeb } from '../src/web/server.ts';
import { type Instrument, toInstruments } from './support/instruments.ts';
import { createManyJobs } from './support/many-jobs.ts';

const [variant, series] = process.argv.slice(2);
const source = createManyJobs(Number(series));
const app =
  variant === 'ours'
    ? createOurs()
    : variant === 'node'
      ? await createBare()
      : createPromClient(toInstruments(source.current()));
const web = await startWeb({ app, addresses: [{ host: '127.0.0.1', port: 0 }] });
process.send?.(web.addresses[0]?.port);

function createOurPage() {
  const extraLines = createProcessMetrics(createClock());
  return createPage({ source, catalogue: CATALOGUE, extraLines, reportDuplicate: () => {} });
}

/** Our page as it is at the start, on nothing but Node's own server: the least that a page served by Node can cost. */
async function createBare(): Promise<RequestListener> {
  const page = createOurPage();
  const [plain, packed] = await Promise.all(
    [false, true].map(async (gzip) => {
      const { headers, buffers } = await page.read({ format: 'text', gzip, created: false });
      return { headers: { ...headers }, body: Buffer.concat(buffers) };
    }),
  );
  return (request, response) => {
    const answer = request.headers['accept-encoding'] === 'gzip' ? packed : plain;
    response.writeHead(200, answer?.headers);
    response.end(answer?.body);
  };
}

function createOurs() {
  return createWebApp({
    page: createOurPage(),
    source,
    status: {
      readiness: () => ({ ready: true }),
      reloadRefused: () => false,
      targets: () => [],
      standby: () => [],
      runs: () => [],
      failing: () => [],
    },
    clock: createClock(),
    version: 'bench',
    metricsPath: '/metrics',
    maxRequests: 40,
    created: false,
    reload: null,
    reportError: console.error,
  });
}

/** The same series in prom-client's own instruments, as its documentation serves them. */
function createPromClient(instruments: readonly Instrument[]) {
  const registry = new Registry();
  for (const instrument of instruments) {
    const add = createAdder(registry, instrument);
    for (const { labels, values } of instrument.samples) {
      const record = Object.fromEntries(instrument.labelNames.map((name, at) => [name, labels[at] ?? '']));
      for (const value of values) add(record, value);
    }
  }
  const server = express();
  server.get('/metrics', async (_request, response) => {
    response.set('Content-Type', registry.contentType);
    response.end(await registry.metrics());
  });
  return server;
}

/** Creates an instrument and returns a function that adds a value to one of its series. */
function createAdder(registry: Registry, { name, help, kind, labelNames, bounds }: Instrument) {
  const options = { name, help, labelNames, registers: [registry] };
  if (kind === 'counter') {
    const counter = new Counter(options);
    return (labels: Record<string, string>, value: number): void => counter.inc(labels, value);
  }
  if (kind === 'gauge') {
    const gauge = new Gauge(options);
    return (labels: Record<string, string>, value: number): void => gauge.set(labels, value);
  }
  const histogram = new Histogram({ ...options, buckets: [...bounds] });
  return (labels: Record<string, string>, value: number): void => histogram.observe(labels, value);
}

/** Both roads into one real database: what is pushed is what is scraped. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPage } from '../src/exposition/page.ts';
import { CATALOGUE } from '../src/metrics/catalogue.ts';
import { countSeries } from '../src/metrics/exporter-block.ts';
import type { Snapshot } from '../src/metrics/samples.ts';
import { eventually } from './support/eventually.ts';
import { everyMetric } from './support/otlp/every-metric.ts';
import { pushSnapshots } from './support/otlp/push-snapshots.ts';
import {
  startVictoriaMetrics,
  type StoredSeries,
  type VictoriaMetrics,
} from './support/otlp/start-victoria-metrics.ts';

const SHOWN: Snapshot = everyMetric();
/** Labels that a way in adds of its own: of the scrape, of the resource, of the scope. */
const ADDED = /^(?:job$|instance$|service_|telemetry_sdk_|scope_)/;

let pageUrl: URL;
let database: VictoriaMetrics;
const server = createServer((_request, response) => {
  void createPage({
    source: { current: () => SHOWN },
    catalogue: CATALOGUE,
    extraLines: null,
    reportDuplicate: ({ name }) => expect.unreachable(`${name} has duplicates`),
  })
    .read({ format: 'text', gzip: false, created: false })
    .then(({ headers, buffers }) => response.writeHead(200, headers).end(Buffer.concat(buffers)));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  pageUrl = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
  database = await startVictoriaMetrics(pageUrl);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  server.close();
  server.closeAllConnections();
});

/** The newest value of each series, by name and labels less those of its way in; `le` as a number. */
function byIdentity(series: readonly StoredSeries[]): ReadonlyMap<string, number | undefined> {
  return new Map(
    series.map(({ metric: { __name__: name = '', ...labels }, values }) => {
      const own = Object.entries(labels)
        .filter(([label]) => !ADDED.test(label))
        .map(([label, value]) => [label, label === 'le' ? String(Number(value.replace('+Inf', 'Infinity'))) : value])
        .toSorted(([a = ''], [b = '']) => a.localeCompare(b));
      return [`${name}${JSON.stringify(Object.fromEntries(own))}`, values.at(-1)];
    }),
  );
}

/** Series that only one side has, or that differ in value. */
function differences(
  pushed: ReadonlyMap<string, number | undefined>,
  scraped: ReadonlyMap<string, number | undefined>,
): readonly string[] {
  return [...new Set([...pushed.keys(), ...scraped.keys()])]
    .filter((key) => pushed.get(key) === undefined || pushed.get(key) !== scraped.get(key))
    .map((key) => `${key}: pushed ${pushed.get(key)}, scraped ${scraped.get(key)}`);
}

async function storedOnce(selector: string, atLeast: number): Promise<readonly StoredSeries[]> {
  return eventually(
    async () => {
      const series = await database.series(selector);
      return series.length >= atLeast ? series : null;
    },
    { what: `${atLeast} series of ${selector}` },
  );
}

describe.each(['none', 'gzip'] as const)('VictoriaMetrics, pushed to with compression %s', (compression) => {
  it('stores every series under the name, the labels and the value that it scrapes', async () => {
    const serviceName = `pushed-${compression}`;
    const push = await pushSnapshots(SHOWN, {
      config: { endpoint: database.otlpEndpoint, compression, resourceAttributes: { 'service.name': serviceName } },
    });

    await push.flush();

    expect(push.exports()).toEqual({ ok: 1, rejected: 0, failed: 0 });
    expect(push.acknowledged).toEqual([SHOWN.generation]);
    const lines = SHOWN.blocks.reduce((sum, block) => sum + countSeries(block), 0);
    const scraped = byIdentity(await storedOnce('{__name__=~"datajobs_.*",job="scraped"}', lines));
    const pushed = byIdentity(await storedOnce(`{__name__=~"datajobs_.*",service_name="${serviceName}"}`, lines));
    const names = new Set([...scraped.keys()].map((key) => /^(\w+?)(?:_bucket|_sum|_count)?\{/.exec(key)?.[1]));
    expect(differences(pushed, scraped)).toEqual([]);
    expect(scraped.size).toBe(lines);
    expect(names).toEqual(new Set(CATALOGUE.map(({ name }) => name)));
  });
});

describe('VictoriaMetrics', () => {
  it('stores the CI/CD conventions under the names that the compatibility rules give them', async () => {
    const push = await pushSnapshots(SHOWN, {
      config: {
        endpoint: database.otlpEndpoint,
        cicdConventions: true,
        resourceAttributes: { 'service.name': 'pushed-cicd' },
      },
    });

    await push.flush();

    const stored = await storedOnce('{__name__=~"cicd_.*",service_name="pushed-cicd"}', 4);
    expect(new Set(stored.map(({ metric }) => metric['__name__']))).toEqual(
      new Set([
        'cicd_pipeline_run_duration_seconds_bucket',
        'cicd_pipeline_run_duration_seconds_sum',
        'cicd_pipeline_run_duration_seconds_count',
        'cicd_pipeline_run_active',
        'cicd_system_errors_total',
      ]),
    );
  });
});

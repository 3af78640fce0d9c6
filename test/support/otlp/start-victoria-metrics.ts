import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { fetchMonitoringTools } from '../monitoring-tools.ts';
import { watch } from '../start-program.ts';
import { freePort } from '../unkind-server.ts';

/** One series as the database gives it back. */
export interface StoredSeries {
  /** With `__name__`. */
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

export interface VictoriaMetrics extends AsyncDisposable {
  /** Takes OTLP at `v1/metrics` below it. */
  readonly otlpEndpoint: string;
  /** All series that match, each with all its values. */
  series(selector: string): Promise<readonly StoredSeries[]>;
}

/** Starts the real database with Prometheus' naming; it scrapes the given page every second as job `scraped`. */
export async function startVictoriaMetrics(scraped: URL): Promise<VictoriaMetrics> {
  const { victoriaMetrics } = await fetchMonitoringTools();
  const folder = mkdtempSync(join(tmpdir(), 'datajobs-test-'));
  const scrapeConfig = join(folder, 'scrape.yml');
  writeFileSync(
    scrapeConfig,
    JSON.stringify({
      global: { scrape_interval: '1s' },
      scrape_configs: [
        { job_name: 'scraped', metrics_path: scraped.pathname, static_configs: [{ targets: [scraped.host] }] },
      ],
    }),
  );
  const address = `127.0.0.1:${await freePort()}`;
  const program = watch(
    spawn(
      victoriaMetrics,
      [
        `-httpListenAddr=${address}`,
        `-storageDataPath=${join(folder, 'data')}`,
        `-promscrape.config=${scrapeConfig}`,
        '-opentelemetry.usePrometheusNaming',
        '-retentionPeriod=100y',
        '-loggerLevel=WARN',
        '-memory.allowedBytes=256MB',
      ],
      { stdio: 'pipe' },
    ),
  );
  const get = async (path: string): Promise<string> => {
    if (program.ending() !== null) throw new Error(`VictoriaMetrics has ended:\n${program.stderr()}`);
    const response = await fetch(`http://${address}${path}`, { signal: AbortSignal.timeout(120_000) });
    if (!response.ok) throw new Error(`VictoriaMetrics says ${response.status} to ${path}`);
    return response.text();
  };
  await eventually(() => get('/health'), { what: 'VictoriaMetrics up' });
  return {
    otlpEndpoint: `http://${address}/opentelemetry`,
    series: async (selector) => {
      await get('/internal/force_flush');
      const lines = await get(`/api/v1/export?${new URLSearchParams({ 'match[]': selector }).toString()}`);
      return lines.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as StoredSeries]));
    },
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

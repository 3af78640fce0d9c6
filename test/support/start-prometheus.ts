/** The real Prometheus on a data folder of its own, scraping every two seconds: a scrape may take as long, also on a busy machine. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RULE_FILES } from '../../dashboards/src/rules.ts';
import { eventually } from './eventually.ts';
import { fetchMonitoringTools } from './monitoring-tools.ts';
import { watch } from './start-program.ts';

const RULES = join(import.meta.dirname, '..', '..', 'dashboards', 'rules');

export interface Scrape {
  /** The `job` label. */
  readonly job: string;
  /** `127.0.0.1:41001`, the `instance` label. */
  readonly address: string;
  readonly protocol?: 'PrometheusText0.0.4' | 'OpenMetricsText1.0.0';
}

interface QueriedSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Options {
  /** True where it evaluates the project's rules. */
  readonly withRules?: boolean;
}

export interface RunningPrometheus extends AsyncDisposable {
  /** `http://127.0.0.1:41001` */
  readonly origin: string;
  /** An instant query, now. @throws Error when Prometheus refuses it */
  query(expression: string): Promise<readonly QueriedSample[]>;
  /** Asks until the answer is as wanted, and returns it. */
  queryOnce(
    expression: string,
    isSo: (samples: readonly QueriedSample[]) => boolean,
  ): Promise<readonly QueriedSample[]>;
  /** Labels of every exemplar it keeps for the series. */
  exemplars(selector: string): Promise<readonly Readonly<Record<string, string>>[]>;
}

export async function startPrometheus(
  scrapes: readonly Scrape[],
  { withRules = false }: Options = {},
): Promise<RunningPrometheus> {
  const { prometheus } = await fetchMonitoringTools();
  const folder = mkdtempSync(join(tmpdir(), 'datajobs-prometheus-'));
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(toConfig(scrapes, withRules)));
  const address = `127.0.0.1:${await findFreePort()}`;
  const program = watch(
    spawn(prometheus, [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--enable-feature=exemplar-storage',
      '--log.level=warn',
    ]),
  );
  const get = async (path: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    const response = await fetch(`http://${address}${path}?${new URLSearchParams(parameters).toString()}`);
    const { data, error } = (await response.json()) as { readonly data?: unknown; readonly error?: string };
    if (data === undefined) throw new Error(`${error}: ${JSON.stringify(parameters)}`);
    return data;
  };
  const query: RunningPrometheus['query'] = async (expression) => {
    const { result } = (await get('/api/v1/query', { query: expression })) as {
      readonly result: readonly {
        readonly metric: Record<string, string>;
        readonly value: readonly [number, string];
      }[];
    };
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  };
  const stop = async (): Promise<void> => {
    await program[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await eventually(async () => ((await fetch(`http://${address}/-/ready`)).ok ? true : null), {
      what: 'Prometheus is ready',
    });
  } catch (error) {
    await stop();
    throw new Error(`Prometheus did not start:\n${program.stderr()}`, { cause: error });
  }
  return {
    origin: `http://${address}`,
    query,
    queryOnce: async (expression, isSo) => {
      let last: readonly QueriedSample[] = [];
      return eventually(
        async () => {
          last = await query(expression);
          return isSo(last) ? last : null;
        },
        { what: expression, everyMilliseconds: 500 },
      ).catch((error: unknown) => {
        throw new Error(`${expression} was at last ${JSON.stringify(last)}`, { cause: error });
      });
    },
    exemplars: async (selector) => {
      const [start, end] = [Date.now() / 1000 - 3600, Date.now() / 1000 + 60].map(String) as [string, string];
      const series = (await get('/api/v1/query_exemplars', { query: selector, start, end })) as readonly {
        readonly exemplars: readonly { readonly labels: Record<string, string> }[];
      }[];
      return series.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels));
    },
    [Symbol.asyncDispose]: stop,
  };
}

function toConfig(scrapes: readonly Scrape[], withRules: boolean): object {
  return {
    global: { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '2s' },
    rule_files: withRules ? RULE_FILES.map((name) => join(RULES, name)) : [],
    scrape_configs: scrapes.map(({ job, address, protocol }) => ({
      job_name: job,
      ...(protocol !== undefined && { scrape_protocols: [protocol] }),
      static_configs: [{ targets: [address] }],
    })),
  };
}

/** A port that was free a moment ago, for a program that has to be given one. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

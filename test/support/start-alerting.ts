/** The real Prometheus with the project's rules, the real Alertmanager with its example, and a receiver of its notifications. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { parse } from 'yaml';
import { z } from 'zod';
import { RULE_FILES } from '../../dashboards/src/rules.ts';
import { eventually } from './eventually.ts';
import { fetchMonitoringTools } from './monitoring-tools.ts';
import { watch } from './start-program.ts';
import { findFreePort } from './start-prometheus.ts';

const DASHBOARDS = join(import.meta.dirname, '..', '..', 'dashboards');

/** One alert of a notification. */
export interface NotifiedAlert {
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly alert: string;
  /** `job_name`, empty where the alert is not about a job. */
  readonly job: string;
  readonly description: string;
}

export interface RunningAlerting extends AsyncDisposable {
  /** All alerts of the notifications so far, in order. */
  readonly notified: () => readonly NotifiedAlert[];
  /** Where OTLP pushes are taken, as an exporter's `otlp.endpoint`. */
  readonly pushTo: string;
  /** Origin of Prometheus. */
  readonly prometheus: string;
  /** Answers of an instant query: labels and value. */
  query(expression: string): Promise<readonly { readonly metric: Record<string, string>; readonly value: string }[]>;
}

const Notification = z.object({
  receiver: z.string(),
  alerts: z.array(
    z.object({
      status: z.enum(['firing', 'resolved']),
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()),
    }),
  ),
});
const Answer = z.object({
  data: z.object({
    result: z.array(
      z
        .object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })
        .transform(({ metric, value }) => ({ metric, value: value[1] })),
    ),
  }),
});

/**
 * Scrapes an exporter and evaluates the rules every second; notifications go out at once. Metrics pushed over OTLP come
 * in as a second job: VictoriaMetrics receives it (Debian builds Prometheus without its receiver), Prometheus federates.
 *
 * @param address of the exporter, e.g. `127.0.0.1:41001`
 * @param ownRules further rule groups, as a user would add them
 */
export async function startAlerting(address: string, ownRules: object = { groups: [] }): Promise<RunningAlerting> {
  const tools = await fetchMonitoringTools();
  const folder = await mkdtemp(join(tmpdir(), 'datajobs-alerting-'));
  const notified: NotifiedAlert[] = [];
  const webhook = await startWebhook(notified);
  const [prometheus, alertmanager, receiver] = await Promise.all([freeAddress(), freeAddress(), freeAddress()]);

  await writeFile(join(folder, 'own.yml'), JSON.stringify(ownRules));
  await writeFile(join(folder, 'alertmanager.yml'), JSON.stringify(toAlertmanager(originOf(webhook))));
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(toPrometheus({ address, alertmanager, receiver })));
  const programs = [
    watch(
      spawn(
        tools.alertmanager,
        [
          `--config.file=${join(folder, 'alertmanager.yml')}`,
          `--storage.path=${join(folder, 'alertmanager')}`,
          `--web.listen-address=${alertmanager}`,
          '--cluster.listen-address=',
        ],
        { cwd: tools.folder },
      ),
    ),
    watch(
      spawn(tools.prometheus, [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${prometheus}`,
      ]),
    ),
    watch(
      spawn(tools.victoriaMetrics, [
        `-httpListenAddr=${receiver}`,
        `-storageDataPath=${join(folder, 'received')}`,
        '-opentelemetry.usePrometheusNaming',
        '-search.latencyOffset=0s',
        '-memory.allowedBytes=128MB',
        '-loggerLevel=WARN',
      ]),
    ),
  ];
  const stop = async (): Promise<void> => {
    await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
    webhook.closeAllConnections();
    webhook.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const origin of [alertmanager, prometheus, receiver]) {
      await eventually(async () => ((await fetch(`http://${origin}/-/healthy`)).ok ? true : null), {
        what: `${origin} is ready`,
      });
    }
  } catch (error) {
    await stop();
    throw new Error(`not started:\n${programs.map((program) => program.stderr()).join('\n')}`, { cause: error });
  }
  return {
    notified: () => notified,
    pushTo: `http://${receiver}/opentelemetry`,
    prometheus: `http://${prometheus}`,
    async query(expression) {
      const parameters = new URLSearchParams({ query: expression }).toString();
      const response = await fetch(`http://${prometheus}/api/v1/query?${parameters}`);
      if (!response.ok) throw new Error(`${await response.text()}: ${expression}`);
      return Answer.parse(await response.json()).data.result;
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** Takes notifications as Alertmanager posts them. */
async function startWebhook(notified: NotifiedAlert[]): Promise<Server> {
  const server = createServer((request, response) => void receive(request, response, notified));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A body that is no notification fails the test by what is then missing from `notified`. */
async function receive(request: IncomingMessage, response: ServerResponse, notified: NotifiedAlert[]): Promise<void> {
  const { receiver, alerts } = Notification.parse(await json(request));
  for (const { status, labels, annotations } of alerts) {
    notified.push({
      receiver,
      status,
      alert: labels['alertname'] ?? '',
      job: labels['job_name'] ?? '',
      description: annotations['description'] ?? '',
    });
  }
  response.end();
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
}

/** The example as it is, but with a webhook behind every receiver, and without waiting. */
function toAlertmanager(url: string): object {
  const example = z
    .looseObject({ route: z.looseObject({}), receivers: z.array(z.object({ name: z.string() })) })
    .parse(parse(readFileSync(join(DASHBOARDS, 'alertmanager', 'alertmanager.yml'), 'utf8')));
  return {
    ...example,
    route: { ...example.route, group_wait: '0s', group_interval: '1s' },
    receivers: example.receivers.map((receiver) => ({ ...receiver, webhook_configs: [{ url }] })),
  };
}

async function freeAddress(): Promise<string> {
  return `127.0.0.1:${await findFreePort()}`;
}

function toPrometheus(addresses: { address: string; alertmanager: string; receiver: string }): object {
  const at = (address: string): object => ({ static_configs: [{ targets: [address] }] });
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [...RULE_FILES.map((name) => join(DASHBOARDS, 'rules', name)), 'own.yml'],
    alerting: { alertmanagers: [at(addresses.alertmanager)] },
    scrape_configs: [
      { job_name: 'datajobs', ...at(addresses.address) },
      {
        job_name: 'pushed',
        metrics_path: '/federate',
        params: { 'match[]': ['{__name__=~"datajobs_.+"}'] },
        ...at(addresses.receiver),
      },
    ],
  };
}

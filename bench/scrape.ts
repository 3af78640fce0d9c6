/**
 * Scrapes of an unchanged page: ours, those of prom-client and of Go's promhttp with the same samples, and the same
 * bytes from one buffer by Node's server alone and as a static file of nginx. Rounds are interleaved, one connection, medians. `node bench/scrape.ts [series …]`;
 * about four minutes.
 */
import { Agent, request } from 'undici';
import { countSameSamples, toInstruments } from './support/instruments.ts';
import { createManyJobs } from './support/many-jobs.ts';
import { cpuOf, quantile, residentMegabytes, toTable } from './support/measure.ts';
import { median } from './support/median.ts';
import { findGo, findNginx, type MeasuredServer, startNginx, startNode, startPromhttp } from './support/servers.ts';

const ROUNDS = 5;
const WARM_UP_MS = 500;
/** Ours first settles: what is sent again and again without a change is put together anew, at most once a second. */
const SETTLE_MS = 10_000;
const ROUND_MS = 1500;

interface Variant {
  readonly name: string;
  readonly server: MeasuredServer;
  readonly headers: Readonly<Record<string, string>>;
  readonly rounds: Round[];
}

interface Round {
  readonly latencies: readonly number[];
  readonly cpu: number;
  readonly bytes: number;
}

const PLAIN = { 'accept-encoding': 'identity' };
const GZIP = { 'accept-encoding': 'gzip' };
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1000, 10_000, 100_000];
const nginxProgram = findNginx();
if (nginxProgram === null) console.log('nginx is left out: it is not installed (apt-get install nginx-light).');
const go = findGo();
if (go === null) {
  console.log(
    'Go promhttp is left out: Go or client_golang is not installed' +
      ' (apt-get install golang-go golang-github-prometheus-client-golang-dev).',
  );
}

for (const series of sizes) {
  const ours = await startNode('ours', series);
  const promClient = await startNode('prom-client', series);
  const bare = await startNode('node', series);
  const promhttp = go === null ? null : await startPromhttp(go, toInstruments(createManyJobs(series).current()));
  const page = await (await fetch(ours.url, { headers: PLAIN })).text();
  const libraries = { 'prom-client': promClient, 'Go promhttp': promhttp };
  const counts: string[] = [];
  for (const [name, server] of Object.entries(libraries)) {
    if (server === null) continue;
    const theirs = await (await fetch(server.url, { headers: PLAIN })).text();
    counts.push(`${name}: the same ${countSameSamples(page, theirs)} samples as ours.`);
  }
  const nginx = nginxProgram === null ? null : await startNginx(nginxProgram, Buffer.from(page));
  const variants: Variant[] = [
    { name: 'ours', server: ours, headers: {}, rounds: [] },
    { name: 'prom-client', server: promClient, headers: {}, rounds: [] },
    ...(promhttp === null ? [] : [{ name: 'Go promhttp', server: promhttp, headers: {}, rounds: [] }]),
    { name: 'Node, one buffer', server: bare, headers: {}, rounds: [] },
    ...(nginx === null ? [] : [{ name: 'nginx static', server: nginx, headers: {}, rounds: [] }]),
    { name: 'ours, gzip', server: ours, headers: GZIP, rounds: [] },
    ...(promhttp === null ? [] : [{ name: 'Go promhttp, gzip', server: promhttp, headers: GZIP, rounds: [] }]),
    { name: 'Node, one buffer, gzip', server: bare, headers: GZIP, rounds: [] },
    ...(nginx === null ? [] : [{ name: 'nginx gzip_static', server: nginx, headers: GZIP, rounds: [] }]),
  ];
  for (const end = performance.now() + SETTLE_MS; performance.now() < end;) {
    for (const headers of [PLAIN, GZIP]) await (await fetch(ours.url, { headers })).bytes();
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const variant of variants) variant.rounds.push(await runRound(variant));
  }
  console.log(`\n### ${series} series\n\n${counts.join('\n')}\n\n${toReport(variants)}`);
  for (const server of [ours, promClient, bare, promhttp, nginx]) await server?.stop();
}

async function runRound({ server, headers }: Variant): Promise<Round> {
  const dispatcher = new Agent({ connections: 1, pipelining: 1 });
  const scrape = async (): Promise<number> => {
    const { body } = await request(server.url, { headers: { ...headers }, dispatcher });
    let bytes = 0;
    for await (const part of body) bytes += (part as Buffer).length;
    return bytes;
  };
  const warmEnd = performance.now() + WARM_UP_MS;
  let bytes = await scrape();
  while (performance.now() < warmEnd) await scrape();
  const cpuBefore = sum(server.pids().map(cpuOf));
  const end = performance.now() + ROUND_MS;
  const latencies: number[] = [];
  while (performance.now() < end || latencies.length < 3) {
    const start = performance.now();
    bytes = await scrape();
    latencies.push(performance.now() - start);
  }
  const cpu = (sum(server.pids().map(cpuOf)) - cpuBefore) / latencies.length;
  await dispatcher.close();
  return { latencies, cpu, bytes };
}

function toReport(variants: readonly Variant[]): string {
  const baseline = variants[0]?.rounds ?? [];
  const ratio = ({ rounds }: Variant): number => median(rounds.map(({ cpu }, at) => cpu / (baseline[at]?.cpu ?? NaN)));
  const rows = variants.map((variant) => {
    const { name, server, rounds } = variant;
    const of = (pick: (round: Round) => number): number => median(rounds.map(pick));
    return [
      name,
      String(of((round) => round.bytes)),
      of((round) => median(round.latencies)).toFixed(2),
      of((round) => quantile(round.latencies, 0.99)).toFixed(2),
      of((round) => round.cpu).toFixed(3),
      ratio(variant).toFixed(2),
      sum(server.pids().map(residentMegabytes)).toFixed(0),
    ];
  });
  return toTable(['variant', 'bytes', 'p50 ms', 'p99 ms', 'CPU ms/scrape', 'CPU, ours = 1', 'RSS MB'], rows);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

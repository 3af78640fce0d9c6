/**
 * Cost of a change: a share of 100,000 series changes before every read, in each format, plain and gzip. Only
 * the read counts: its time, its CPU, and its turns of the event loop. `node bench/scrape-change.ts [series]`.
 *
 * Turns are given in time, as `monitorEventLoopDelay` would see them, and in CPU of the main thread: the first grows
 * with whatever else the cores do, for which the thread then waits.
 */
import { setTimeout } from 'node:timers/promises';
import { createPage, type Page, type PageRequest } from '../src/exposition/page.ts';
import { CATALOGUE } from '../src/metrics/catalogue.ts';
import { createManyJobs } from './support/many-jobs.ts';
import { quantile, toTable } from './support/measure.ts';
import { median } from './support/median.ts';
import { type Turn, watchTurns } from './support/watch-turns.ts';

const READS = 15;
const TURN_MS = 3;
const TURNS = [
  'turns p99, ms',
  'turns max, ms',
  'turns p99, CPU ms',
  'turns max, CPU ms',
  'longest wait for a core, ms',
];
const series = Number(process.argv[2] ?? 100_000);
const source = createManyJobs(series);
const newPage = (): Page => createPage({ source, catalogue: CATALOGUE, extraLines: null, reportDuplicate: () => {} });
const rows: string[][] = [];

for (const format of ['text', 'openmetrics'] as const) {
  for (const gzip of [false, true]) {
    const request: PageRequest = { format, gzip, created: false };
    let page = newPage();
    const name = `${format}${gzip ? ', gzip' : ''}`;
    rows.push(
      await measure(
        name,
        'all',
        () => (page = newPage()),
        () => page.read(request),
      ),
    );
    for (const [share, stride] of [
      ['10 %', 10],
      ['1 %', 100],
      ['0.1 %', 1000],
    ] as const) {
      rows.push(
        await measure(
          name,
          share,
          () => source.change(stride),
          () => page.read(request),
        ),
      );
    }
  }
}
console.log(`${series} series, ${READS} reads each\n`);
console.log(toTable(['page', 'changed', 'CPU ms, median', 'of it main thread', 'ms, median', ...TURNS], rows));
console.log(`\nRSS ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB, all four pages and this bench in one process`);

async function measure(name: string, share: string, prepare: () => unknown, read: () => Promise<unknown>) {
  const cpus: number[] = [];
  const mainCpus: number[] = [];
  const times: number[] = [];
  const turns: Turn[] = [];
  for (let index = 0; index < READS; index += 1) {
    prepare();
    // The preparation must not count as a turn of the read.
    await setTimeout(5);
    const endWatch = watchTurns();
    const cpu = process.cpuUsage();
    const mainCpu = process.threadCpuUsage();
    const start = performance.now();
    await read();
    times.push(performance.now() - start);
    mainCpus.push(toMilliseconds(process.threadCpuUsage(mainCpu)));
    cpus.push(toMilliseconds(process.cpuUsage(cpu)));
    // The read's last turn ends here.
    await setTimeout(TURN_MS);
    turns.push(...endWatch());
  }
  const perTurn = [turns.map(({ wall }) => wall), turns.map(({ cpu }) => cpu)];
  const figures = [
    ...[cpus, mainCpus, times].map(median),
    ...perTurn.flatMap((values) => [quantile(values, 0.99), quantile(values, 1)]),
    quantile(
      turns.map(({ waited }) => waited),
      1,
    ),
  ];
  return [name, share, ...figures.map((figure) => figure.toFixed(1))];
}

function toMilliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

/**
 * What a change costs: a share of 100,000 series changes before every read, in each format, plain and gzip. Only
 * the time and CPU of the read count, and the event loop's delay during it. `node bench/scrape-change.ts [series]`.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createPage, type Page, type PageRequest } from '../src/exposition/page.ts';
import { CATALOGUE } from '../src/metrics/catalogue.ts';
import { createManyJobs } from './support/many-jobs.ts';
import { median, quantile, toTable } from './support/measure.ts';

const READS = 15;
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
console.log(
  toTable(
    ['page', 'changed', 'CPU ms, median', 'ms, median', 'ms, longest', 'loop delay p99, ms', 'loop delay max, ms'],
    rows,
  ),
);
console.log(`\nRSS ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB, all four pages and this bench in one process`);

async function measure(name: string, share: string, prepare: () => unknown, read: () => Promise<unknown>) {
  const cpus: number[] = [];
  const times: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  for (let index = 0; index < READS; index += 1) {
    prepare();
    // The histogram must not see the preparation: two turns of the loop end its delay.
    await new Promise((resolve) => setTimeout(resolve, 10));
    delay.enable();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const cpu = process.cpuUsage();
    const start = performance.now();
    await read();
    times.push(performance.now() - start);
    const used = process.cpuUsage(cpu);
    cpus.push((used.user + used.system) / 1000);
    await new Promise((resolve) => setTimeout(resolve, 5));
    delay.disable();
  }
  const figures = [median(cpus), median(times), quantile(times, 1), delay.percentile(99) / 1e6, delay.max / 1e6];
  return [name, share, ...figures.map((figure) => figure.toFixed(1))];
}

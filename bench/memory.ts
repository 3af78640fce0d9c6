/**
 * Memory of the program: idle with five targets, with 100,000 series, and with a vendor's answer of 50 MB; and how
 * soon it is ready. In the container's environment, but for the first case, which shows what that is worth. `npm run build && node bench/memory.ts [idle seconds]`
 */
import { setTimeout } from 'node:timers/promises';
import { startListServer } from './support/list-server.ts';
import { RECORD_LISTS } from './support/many-records.ts';
import { createFolder, startProgram, startSimulators } from './support/run-program.ts';
import { writeTable } from './support/write-table.ts';

const idleSeconds = Number(process.argv[2] ?? 30);
const polaris = RECORD_LISTS.find(({ vendor }) => vendor === 'polaris');
if (polaris === undefined) throw new Error('the bench has no records of Polaris');
const rows: Record<string, string | number>[] = [];

/** Environment of the container, as the Dockerfile sets it. */
const CONTAINER = { MALLOC_ARENA_MAX: '1' };

async function measure(
  what: string,
  config: object,
  most: string,
  env: Readonly<Record<string, string>> = CONTAINER,
): Promise<void> {
  const program = await startProgram(config, createFolder(), env);
  const ready = program.memory();
  let series = 0;
  let bytes = 0;
  for (let waited = 0; waited < idleSeconds; waited += 5) {
    for (const encoding of ['identity', 'gzip']) {
      const response = await fetch(`${program.origin}/metrics`, { headers: { 'accept-encoding': encoding } });
      const text = await response.text();
      bytes = text.length;
      series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    }
    await setTimeout(5000);
  }
  const { rss, peak } = program.memory();
  await program.stop();
  rows.push({
    case: what,
    series,
    'page, MB': (bytes / 1e6).toFixed(1),
    'to ready, ms': Math.round(program.startTime),
    'RSS when ready, MB': ready.rss,
    [`RSS after ${idleSeconds} s of scrapes, MB`]: rss,
    'peak, MB': peak,
    'to reach': most,
  });
}

const simulators = await startSimulators();
await measure("five targets of the demo, without the container's environment", simulators.config, 'RSS 110', {});
await measure('five targets of the demo', simulators.config, 'RSS 110');
await simulators.stop();

const now = Math.floor(Date.now() / 1000);
const record = (index: number): object => polaris.record(index, now);

/** Jobs of one table each, every one with a finished run. */
const tables = Array.from({ length: 2800 }, (_, index) => ({
  ...record(index),
  target: { tableName: `table-${index}`, type: 'table' },
}));
const many = await startListServer(tables);
await measure('100,000 series', { targets: [{ ...many.target, max_jobs: 5000, max_series: 200_000 }] }, 'RSS 220');
many.close();

const length = Math.ceil(50e6 / JSON.stringify(record(0)).length);
const large = await startListServer(Array.from({ length }, (_, index) => record(index)));
await measure(`an answer of 50 MB (${length} runs)`, { targets: [large.target] }, 'peak 300');
large.close();

writeTable('Memory', rows);

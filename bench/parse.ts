/**
 * Time to read a list of 10,000 runs, against `JSON.parse` alone. `node bench/parse.ts [rounds]`
 */
import { median } from './support/median.ts';
import { timeInTurns } from './support/time-in-turns.ts';
import { RECORD_LISTS } from './support/many-records.ts';
import { writeTable } from './support/write-table.ts';

const RUNS = 10_000;
const rounds = Number(process.argv[2] ?? 7);

const rows = RECORD_LISTS.map(({ vendor, record, read }) => {
  const text = JSON.stringify(Array.from({ length: RUNS }, (_, index) => record(index)));
  const { runs, rejected } = read(JSON.parse(text) as unknown[]);
  if (runs.length !== RUNS || rejected.length > 0) throw new Error(`${vendor}: the bench's records are not read`);
  const times = timeInTurns(
    { parse: () => JSON.parse(text) as unknown, read: () => read(JSON.parse(text) as unknown[]) },
    rounds,
  );
  return {
    vendor,
    'bytes a run': Math.round(text.length / RUNS),
    'JSON.parse, ms': times.parse.toFixed(1),
    'parse, validate, map, ms': times.read.toFixed(1),
    'x of parse': (times.read / times.parse).toFixed(2),
    'runs/s': Math.round((RUNS / times.read) * 1000),
  };
});
writeTable(`A list of ${RUNS} runs`, rows);
process.stdout.write(`\nmedian ratio ${median(rows.map((row) => Number(row['x of parse']))).toFixed(2)}\n`);

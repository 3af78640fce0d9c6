/**
 * From the start of the process to the first 200 of `/-/ready`, with an empty ledger and with 1,000,000 counted runs,
 * in turns; the vendor lists the last 1,000 of them. `npm run build && node bench/start.ts [rounds]`
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createFiles } from '../src/config/files.ts';
import { parseConfig } from '../src/config/load-config.ts';
import { emptyState } from '../src/ledger/target-state.ts';
import { createDraft } from '../src/ledger/draft.ts';
import { newScope, type RunRecord } from '../src/ledger/records.ts';
import { openSqliteLedger } from '../src/ledger/sqlite/sqlite-ledger.ts';
import { seconds, unixSeconds } from '../src/model/time.ts';
import { VENDORS } from '../src/vendors/registry.ts';
import { PROJECT, startListServer } from './support/list-server.ts';
import { RECORD_LISTS } from './support/many-records.ts';
import { median } from './support/median.ts';
import { createFolder, startProgram } from './support/run-program.ts';
import { writeTable } from './support/write-table.ts';

const RUNS = 1_000_000;
const LISTED = 1000;
const PER_COMMIT = 20_000;
const rounds = Number(process.argv[2] ?? 5);

const polaris = RECORD_LISTS.find(({ vendor }) => vendor === 'polaris');
if (polaris === undefined) throw new Error('the bench has no records of Polaris');
const NOW = unixSeconds(Date.now() / 1000);
const records = (first: number, count: number): object[] =>
  Array.from({ length: count }, (_, index) => polaris.record(first + index));
const server = await startListServer(records(RUNS - LISTED, LISTED));
const config = { targets: [server.target] };

/** A ledger that has counted so many runs of the target. */
async function fillLedger(file: string): Promise<void> {
  const { targets } = parseConfig(JSON.stringify(config), 'bench', { vendors: VENDORS, env: {}, files: createFiles() });
  const now = NOW;
  const ledger = openSqliteLedger(file, { now: () => now, monotonic: () => seconds(now) });
  const origin = targets[0]?.settings.base_url.origin;
  const fingerprint = `polaris ${origin} ${PROJECT}`;
  const target = await ledger.open({ id: 'bench', previousIds: [], fingerprint, reset: false });
  if (target === null) throw new Error('another process holds the target of the bench');
  const scope = { ...newScope(`project:${PROJECT}`), baselineAt: now, watermark: now, fullSyncs: [now] };
  for (let first = 0; first < RUNS; first += PER_COMMIT) {
    const draft = createDraft(emptyState());
    draft.putScope(scope);
    for (const run of polaris?.read(records(first, PER_COMMIT)).runs ?? []) {
      if (!('result' in run)) continue;
      draft.putJob({
        ...run.job,
        shownName: run.job.name,
        namedAt: run.startedAt,
        firstSeenAt: now,
        historyUntil: null,
        standing: 'shown',
        lastActiveAt: run.endedAt,
        longestInterval: seconds(600),
        recent: [],
        olderSuccessAt: null,
        olderFailureAt: null,
      });
      draft.putRun(toRecord(run.id, run.job.key, run.endedAt ?? now));
    }
    await target.commit(() => draft.result().change);
  }
  await ledger.close();
}

function toRecord(id: string, job: string, endedAt: RunRecord['recordedAt']): RunRecord {
  return {
    id,
    job,
    scope: `project:${PROJECT}`,
    vendorState: 'completed',
    createdAt: unixSeconds(endedAt - 80),
    startedAt: unixSeconds(endedAt - 60),
    recordedAt: endedAt,
    changedAt: endedAt,
    rows: null,
    rowsPredate: false,
    steps: [],
    agedTo: null,
    life: {
      phase: 'finished',
      ending: { disposition: 'counted', result: 'success', endedAt, claimedEnd: null },
      isMissing: false,
    },
  };
}

const full = createFolder();
const file = join(full, 'datajobs.db');
await fillLedger(file);
const times = { empty: [] as number[], full: [] as number[] };
const memory = { empty: [] as number[], full: [] as number[] };
for (let round = 0; round < rounds; round++) {
  for (const [which, folder] of [
    ['empty', createFolder()],
    ['full', full],
  ] as const) {
    const program = await startProgram(config, folder);
    times[which].push(program.startTime);
    memory[which].push(program.memory().rss);
    await program.stop();
  }
}
server.close();
writeTable('Start to ready', [
  {
    ledger: 'empty',
    'to ready, ms': Math.round(median(times.empty)),
    'RSS, MB': median(memory.empty),
    'bytes a run': '',
  },
  {
    ledger: `${RUNS} counted runs`,
    'to ready, ms': Math.round(median(times.full)),
    'RSS, MB': median(memory.full),
    'bytes a run': Math.round(statSync(file).size / RUNS),
  },
]);

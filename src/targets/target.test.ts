import { describe, expect, it } from 'vitest';
import { aJob, at, finishedRun, liveRun } from '../../test/support/builders.ts';
import { interceptWrites } from '../../test/support/intercept-writes.ts';
import { startEngine } from '../../test/support/start-engine.ts';
import { LedgerError } from '../ledger/ledger.ts';
import type { LedgerStorage } from '../ledger/storage.ts';
import { MINUTE } from '../model/time.ts';

/** A ledger whose disk can be full. */
function createFullDisk() {
  const disk = { isFull: false, commits: 0 };
  const wrap = (storage: LedgerStorage): LedgerStorage =>
    interceptWrites(storage, async (write, change) => {
      if (disk.isFull) throw new LedgerError('disk full');
      await write(change);
      disk.commits += 1;
    });
  return { disk, wrap };
}

describe('a target whose ledger cannot be written', () => {
  it('counts nothing, and everything once the ledger can be written again', async () => {
    const { disk, wrap } = createFullDisk();
    using exporter = await startEngine({ storage: wrap });
    await exporter.poll();
    exporter.script.list = () => [finishedRun({ endedAt: at(30) })];
    exporter.clock.advance(MINUTE);
    disk.isFull = true;
    await exporter.poll();
    const meanwhile = exporter.shown('runsFinished');

    disk.isFull = false;
    await exporter.poll();

    expect(meanwhile).toEqual({});
    expect(exporter.shown('runsFinished')).toMatchObject({ 'nightly success': 1 });
  });

  it('does not take a scope for read whose runs were not written', async () => {
    const { disk, wrap } = createFullDisk();
    using exporter = await startEngine({ storage: wrap });
    exporter.script.list = () => [finishedRun({ endedAt: at(-600) })];
    disk.isFull = true;
    await exporter.poll();
    disk.isFull = false;

    await exporter.restart();
    await exporter.poll();

    expect(exporter.shown('runsFinished')).toEqual({
      'nightly success': 0,
      'nightly failure': 0,
      'nightly cancellation': 0,
    });
  });
});

describe('a change', () => {
  it('says which runs it counts, so that the ledger itself refuses to count one twice', async () => {
    const counted: (readonly string[])[] = [];
    const wrap = (storage: LedgerStorage): LedgerStorage =>
      interceptWrites(storage, async (write, change) => {
        counted.push(change.counted);
        await write(change);
      });
    using exporter = await startEngine({ storage: wrap });
    exporter.script.list = () => [finishedRun({ id: 'history', endedAt: at(-600) })];
    await exporter.poll();
    exporter.script.list = () => [
      finishedRun({ id: 'r1', endedAt: at(30) }),
      finishedRun({ id: 'r2', endedAt: at(40), result: 'failure' }),
      liveRun({ id: 'r3' }),
    ];
    exporter.clock.advance(MINUTE);

    await exporter.poll();

    expect(counted.flat().toSorted()).toEqual(['r1', 'r2']);
  });
});

it('shows as exemplars runs as people know them at the vendor', async () => {
  using exporter = await startEngine();
  await exporter.poll();
  exporter.script.list = () => [finishedRun({ id: 'scripted:r1', endedAt: at(30) })];
  exporter.clock.advance(MINUTE);

  await exporter.poll();

  const samples = exporter
    .engine()
    .source.current()
    .blocks.flatMap(({ families }) => [...families.values()].flat());
  expect(samples.flatMap(({ exemplar }) => exemplar?.runId ?? [])).toEqual(['r1', 'r1']);
});

it('shows jobs of the same labels by names of their own', async () => {
  using exporter = await startEngine();
  exporter.script.list = () => ['10', '9'].map((id) => liveRun({ id, job: aJob({ key: id, id }) }));

  await exporter.poll();

  expect(exporter.shown('jobFirstSeen')).toEqual({ nightly: at(0), 'nightly (10)': at(0) });
  expect(exporter.state().jobs.get('9')?.shownName).toBe('nightly');
});

describe('a quiet poll', () => {
  it('writes nothing when the same answer comes again', async () => {
    const { disk, wrap } = createFullDisk();
    using exporter = await startEngine({ storage: wrap });
    exporter.script.list = () => [finishedRun(), liveRun({ id: 'r2' })];
    await exporter.poll();
    const { commits } = disk;

    exporter.clock.advance(MINUTE);
    await exporter.poll();

    expect(disk.commits).toBe(commits);
  });

  it('goes on writing the watermark when the clock was set back', async () => {
    const { disk, wrap } = createFullDisk();
    using exporter = await startEngine({ storage: wrap });
    await exporter.poll();
    exporter.clock.advance(MINUTE);
    await exporter.poll();
    const { commits } = disk;

    exporter.clock.set(at(-60 * MINUTE));
    exporter.clock.advance(5 * MINUTE);
    await exporter.poll();

    expect(disk.commits).toBe(commits + 1);
  });

  it('writes the watermark once in five minutes, and once more at the end', async () => {
    const { disk, wrap } = createFullDisk();
    using exporter = await startEngine({ storage: wrap });
    await exporter.poll();
    const { commits } = disk;
    for (let minute = 1; minute <= 12; minute += 1) {
      exporter.clock.advance(MINUTE);
      await exporter.poll();
    }
    const polled = disk.commits;

    await exporter.engine().stop();

    expect(polled - commits).toBe(2);
    expect(disk.commits - polled).toBe(1);
    expect((await exporter.stored()).scopes.get('account')?.watermark).toBe(exporter.clock.now());
  });
});

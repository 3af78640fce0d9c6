/** The built program's `once`: a look at the vendors that leaves nothing behind. */
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readExposition, targetsUp } from './support/exposition.ts';
import { type RunningProgram, startProgram } from './support/start-program.ts';
import { createWorkplace, startServe, type Workplace } from './support/start-program-serve.ts';
import { startWorld } from './support/start-world.ts';

/** There is one poll, and a busy machine must not make it late. */
const UNHURRIED = { poll_interval: '1m' };

describe('once', () => {
  it('prints the page and writes nothing where the ledger would be', async () => {
    await using world = await startWorld();
    using workplace = createWorkplace(world.config(UNHURRIED));
    await using program = startOnce(workplace);

    const ending = await program.ended;

    expect(ending).toEqual({ code: 0, signal: null });
    expect(targetsUp(readExposition(program.stdout()))).toBe(5);
    expect(existsSync(workplace.storagePath)).toBe(false);
  });

  it('leaves the ledger of a running exporter alone', async () => {
    await using world = await startWorld();
    using workplace = createWorkplace(world.config(UNHURRIED));
    await using exporter = startServe(workplace);
    const page = await exporter.metricsOnce('all targets up', (now) => targetsUp(now) === 5);
    const before = readdirSync(workplace.storagePath);
    await using program = startOnce(workplace);

    const ending = await program.ended;

    expect(ending).toEqual({ code: 0, signal: null });
    const printed = readExposition(program.stdout());
    expect(printed.value('datajobs_ledger_created_timestamp_seconds')).toBe(
      page.value('datajobs_ledger_created_timestamp_seconds'),
    );
    expect(readdirSync(workplace.storagePath)).toEqual(before);
  });

  it('exits with 1 when a target could not be polled', async () => {
    await using world = await startWorld();
    using workplace = createWorkplace(world.config(UNHURRIED));
    world.simulators.faults.add({ kind: 'status', status: 500, vendor: 'snowplow' });
    await using program = startOnce(workplace);

    const ending = await program.ended;

    expect(ending).toEqual({ code: 1, signal: null });
    expect(targetsUp(readExposition(program.stdout()))).toBe(4);
  });
});

function startOnce({ configFile, storagePath }: Workplace): RunningProgram {
  return startProgram(['once', '--config.file', configFile, '--storage.path', storagePath]);
}

/** The built program's `serve` as an operator meets them: refusals, signals, failures of vendors, secrecy. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { eventually } from './support/eventually.ts';
import { type Exposition, targetsUp } from './support/exposition.ts';
import { startProgram } from './support/start-program.ts';
import { createWorkplace, startServe } from './support/start-program-serve.ts';
import { type RunningWorld, startWorld } from './support/start-world.ts';

/** Generous beside the ten seconds that the contract allows, as the machine may be busy. */

describe('serve refuses to start', () => {
  it('on a bad configuration, and names every problem with its line', async () => {
    using workplace = createWorkplace(
      'poll_intervall: 1m\ntargets:\n  - name: a\n    vendor: nobody\n  - vendor: tailer\n',
    );
    await using program = startServe(workplace);

    const ending = await program.ended;

    expect(ending).toEqual({ code: 1, signal: null });
    const lines = program.stderr().trimEnd().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/datajobs\.yml:1:1: poll_intervall: .*poll_interval/),
      expect.stringMatching(/datajobs\.yml:4:\d+: targets\[0\]\.vendor: /),
      ...Array.from({ length: lines.length - 2 }, () => expect.stringMatching(/datajobs\.yml:5:\d+: targets\[1\]/)),
    ]);
    expect(lines.join('\n')).toMatch(
      /targets\[1\]\.name[^]*targets\[1\]\.account|targets\[1\]\.account[^]*targets\[1\]\.name/,
    );
    expect(existsSync(workplace.storagePath)).toBe(false);
  });

  it('on a ledger that it cannot read, and leaves the file as it is', async () => {
    await using world = await startWorld();
    using workplace = createWorkplace(world.config());
    mkdirSync(workplace.storagePath);
    const file = join(workplace.storagePath, 'datajobs.db');
    writeFileSync(file, 'this was a ledger once\n'.repeat(500));
    await using program = startServe(workplace);

    const ending = await program.ended;

    expect(ending).toEqual({ code: 1, signal: null });
    expect(program.stderr()).toMatch(/^datajobs-exporter: ledger \S+datajobs\.db .*move it away/m);
    expect(readFileSync(file, 'utf8')).toBe('this was a ledger once\n'.repeat(500));
  });

  it('beside another that writes the same ledger, and names the lock', async () => {
    await using world = await startWorld();
    using workplace = createWorkplace(world.config());
    await using first = startServe(workplace);
    await first.origin();
    await using second = startServe(workplace);

    const ending = await second.ended;

    expect(ending).toEqual({ code: 1, signal: null });
    expect(second.stderr()).toContain(join(workplace.storagePath, 'datajobs.db.lock'));
    expect(first.ending()).toBeNull();
  });

  it('below a folder that cannot be made, at once', async () => {
    await using world = await startWorld();
    using workplace = createWorkplace(world.config());
    await using program = startServe({ ...workplace, storagePath: '/proc/datajobs/data' });

    const ending = await program.ended;

    expect(ending).toEqual({ code: 1, signal: null });
    expect(program.stderr()).toMatch(
      /^datajobs-exporter: --storage\.path \/proc\/datajobs\/data is not writable: .*\n$/,
    );
  });

  it('on an address that does not resolve, in one line', async () => {
    await using world = await startWorld();
    using workplace = createWorkplace(world.config());
    await using program = startServe(workplace, { flags: ['--web.listen-address', 'no-such-host.invalid:0'] });

    const ending = await program.ended;

    expect(ending).toEqual({ code: 1, signal: null });
    expect(program.stderr()).toMatch(/^datajobs-exporter: cannot listen: .* no-such-host\.invalid; .*\n$/);
  });

  it('on a port that is taken, and says which', async () => {
    await using world = await startWorld();
    using workplace = createWorkplace(world.config());
    const port = Number(new URL(world.simulators.control).port);
    await using program = startServe(workplace, { port });

    const ending = await program.ended;

    expect(ending).toEqual({ code: 1, signal: null });
    expect(program.stderr()).toContain(`127.0.0.1:${port}`);
    expect(program.stderr()).not.toContain('    at ');
  });
});

describe('the health check', () => {
  it('finds the exporter wherever it listens, and not once it has ended', async () => {
    await using world = await startWorld();
    using workplace = createWorkplace(world.config());
    const env = { DATAJOBS_ADDRESS_FILE: join(workplace.folder, 'address') };
    await using program = startServe(workplace, { env });
    await program.origin();

    await using during = startProgram(['healthcheck'], env);
    const found = await during.ended;
    program.kill('SIGTERM');
    await program.ended;
    await using afterwards = startProgram(['healthcheck'], env);

    expect(found).toEqual({ code: 0, signal: null });
    expect(await afterwards.ended).toEqual({ code: 1, signal: null });
  });
});

describe('a second writer', () => {
  it('that came by after the lock was deleted shuts the first one out, which ends and says why', async () => {
    await using world = await startWorld();
    using workplace = createWorkplace(world.config());
    await using first = startServe(workplace);
    await first.metricsOnce('all targets up', (page) => targetsUp(page) === 5);
    rmSync(join(workplace.storagePath, 'datajobs.db.lock'));
    await using second = startServe(workplace);
    await second.origin();

    const ending = await first.ended;

    expect(ending).toEqual({ code: 1, signal: null });
    expect(first.stderr()).toMatch(/^datajobs-exporter: ledger \S+ is written by another exporter .*\n$/m);
    await second.metricsOnce('all targets up', (page) => targetsUp(page) === 5);
  });
});

describe('serve ends on SIGTERM', () => {
  it('with exit code 0, and begins where it left', async () => {
    await using world = await startWorld({ seed: 31 });
    using workplace = createWorkplace(world.config());
    await using first = startServe(workplace);
    const before = await first.metricsOnce('all targets up', (page) => targetsUp(page) === 5);
    first.kill('SIGTERM');
    const ending = await first.ended;
    world.simulators.faults.add({ kind: 'revoked' });

    await using second = startServe(workplace);
    const after = await second.metrics();
    second.kill('SIGINT');

    expect(ending).toEqual({ code: 0, signal: null });
    expect(await second.ended).toEqual({ code: 0, signal: null });
    expect(newestEnds(after).length).toBeGreaterThan(8);
    expect(newestEnds(after)).toEqual(newestEnds(before));
    const created = 'datajobs_ledger_created_timestamp_seconds';
    expect(after.value(created)).toBe(before.value(created));
  });

  it('without waiting for a vendor that hangs', async () => {
    await using world = await startWorld();
    using workplace = createWorkplace(world.config({ poll_interval: '1h', poll_timeout: '1h' }));
    world.simulators.faults.add({ kind: 'hang' });
    await using program = startServe(workplace);
    await program.origin();
    await requestsOf(world, 5);

    program.kill('SIGTERM');
    const ending = await program.ended;

    expect(ending).toEqual({ code: 0, signal: null });
    // No request was left to end by itself: that is said of each that had its time.
    expect(program.stderr()).not.toContain('gave no');
  });
});

describe('serve reads its configuration anew', () => {
  it('on SIGHUP and on POST to /-/reload; a bad file changes nothing but the metric', async () => {
    await using world = await startWorld();
    const config = world.config();
    const targets = config['targets'] as readonly { readonly name: string }[];
    using workplace = createWorkplace({ ...config, targets: targets.slice(0, 1) });
    await using program = startServe(workplace, { flags: ['--web.enable-lifecycle'] });
    await program.metricsOnce('one target', (page) => targetsUp(page) === 1);

    workplace.configure({ ...config, targets: targets.slice(0, 2) });
    program.kill('SIGHUP');
    await program.metricsOnce('two targets', (page) => targetsUp(page) === 2);
    workplace.configure('targets: nonsense\n');
    const refused = await program.get('/-/reload', { method: 'POST' });
    const whileBad = await program.metrics();
    workplace.configure(config);
    const accepted = await program.get('/-/reload', { method: 'PUT' });
    const afterwards = await program.metricsOnce('five targets', (page) => targetsUp(page) === 5);

    expect(refused.status).toBe(500);
    expect(await refused.text()).toMatch(/datajobs\.yml:1:\d+: targets: /);
    expect(whileBad.value('datajobs_config_last_reload_successful')).toBe(0);
    expect(targetsUp(whileBad)).toBe(2);
    expect(accepted.status).toBe(200);
    expect(afterwards.value('datajobs_config_last_reload_successful')).toBe(1);
    const names = targets.map(({ name }) => name);
    expect(reloads(program.stderr())).toEqual([names[1], names.slice(2).join(', ')]);
  });
});

describe('SIGHUP', () => {
  it('before the exporter is ready has it read its configuration once more when it is, and nothing else', async () => {
    await using world = await startWorld();
    const config = world.config();
    const [first, second] = config['targets'] as readonly object[];
    using workplace = createWorkplace();
    // The program waits in the middle of its start until somebody writes into the pipe.
    await promisify(execFile)('mkfifo', [workplace.configFile]);
    await using program = startServe(workplace);
    const start = await open(workplace.configFile, 'w');
    program.kill('SIGHUP');
    program.kill('SIGHUP');
    await start.write(JSON.stringify({ ...config, targets: [first] }));
    rmSync(workplace.configFile);
    workplace.configure({ ...config, targets: [first, second] });
    await start.close();

    await program.metricsOnce('two targets', (page) => targetsUp(page) === 2);

    expect(program.ending()).toBeNull();
    expect(reloads(program.stderr())).toHaveLength(1);
  });

  it('ends a command that has nothing to reload as SIGTERM does', async () => {
    await using program = startProgram(['simulate']);
    await program.printed(/"control"/);

    program.kill('SIGHUP');

    expect(await program.ended).toEqual({ code: 0, signal: null });
  });
});

describe('a vendor that goes wrong', () => {
  it('with wrong credentials shows as auth, while the others go on', async () => {
    await using world = await startWorld();
    const config = world.config();
    const targets = (config['targets'] as readonly Record<string, unknown>[]).map((target) =>
      target['vendor'] === 'adverity' ? { ...target, auth: { token: 'wr0ng-and-secret' } } : target,
    );
    using workplace = createWorkplace({ ...config, targets });
    await using program = startServe(workplace);

    const page = await program.metricsOnce(
      'four targets up and one refused',
      (now) => targetsUp(now) === 4 && now.sum('datajobs_polls_total', { outcome: 'auth' }) > 0,
    );

    const refused = page.select('datajobs_polls_total', { outcome: 'auth' }).filter(({ value }) => value > 0);
    expect(refused.map(({ labels }) => labels['target'])).toEqual(['acme-adverity']);
    expect(page.value('datajobs_target_up', { vendor: 'adverity' })).toBe(0);
    expect((await program.get('/-/ready')).status).toBe(200);
    expect(program.stderr()).toContain('reason=auth');
    expect(program.stderr()).not.toContain('wr0ng');
  });

  it('with one broken record keeps the rest of its list', async () => {
    await using world = await startWorld();
    using workplace = createWorkplace(world.config());
    world.simulators.faults.add({ kind: 'broken_record', vendor: 'polaris', path: '*/jobs' });
    await using program = startServe(workplace);

    const page = await program.metricsOnce('all targets up', (now) => targetsUp(now) === 5);

    expect(page.sum('datajobs_rejected_records_total', { vendor: 'polaris' })).toBe(1);
    expect(page.sum('datajobs_jobs', { vendor: 'polaris' })).toBe(2);
  });

  it('with nonsense instead of an answer fails that poll alone, and keeps what was known', async () => {
    await using world = await startWorld();
    using workplace = createWorkplace(world.config());
    await using program = startServe(workplace);
    const before = await program.metricsOnce('all targets up', (now) => targetsUp(now) === 5);

    for (const [kind, vendor] of [
      ['html', 'tailer'],
      ['empty', 'matatika'],
      ['wrong_shape', 'polaris'],
    ] as const)
      world.simulators.faults.add({ kind, vendor });
    const after = await program.metricsOnce(
      'three targets with schema',
      (now) => now.select('datajobs_polls_total', { outcome: 'schema' }).filter(({ value }) => value > 0).length === 3,
    );

    const ends = 'datajobs_last_run_end_timestamp_seconds';
    expect(after.select('datajobs_target_up', {}).filter(({ value }) => value === 1)).toHaveLength(2);
    expect(after.select(ends)).toEqual(before.select(ends));
  });
});

describe('secrets', () => {
  it('show nowhere: not in the log, the metrics or a page, neither in peace nor while vendors fail', async () => {
    await using world = await startWorld();
    const config = world.config();
    using workplace = createWorkplace(config);
    await using program = startServe(workplace, { flags: ['--log.level', 'debug', '--web.enable-lifecycle'] });
    await program.metricsOnce('all targets up', (page) => targetsUp(page) === 5);

    for (const kind of ['revoked', 'html', 'reset'] as const) {
      world.simulators.faults.remove();
      world.simulators.faults.add({ kind });
      const polls = (await program.metrics()).sum('datajobs_polls_total');
      await program.metricsOnce(`polls that meet ${kind}`, (page) => page.sum('datajobs_polls_total') >= polls + 6);
    }
    const pages = await Promise.all(
      ['/', '/metrics', '/api/v1/targets', '/api/v1/runs', '/-/ready', '/-/healthy', '/nothing?token=here'].map(
        async (path) => (await program.get(path)).text(),
      ),
    );
    program.kill('SIGTERM');
    await program.ended;

    const said = [program.stdout(), program.stderr(), ...pages].join('\n');
    const secrets = secretsOf(config);
    expect(secrets.length).toBeGreaterThanOrEqual(5);
    expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
    expect(said).not.toMatch(/Bearer |Basic |simulated\.\d+/);
  });
});

/** Waits until so many vendors have been asked something. */
async function requestsOf(world: RunningWorld, vendors: number): Promise<void> {
  await eventually(
    async () => {
      const counts = (await (await fetch(`${world.simulators.control}/requests`)).json()) as Record<string, object>;
      return Object.values(counts).filter((paths) => Object.keys(paths).length > 0).length >= vendors ? true : null;
    },
    { what: `requests of ${vendors} vendors` },
  );
}

/** The end of every job's newest run, in the order of the jobs' labels. */
function newestEnds(page: Exposition): string[] {
  return page
    .select('datajobs_last_run_end_timestamp_seconds')
    .map(({ labels, value }) => `${JSON.stringify(labels)} ${value}`)
    .toSorted();
}

/** Every text under `auth` that the configuration calls a secret. */
function secretsOf(config: Record<string, unknown>): string[] {
  const targets = config['targets'] as readonly { readonly auth: Readonly<Record<string, string>> }[];
  const isSecret = /^(?:api_key|client_secret|token|refresh_token|firebase_api_key|password)$/;
  return targets.flatMap(({ auth }) =>
    Object.entries(auth).flatMap(([key, value]) => (isSecret.test(key) ? [value] : [])),
  );
}

/** Targets that each reload has added, by the log. */
function reloads(log: string): readonly string[] {
  return Array.from(log.matchAll(/msg="configuration reloaded" added=("[^"]*"|\S+)$/gm), ([, added = '']) =>
    added.replaceAll('"', ''),
  );
}

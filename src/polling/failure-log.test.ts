import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { VendorError } from '../http/errors.ts';
import { aTarget, finishedRun, liveRun, someCapabilities } from '../../test/support/builders.ts';
import { FAILURES } from '../../test/support/scripted-vendor.ts';
import { startEngine, type StartEngineOptions, type TestEngine } from '../../test/support/start-engine.ts';
import { HOUR, MINUTE, seconds } from '../model/time.ts';

interface LoggedEngine extends TestEngine {
  /** Takes the lines of level info and above that were logged since the last look: level and fields. */
  takeLines(): readonly object[];
}

async function startLogged(options: StartEngineOptions = {}): Promise<LoggedEngine> {
  const lines: string[] = [];
  const logger = pino(
    { level: 'info', base: null, timestamp: false, formatters: { level: (level) => ({ level }) } },
    { write: (line: string) => void lines.push(line) },
  );
  const exporter = await startEngine({ ...options, logger });
  return { ...exporter, takeLines: () => lines.splice(0).map((line) => JSON.parse(line) as object) };
}

describe('a failure that goes on', () => {
  it('is logged when it begins, once an hour, when its reason changes, and when it is over', async () => {
    using exporter = await startLogged();
    exporter.script.list = () => FAILURES.broken();
    const counts: number[] = [];

    for (let poll = 0; poll <= 120; poll += 1) {
      await exporter.poll();
      counts.push(exporter.takeLines().length);
      exporter.clock.advance(MINUTE);
    }
    exporter.script.list = () => FAILURES.notFound();
    await exporter.poll();
    const changed = exporter.takeLines();
    exporter.script.list = () => [];
    await exporter.poll();
    const over = exporter.takeLines();
    exporter.script.list = () => FAILURES.notFound();
    await exporter.poll();
    const again = exporter.takeLines();

    expect(counts.flatMap((count, minute) => (count > 0 ? [[minute, count]] : []))).toEqual([
      [0, 1],
      [60, 1],
      [120, 1],
    ]);
    const line = { level: 'warn', target: 'acme', scope: 'account', reason: 'http_client', error: '404' };
    expect(changed).toEqual([{ ...line, msg: 'poll failed' }]);
    expect(over).toEqual([{ level: 'info', target: 'acme', failed: 122, msg: 'polling succeeds again' }]);
    expect(again).toEqual(changed);
  });

  it('is logged again where the same reason has another cause, but not where a number in it changed', async () => {
    using exporter = await startLogged();
    const messages = ['no file', 'no file', 'in quotes', 'after 3 s', 'after 4 s', 'no file'];
    for (const message of messages) {
      exporter.script.list = () => new VendorError(message, { reason: 'auth' });
      await exporter.poll();
    }

    expect(exporter.takeLines()).toMatchObject([{ error: 'no file' }, { error: 'in quotes' }, { error: 'after 3 s' }]);
  });

  it('is logged for each scope by itself', async () => {
    using exporter = await startLogged({ script: { scopes: ['a', 'b', 'c'] } });
    exporter.script.list = ({ scope }) => (scope.key === 'c' ? [] : FAILURES.forbidden());

    await exporter.poll();
    await exporter.poll();

    expect(exporter.takeLines()).toMatchObject([
      { scope: 'a', reason: 'auth' },
      { scope: 'b', reason: 'auth' },
    ]);
  });

  it('is logged once where the whole vendor fails, whichever scope finds it first', async () => {
    using exporter = await startLogged({ script: { scopes: ['a', 'b', 'c'] } });
    exporter.script.list = () => FAILURES.tooMany();

    for (let poll = 1; poll <= 3; poll += 1) await exporter.poll();

    expect(exporter.takeLines()).toMatchObject([{ scope: 'a', reason: 'rate_limited' }]);
    expect(exporter.vendor.asked).toHaveLength(3);
  });
});

describe('failures of which a poll has many', () => {
  const capabilities = someCapabilities({ liveDetails: ['rows'], finishedDetails: ['steps'] });

  it('are logged in one line, with how many there were', async () => {
    const targets = [aTarget({ pollInterval: seconds(MINUTE) })];
    using exporter = await startLogged({ script: { capabilities }, config: { targets } });
    exporter.script.details = () => FAILURES.broken();
    exporter.script.run = () => FAILURES.broken();
    exporter.script.list = () => ['r1', 'r2', 'r3'].map((id) => liveRun({ id }));
    await exporter.poll();
    const first = exporter.takeLines();
    exporter.script.list = () => [finishedRun({ id: 'r1' })];

    await exporter.poll();
    const second = exporter.takeLines();
    exporter.clock.advance(HOUR);
    await exporter.poll();

    const line = { level: 'warn', target: 'acme', reason: 'http_server', error: '500' };
    const ofLive = { ...line, detail: 'rows', msg: 'a detail of a live run could not be fetched' };
    const lookUps = { ...line, scope: 'account', failures: 2, msg: 'a live run could not be looked up' };
    const ofFinished = { ...line, detail: 'steps', failures: 1, msg: 'a detail of a run could not be fetched' };
    expect(first).toEqual([{ ...ofLive, failures: 3 }]);
    expect(second).toEqual([lookUps, ofFinished]);
    expect(exporter.takeLines()).toEqual([lookUps, { ...ofLive, failures: 2 }, ofFinished]);
  });
});

describe('records that cannot be used', () => {
  const broken = (id: string, problem = 'type: expected text, got an object') =>
    ({ reason: 'schema', key: `hash of ${id}`, id, problem }) as const;
  const line = {
    level: 'warn',
    target: 'acme',
    scope: 'account',
    reason: 'schema',
    problem: 'type: expected text, got an object',
    msg: 'a record of the answer could not be used',
  };

  it('are logged when a problem comes up, and once an hour while new ones have it', async () => {
    using exporter = await startLogged();
    const lines: [number, object][] = [];

    for (let poll = 0; poll <= 60; poll += 1) {
      exporter.script.list = () => ({ rejected: [broken(`r${poll}`), broken(`s${poll}`)] });
      await exporter.poll();
      for (const record of exporter.takeLines()) lines.push([poll, record]);
      exporter.clock.advance(MINUTE);
    }

    expect(lines).toEqual([
      [0, { ...line, id: 'r0', records: 2 }],
      [60, { ...line, id: 'r60', records: 2 }],
    ]);
  });

  it('are not logged again where they were seen before', async () => {
    using exporter = await startLogged();
    exporter.script.list = () => ({ rejected: [broken('r1')] });
    await exporter.poll();
    exporter.takeLines();

    exporter.clock.advance(HOUR);
    await exporter.poll();

    expect(exporter.takeLines()).toEqual([]);
  });

  it('are logged for each scope and problem by itself, five of an answer at most', async () => {
    using exporter = await startLogged({ script: { scopes: ['a', 'b'] } });
    exporter.script.list = ({ scope }) => ({
      rejected: Array.from({ length: scope.key === 'a' ? 2 : 9 }, (_unused, n) =>
        broken(`r${n}`, `field${n}: is empty`),
      ),
    });

    await exporter.poll();

    expect(exporter.takeLines().map((record) => ('scope' in record ? record.scope : null))).toEqual([
      'a',
      'a',
      'b',
      'b',
      'b',
      'b',
      'b',
    ]);
  });
});

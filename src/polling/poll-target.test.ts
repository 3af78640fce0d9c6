import { describe, expect, it } from 'vitest';
import { aJob, finishedRun, liveRun } from '../../test/support/builders.ts';
import { FAILURES, takeRequests } from '../../test/support/scripted-vendor.ts';
import { startEngine } from '../../test/support/start-engine.ts';
import { DAY } from '../model/time.ts';

describe('a target of several scopes', () => {
  it.each([
    ['404', FAILURES.notFound],
    ['403', FAILURES.forbidden],
    ['500', FAILURES.broken],
  ])('goes on after a %s of one of them', async (_status, failure) => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b', 'c'] } });
    exporter.script.list = ({ scope }) => (scope.key === 'b' ? failure() : [liveRun({ id: scope.key })]);

    await exporter.poll();

    expect(takeRequests(exporter.vendor)).toEqual(['list a', 'list b', 'list c']);
    expect([...exporter.state().live.keys()]).toEqual(['a', 'c']);
    expect(exporter.shown('targetUp')).toEqual({ '': 0 });
    expect(exporter.shown('targetScopesFailed')).toEqual({ '': 1 });
  });

  it.each([
    ['429', FAILURES.tooMany],
    ['401', FAILURES.unauthorized],
    ['broken connection', FAILURES.unreachable],
  ])('asks no more after a %s', async (_status, failure) => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b', 'c'] } });
    exporter.script.list = ({ scope }) => (scope.key === 'b' ? failure() : [liveRun({ id: scope.key })]);

    await exporter.poll();

    expect(takeRequests(exporter.vendor)).toEqual(['list a', 'list b']);
    expect(exporter.shown('targetScopesFailed')).toEqual({ '': 2 });
  });

  it('reads each of them, however early a rate limit ends its polls', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b', 'c'] } });
    let left = 0;
    exporter.script.list = () => {
      left -= 1;
      return left < 0 ? FAILURES.tooMany() : [];
    };
    const polls: (readonly string[])[] = [];

    for (let poll = 1; poll <= 3; poll += 1) {
      left = 1;
      await exporter.poll();
      polls.push(takeRequests(exporter.vendor));
    }

    expect(polls).toEqual([
      ['list a', 'list b'],
      ['list b', 'list c'],
      ['list c', 'list a'],
    ]);
  });

  it('reads all others where one of them always breaks the connection', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b', 'c'] } });
    exporter.script.list = ({ scope }) => (scope.key === 'b' ? FAILURES.unreachable() : [liveRun({ id: scope.key })]);

    for (let poll = 1; poll <= 3; poll += 1) await exporter.poll();

    expect(takeRequests(exporter.vendor)).toEqual(['list a', 'list b', 'list b', 'list c', 'list a', 'list b']);
    expect([...exporter.state().live.keys()]).toEqual(['a', 'c']);
  });

  it('is up only once all of them succeed', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b'] } });
    const atFirst = exporter.shown('targetUp');

    await exporter.poll();

    expect(atFirst).toEqual({ '': 0 });
    expect(exporter.shown('targetUp')).toEqual({ '': 1 });
    expect(exporter.shown('targetScopesFailed')).toEqual({ '': 0 });
  });

  it('shows of which jobs the last poll has read nothing, also after a start', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b'] } });
    const listed = (scope: string) =>
      [scope, 'shared'].map((name) => finishedRun({ id: `${scope} ${name}`, job: aJob({ name }) }));
    exporter.script.list = ({ scope }) => listed(scope.key);
    const atFirst = exporter.shown('jobLastReadSuccessful');
    await exporter.poll();
    const all = exporter.shown('jobLastReadSuccessful');
    exporter.script.list = ({ scope }) => (scope.key === 'b' ? FAILURES.forbidden() : []);

    await exporter.poll();
    const partly = exporter.shown('jobLastReadSuccessful');
    exporter.script.list = ({ scope }) => (scope.key === 'b' ? FAILURES.forbidden() : listed('a'));
    await exporter.restart();
    const started = exporter.shown('jobLastReadSuccessful');
    await exporter.poll();

    expect(atFirst).toEqual({});
    expect(all).toEqual({ a: 1, b: 1, shared: 1 });
    expect(partly).toEqual({ a: 1, b: 0, shared: 1 });
    expect(started).toEqual({ a: 0, b: 0, shared: 0 });
    expect(exporter.shown('jobLastReadSuccessful')).toEqual({ a: 1, b: 0, shared: 1 });
  });

  it('has read every job once all of them succeed, listed or not', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [finishedRun()];
    await exporter.poll();
    exporter.script.list = () => [];

    await exporter.restart();
    await exporter.poll();

    expect(exporter.shown('jobLastReadSuccessful')).toEqual({ nightly: 1 });
  });

  it('shows no answer as cut once the scope is not configured any more', async () => {
    using exporter = await startEngine({ script: { scopes: ['a', 'b'] } });
    exporter.script.list = ({ scope }) => ({ truncated: scope.key === 'a' });
    await exporter.poll();
    const cut = exporter.shown('historyTruncated');
    exporter.script.scopes = ['b'];

    await exporter.restart();
    await exporter.poll();

    expect(cut).toEqual({ '': 1 });
    expect(exporter.shown('historyTruncated')).toEqual({ '': 0 });
  });
});

describe('a failed poll', () => {
  it('leaves all that is shown as it was, and an empty answer is no failure', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun(), finishedRun({ id: 'r2', job: aJob({ name: 'weekly' }) })];
    await exporter.poll();
    const whole = [exporter.shown('runsActive'), exporter.shown('lastRunEnd')];

    exporter.script.list = () => FAILURES.broken();
    exporter.clock.advance(60 * DAY);
    await exporter.poll();
    const failed = [exporter.shown('runsActive'), exporter.shown('lastRunEnd')];
    const up = exporter.shown('targetUp');
    exporter.script.list = () => [];
    await exporter.poll();

    expect(failed).toEqual(whole);
    expect(up).toEqual({ '': 0 });
    expect(exporter.shown('targetUp')).toEqual({ '': 1 });
    expect(exporter.shown('polls')).toMatchObject({ ok: 2, http_server: 1 });
  });
});

describe('a live run in an unlisted state', () => {
  it('leaves the gauges once it did not change for a day', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun({ state: 'unknown', vendorState: 'MELTED', stateKnown: false })];
    await exporter.poll();
    exporter.clock.advance(DAY - 1);
    await exporter.poll();
    const almost = exporter.shown('runsActive')['nightly unknown'];

    exporter.clock.advance(1);
    await exporter.poll();
    await exporter.poll();

    expect(almost).toBe(1);
    expect(exporter.shown('runsActive')['nightly unknown']).toBe(0);
    expect(exporter.shown('unknownStates')).toEqual({ MELTED: 1 });
  });

  it('is back once it changes', async () => {
    using exporter = await startEngine();
    exporter.script.list = () => [liveRun({ state: 'unknown', vendorState: 'MELTED', stateKnown: false })];
    await exporter.poll();
    exporter.clock.advance(DAY);
    await exporter.poll();

    exporter.script.list = () => [liveRun()];
    await exporter.poll();

    expect(exporter.shown('runsActive')['nightly executing']).toBe(1);
  });
});

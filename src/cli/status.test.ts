import { describe, expect, it } from 'vitest';
import { startEngine } from '../../test/support/start-engine.ts';
import { createStatusSource } from './status.ts';

describe('the status', () => {
  it('is ready only once every target was polled, well or not', async () => {
    using exporter = await startEngine();
    const status = createStatusSource(exporter.engine(), exporter.clock);
    const before = status.readiness();
    exporter.script.list = () => new Error('no answer');

    await exporter.poll();

    expect(before).toEqual({ ready: false, reason: expect.stringContaining('waiting for the first poll of ') });
    expect(status.readiness()).toEqual({ ready: true });
  });

  it('tells why the last poll of a target failed', async () => {
    using exporter = await startEngine();
    const status = createStatusSource(exporter.engine(), exporter.clock);
    exporter.script.list = () => new Error('no answer');

    await exporter.poll();

    expect(status.targets()).toMatchObject([{ up: false, outcome: 'internal', problem: 'no answer', scopesFailed: 1 }]);
  });
});

import { expect, it } from 'vitest';
import { at, finishedRun, liveRun, someCapabilities } from '../../test/support/builders.ts';
import { FAILURES } from '../../test/support/scripted-vendor.ts';
import { startEngine } from '../../test/support/start-engine.ts';
import { HOUR, MINUTE, seconds } from '../model/time.ts';

it('asks for a detail that was put off, also where a clock was set back meanwhile', async () => {
  const capabilities = someCapabilities({ finishedDetails: ['steps'] });
  using exporter = await startEngine({ script: { capabilities, list: () => [liveRun()] } });
  await exporter.poll();
  exporter.script.list = () => [finishedRun()];
  exporter.script.details = () => FAILURES.broken();
  await exporter.poll();
  exporter.script.details = () => ({
    steps: [{ name: 'load', result: 'success', duration: seconds(1) }],
    rows: null,
  });
  exporter.clock.set(at(-3 * HOUR));
  exporter.clock.advance(MINUTE);

  await exporter.poll();

  expect(exporter.shown('stepsFinished')).toEqual({ 'nightly load success': 1 });
});

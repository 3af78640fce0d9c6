import { describe, expect, it } from 'vitest';
import { parseExposition } from '../../test/support/exposition/parse-exposition.ts';
import { seconds, after, unixSeconds } from '../model/time.ts';
import { createProcessMetrics } from './process-metrics.ts';

function setUp() {
  let now = unixSeconds(1_795_000_000);
  const clock = { now: () => now, monotonic: () => seconds(0), sleep: () => Promise.resolve() };
  const pass = (length: number): void => {
    now = after(now, seconds(length));
  };
  return { lines: createProcessMetrics(clock), pass };
}

describe('the process metrics', () => {
  it('are in the text format', async () => {
    const { lines } = setUp();

    const families = parseExposition(await lines.read('text'), false);

    const cpu = families.find(({ name }) => name === 'process_cpu_seconds_total');
    expect(cpu).toMatchObject({ type: 'counter', samples: [{ name: 'process_cpu_seconds_total' }] });
  });

  it('are in OpenMetrics, where counters have no _total in their family', async () => {
    const { lines } = setUp();

    const families = parseExposition(`${await lines.read('openmetrics')}# EOF\n`, true);

    const cpu = families.find(({ name }) => name === 'process_cpu_seconds');
    expect(cpu).toMatchObject({ type: 'counter', samples: [{ name: 'process_cpu_seconds_total' }] });
  });

  it('have no gauge that is named like a counter', async () => {
    const { lines } = setUp();

    const families = parseExposition(await lines.read('text'), false);

    expect(families.filter(({ name, type }) => name.endsWith('_total') !== (type === 'counter'))).toEqual([]);
  });

  it('are collected at most once a second', async () => {
    const { lines, pass } = setUp();
    const first = await lines.read('text');

    pass(0.9);
    const soon = await lines.read('text');
    pass(0.2);
    const later = await lines.read('text');

    expect(soon).toBe(first);
    expect(later).not.toBe(first);
  });
});

import { describe, expect, it } from 'vitest';
import { METRICS } from '../metrics/catalogue.ts';
import type { Sample } from '../metrics/samples.ts';
import { unixSeconds } from '../model/time.ts';
import { histogramValue, jobBlock, sample } from '../../test/support/exposition/samples.ts';
import { type Acknowledged, createToDelta, type Delta } from './delta.ts';
import type { OtlpFamily } from './families.ts';

const LONG_AGO = unixSeconds(1_000);
const ACKNOWLEDGED_AT = unixSeconds(5_000);
const SINCE = unixSeconds(5_000);
const LATER = unixSeconds(6_000);

interface Case {
  readonly family?: OtlpFamily;
  readonly before: Sample | null;
  readonly now: Sample;
  readonly isSent?: boolean;
}

function delta({ family = METRICS.runsFinished, before, now, isSent = true }: Case): Delta | null {
  const block = jobBlock('nightly', before === null ? [] : [[METRICS.runsFinished, [before]]]);
  const acknowledged: Acknowledged = { block, at: ACKNOWLEDGED_AT, isSent };
  return createToDelta(acknowledged, SINCE)(family, now);
}

function count(value: number, createdAt = LONG_AGO): Sample {
  return sample(value, { labels: ['result', 'success'], createdAt });
}

describe('what a series has gained', () => {
  it('is the difference since it was acknowledged', () => {
    expect(delta({ before: count(3), now: count(7) })).toEqual({ value: 4, startedAt: ACKNOWLEDGED_AT });
  });

  it('is not sent where it is nothing', () => {
    expect(delta({ before: count(3), now: count(3) })).toBe(null);
  });

  it('is sent once as nothing, so that the receiver knows where the series stands', () => {
    expect(delta({ before: count(3), now: count(3), isSent: false })).toEqual({ value: 0, startedAt: ACKNOWLEDGED_AT });
  });

  it('is everything for a series that began since', () => {
    expect(delta({ before: null, now: count(2, LATER) })).toEqual({ value: 2, startedAt: LATER });
  });

  it('is nothing for a durable series that was not shown for a while: it was sent before', () => {
    expect(delta({ before: null, now: count(100) })).toEqual({ value: 0, startedAt: SINCE });
  });

  it('is everything for a count of this process', () => {
    expect(delta({ family: METRICS.polls, before: null, now: count(4) })).toEqual({ value: 4, startedAt: LONG_AGO });
  });

  it('is everything where the count began anew', () => {
    expect(delta({ before: count(9), now: count(1, LATER) })).toEqual({ value: 1, startedAt: LATER });
    expect(delta({ before: count(9), now: count(1) })).toEqual({ value: 1, startedAt: ACKNOWLEDGED_AT });
  });

  it('is told bucket by bucket for a histogram', () => {
    const before = sample(histogramValue([1, 5], [1, 2, 0], 6), { createdAt: LONG_AGO });
    const now = sample(histogramValue([1, 5], [1, 3, 2], 30), { createdAt: LONG_AGO });

    expect(delta({ before, now })).toEqual({
      value: histogramValue([1, 5], [0, 1, 2], 24),
      startedAt: ACKNOWLEDGED_AT,
    });
  });

  it('is everything for a histogram with other buckets', () => {
    const before = sample(histogramValue([1, 5], [1, 2, 0], 6), { createdAt: LONG_AGO });
    const now = sample(histogramValue([2, 5], [3, 2, 0], 9), { createdAt: LONG_AGO });

    expect(delta({ before, now })).toEqual({ value: now.value, startedAt: ACKNOWLEDGED_AT });
  });
});

import { describe, expect, it } from 'vitest';
import { after, before, DAY, HOUR, MINUTE, seconds, type UnixSeconds, unixSeconds } from '../../model/time.ts';
import { byDay, byWidth, inOneSlice } from './slices.ts';
import type { Slice } from '../vendor.ts';

const NOW = unixSeconds(Date.UTC(2026, 10, 22, 8) / 1000);

const slice = (from: UnixSeconds, to: UnixSeconds = NOW, part: string | null = null): Slice => ({ from, to, part });
const hoursAgo = (hours: number): UnixSeconds => before(NOW, seconds(hours * HOUR));

describe('windows of any bounds', () => {
  const bare = byWidth({ longest: DAY, shortest: seconds(15 * MINUTE) });

  it('are cut into slices of the longest width, oldest first, which share their edges', () => {
    const slices = bare.slices({ from: hoursAgo(50), to: NOW }, NOW);

    expect(slices).toEqual([slice(hoursAgo(50), hoursAgo(26)), slice(hoursAgo(26), hoursAgo(2)), slice(hoursAgo(2))]);
  });

  it('are one slice where they are empty', () => {
    expect(bare.slices({ from: NOW, to: NOW }, NOW)).toEqual([slice(NOW)]);
  });

  it('are halved until a half would be too short', () => {
    const half = before(NOW, seconds(15 * MINUTE));

    expect(bare.split(slice(before(NOW, seconds(30 * MINUTE))))).toEqual([
      slice(before(NOW, seconds(30 * MINUTE)), half),
      slice(half),
    ]);
    expect(bare.split(slice(half))).toEqual([]);
  });

  it('begin within reach when they are cut, and when they are asked for later on', () => {
    const reaching = byWidth({ longest: DAY, shortest: MINUTE, reach: { cut: HOUR, asked: seconds(2 * HOUR) } });
    const late = after(NOW, seconds(90 * MINUTE));

    const slices = reaching.slices({ from: hoursAgo(5), to: NOW }, NOW);

    expect(slices).toEqual([slice(hoursAgo(1))]);
    expect(slices.map((one) => reaching.clip(one, NOW))).toEqual(slices);
    expect(slices.map((one) => reaching.clip(one, late))).toEqual([slice(hoursAgo(0.5))]);
    expect(bare.clip(slice(hoursAgo(5)), late)).toEqual(slice(hoursAgo(5)));
  });
});

describe('whole days', () => {
  const days = byDay({ parts: ['a', 'b'] });
  const day = (date: number, part: string | null = null): Slice => {
    const from = unixSeconds(Date.UTC(2026, 10, date) / 1000);
    return slice(from, unixSeconds(from + DAY - 1e-6), part);
  };

  it('are those that a window touches', () => {
    expect(days.slices({ from: hoursAgo(9), to: NOW }, NOW)).toEqual([day(21), day(22)]);
  });

  it('are divided into parts, once', () => {
    expect(days.split(day(22))).toEqual([day(22, 'a'), day(22, 'b')]);
    expect(days.split(day(22, 'a'))).toEqual([]);
  });
});

it('a list that cannot be asked for by time is one slice, which cannot be divided', () => {
  const whole = inOneSlice();

  expect(whole.slices({ from: hoursAgo(9), to: NOW }, NOW)).toEqual([slice(hoursAgo(9))]);
  expect(whole.split(slice(hoursAgo(9)))).toEqual([]);
  expect(whole.isWindowed).toBe(false);
});

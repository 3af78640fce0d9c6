import { describe, expect, it } from 'vitest';
import { ago, at, someCapabilities } from '../../test/support/builders.ts';
import { watchedScope } from '../../test/support/book.ts';
import { DAY, HOUR, MINUTE, seconds } from '../model/time.ts';
import { advanceScope, type Plan, planRound, type Rounds, type SliceRead } from './progress.ts';
import { newScope, type ScopeRecord } from './records.ts';

const CAPABILITIES = someCapabilities({
  overlap: HOUR,
  wideOverlap: DAY,
  lead: seconds(0),
  reach: seconds(90 * DAY),
  windowed: true,
});

function plan(
  scope: ScopeRecord,
  {
    now = at(0),
    capabilities = CAPABILITIES,
    wideAt = at(-60),
    sweepAt = wideAt === null ? null : ago(HOUR),
    hasSwept = wideAt !== null,
    doubtedFrom = null,
    owedFrom = null,
    readAt = null,
    isConfirmed = true,
  }: {
    now?: ReturnType<typeof at>;
    capabilities?: typeof CAPABILITIES;
    wideAt?: Plan['sweep'];
    sweepAt?: Plan['sweep'];
    hasSwept?: boolean;
    doubtedFrom?: Plan['wideFrom'];
    owedFrom?: Plan['wideFrom'];
    readAt?: Rounds['readAt'];
    isConfirmed?: boolean;
  } = {},
): Plan {
  const rounds = { wideAt, sweepAt, hasSwept, owedFrom, readAt };
  return planRound(scope, {
    capabilities,
    now,
    monotonic: seconds(now),
    isConfirmed,
    pollInterval: seconds(2 * MINUTE),
    rounds,
    doubtedFrom,
  });
}

const SWEPT = watchedScope({ watermark: at(-60), sweeps: [ago(HOUR)] });
/** It is time for a wide round. */
const WIDE = { wideAt: at(-15 * MINUTE) };

describe('planRound', () => {
  it('reads the whole reach for a baseline', () => {
    const planned = plan(newScope('account'));

    expect(planned).toEqual({
      window: { from: at(-90 * DAY), to: at(0) },
      sweep: at(0),
      wideFrom: null,
      isNarrow: false,
      gap: 0,
      away: null,
    });
  });

  it('reads from the watermark less the overlap, to now', () => {
    const planned = plan(SWEPT);

    expect(planned).toEqual({
      window: { from: at(-60 - HOUR), to: at(0) },
      sweep: null,
      wideFrom: at(-60 - DAY),
      isNarrow: true,
      gap: 0,
      away: null,
    });
  });

  it('reads from the watermark less the wide overlap a quarter of an hour after it last did', () => {
    const planned = [WIDE.wideAt, at(1 - 15 * MINUTE)].map((wideAt) => plan(SWEPT, { wideAt }));

    expect(planned.map(({ window, sweep, isNarrow }) => [window.from, sweep, isNarrow])).toEqual([
      [at(-60 - DAY), null, false],
      [at(-60 - HOUR), null, true],
    ]);
  });

  it('reads no more after a wide round that took longer than some polls do', () => {
    const planned = plan({ ...SWEPT, readAt: at(-7 * MINUTE) }, { wideAt: at(-7 * MINUTE) });

    expect(planned).toMatchObject({ window: { from: at(-60 - HOUR) }, isNarrow: true });
  });

  it('reads from the watermark less the wide overlap after the clock was set back by a quarter of an hour', () => {
    const planned = plan(SWEPT, { wideAt: at(15 * MINUTE) });

    expect(planned).toMatchObject({ window: { from: at(-60 - DAY) }, isNarrow: false });
  });

  it('reads on into the future where the vendor needs it, as far as back where it reads less', () => {
    const capabilities = { ...CAPABILITIES, lead: DAY };
    const planned = [plan(SWEPT, { capabilities }), plan(SWEPT, { capabilities, ...WIDE })];

    expect(planned.map(({ window }) => window.to)).toEqual([at(HOUR), at(DAY)]);
  });

  it('reads no less than in a wide round where the overlaps are the same', () => {
    const planned = plan(SWEPT, { capabilities: { ...CAPABILITIES, wideOverlap: HOUR } });

    expect(planned).toMatchObject({ window: { from: at(-60 - HOUR), to: at(0) }, isNarrow: false });
  });

  it('never asks for what is beyond the reach', () => {
    const planned = [{}, WIDE].map((time) => plan({ ...SWEPT, watermark: at(-91 * DAY) }, time));

    expect(planned.map(({ window }) => window.from)).toEqual([at(-90 * DAY), at(-90 * DAY)]);
  });

  it('sweeps the whole reach on start, and a day after the last sweep', () => {
    const sweeps = [
      plan(SWEPT, { wideAt: null }),
      plan({ ...SWEPT, sweeps: [ago(DAY)] }),
      plan({ ...SWEPT, sweeps: [at(1 - DAY)] }),
    ];

    expect(sweeps.map(({ sweep, window, wideFrom }) => [sweep, window.from, wideFrom])).toEqual([
      [at(0), at(-90 * DAY), at(-60 - DAY)],
      [at(0), at(-90 * DAY), at(-60 - DAY)],
      [null, at(-60 - HOUR), at(-60 - DAY)],
    ]);
  });

  it('tells how much history lies beyond the reach', () => {
    const planned = plan({ ...SWEPT, watermark: at(-91 * DAY) });

    expect(planned.gap).toBe(DAY);
  });

  it('tells from when to when nothing polled', () => {
    const planned = [-1 * HOUR, -6 * MINUTE].map((since) => plan({ ...SWEPT, watermark: at(since) }).away);

    expect(planned).toEqual([{ from: ago(HOUR), to: at(-2 * MINUTE) }, null]);
  });

  it('does not take a vendor whose clock is behind for a time in which nothing polled', () => {
    const planned = plan({ ...SWEPT, watermark: ago(HOUR), readAt: ago(MINUTE) });

    expect(planned.away).toBeNull();
  });

  it('tries a sweep that was not read whole again after a quarter of an hour, and reads as usual meanwhile', () => {
    const failed = { wideAt: at(-60), hasSwept: false };

    const planned = [at(-15 * MINUTE), at(1 - 15 * MINUTE)].map((sweepAt) => plan(SWEPT, { ...failed, sweepAt }));

    expect(planned.map(({ sweep, window }) => [sweep, window.from])).toEqual([
      [at(0), at(-90 * DAY)],
      [null, at(-60 - HOUR)],
    ]);
  });

  it('begins a wide round where one before it was to begin that failed', () => {
    const planned = plan(SWEPT, { ...WIDE, owedFrom: at(-2 * DAY) });

    expect(planned.window.from).toBe(at(-2 * DAY));
  });

  it('begins wide rounds, and these alone, at the oldest run that cannot be asked for by its id', () => {
    const doubted = { doubtedFrom: at(-5 * DAY) };

    const [wide, narrow, beyond] = [
      plan(SWEPT, { ...WIDE, ...doubted }),
      plan(SWEPT, doubted),
      plan(SWEPT, { ...WIDE, doubtedFrom: at(-100 * DAY) }),
    ];

    expect([wide.window.from, narrow.window.from, beyond.window.from]).toEqual([
      at(-5 * DAY),
      at(-60 - HOUR),
      at(-90 * DAY),
    ]);
    expect([wide.isNarrow, narrow.isNarrow]).toEqual([false, true]);
  });

  it('asks for a window that begins before it ends, and sweeps, after the clock was set back', () => {
    const scope = watchedScope({ watermark: at(DAY), sweeps: [at(DAY)] });

    const ordinary = plan(scope, { now: at(1) });
    const later = plan(scope, { now: at(0) });

    expect(ordinary.window).toEqual({ from: at(1 - HOUR), to: at(1) });
    expect(later.sweep).toBe(at(0));
  });
});

describe('advanceScope', () => {
  const read = (overrides: Partial<SliceRead> = {}): SliceRead => ({
    plan: plan(SWEPT),
    sliceTo: at(0),
    isLast: true,
    truncated: false,
    vendorTime: null,
    now: at(0),
    ...overrides,
  });

  it('moves the watermark to the end of the slice', () => {
    const scope = advanceScope(SWEPT, read({ sliceTo: at(-30), isLast: false }));

    expect(scope).toEqual({ ...SWEPT, watermark: at(-30) });
  });

  it('never moves the watermark beyond the own clock or the one of the vendor', () => {
    const own = advanceScope(SWEPT, read({ sliceTo: at(DAY) }));
    const theirs = advanceScope(SWEPT, read({ sliceTo: at(DAY), vendorTime: at(-5) }));
    const behind = advanceScope(SWEPT, read({ sliceTo: at(DAY), vendorTime: at(5) }));

    expect([own, theirs, behind].map(({ watermark }) => watermark)).toEqual([at(0), at(-5), at(0)]);
  });

  it('does not move the watermark back for a vendor whose clock stands still', () => {
    const scope = advanceScope(SWEPT, read({ plan: plan(SWEPT), vendorTime: at(-30 * DAY) }));

    expect(scope.watermark).toBe(SWEPT.watermark);
  });

  it('does not move the watermark back for the older slices of a sweep', () => {
    const scope = advanceScope(SWEPT, read({ sliceTo: at(-80 * DAY), isLast: false }));

    expect(scope.watermark).toBe(at(-60));
  });

  it('takes back a watermark that lies in the future', () => {
    const scope = advanceScope({ ...SWEPT, watermark: at(DAY) }, read());

    expect(scope.watermark).toBe(at(0));
  });

  it('has its baseline only with the last slice', () => {
    const fresh = newScope('account');
    const first = advanceScope(fresh, read({ plan: plan(fresh), sliceTo: at(-80 * DAY), isLast: false }));
    const last = advanceScope(first, read({ plan: plan(fresh), vendorTime: at(-3) }));

    expect(first).toEqual({ ...fresh, watermark: at(-80 * DAY) });
    expect(last).toEqual({
      ...fresh,
      baselineAt: at(0),
      watermark: at(-3),
      readAt: at(0),
      historyUntil: at(-3 - 300),
      seenUntil: at(-3),
      sweeps: [at(0)],
    });
  });

  it('takes all before a baseline that was cut for history: what it could not see has ended by then', () => {
    const fresh = newScope('account');

    const scope = advanceScope(fresh, read({ plan: plan(fresh), truncated: true }));

    expect(scope).toMatchObject({ historyUntil: at(0), floor: null, truncated: true });
  });

  it('keeps its baseline and floor from then on', () => {
    const scope = advanceScope(SWEPT, read({ plan: plan(SWEPT, { wideAt: null }), truncated: true }));

    expect(scope).toMatchObject({ baselineAt: SWEPT.baselineAt, floor: SWEPT.floor, truncated: true });
  });

  it('stays cut while rounds are read that ask for less', () => {
    const cut = { ...SWEPT, truncated: true };

    const rounds = [plan(cut), plan(cut, WIDE)].map((planned) => advanceScope(cut, read({ plan: planned })));

    expect(rounds.map(({ truncated }) => truncated)).toEqual([true, false]);
  });

  it('remembers its latest sweeps, and is no longer cut once a round was whole', () => {
    const swept = { ...SWEPT, truncated: true, sweeps: [at(-3 * DAY), at(-2 * DAY), ago(DAY)] };

    const scope = advanceScope(swept, read({ plan: plan(swept, { wideAt: null }) }));

    expect(scope).toMatchObject({ truncated: false, sweeps: [at(-2 * DAY), ago(DAY), at(0)] });
  });
});

import { describe, expect, it } from 'vitest';
import { ago, at, someCapabilities } from '../../test/support/builders.ts';
import { watchedScope } from '../../test/support/book.ts';
import { DAY, HOUR, MINUTE, seconds, type UnixSeconds } from '../model/time.ts';
import { newScope, type ScopeRecord } from './records.ts';
import { advanceScope, planRound, type Round, type RoundMemory, type RoundOptions, type SliceAnswer } from './round.ts';

const CAPABILITIES = someCapabilities({
  lookback: HOUR,
  extendedLookback: DAY,
  lead: seconds(0),
  reach: seconds(90 * DAY),
  windowed: true,
});

function plan(
  scope: ScopeRecord,
  {
    now = at(0),
    capabilities = CAPABILITIES,
    unresolvedFrom = null,
    isConfirmed = true,
    extendedAt = at(-60),
    fullSyncAt = extendedAt === null ? null : ago(HOUR),
    hasFullSync = extendedAt !== null,
    failedFrom = null,
    readAt = null,
  }: Partial<RoundMemory & Pick<RoundOptions, 'now' | 'capabilities' | 'unresolvedFrom' | 'isConfirmed'>> = {},
): Round {
  return planRound(scope, {
    capabilities,
    now,
    monotonic: seconds(now),
    isConfirmed,
    pollInterval: seconds(2 * MINUTE),
    memory: { extendedAt, fullSyncAt, hasFullSync, failedFrom, readAt },
    unresolvedFrom,
  });
}

const SYNCED = watchedScope({ watermark: at(-60), fullSyncs: [ago(HOUR)] });
/** It is time for an extended lookback. */
const EXTENDED_DUE = { extendedAt: at(-15 * MINUTE) };

describe('planRound', () => {
  it('reads the whole reach for a baseline', () => {
    const planned = plan(newScope('account'));

    expect(planned).toEqual({
      scope: 'account',
      kind: 'baseline',
      now: at(0),
      monotonic: at(0),
      window: { from: at(-90 * DAY), to: at(0) },
      extendedFrom: null,
      gap: 0,
      outage: null,
    });
  });

  it('reads from the watermark less the lookback, to now', () => {
    const planned = plan(SYNCED);

    expect(planned).toMatchObject({
      kind: 'lookback',
      window: { from: at(-60 - HOUR), to: at(0) },
      extendedFrom: at(-60 - DAY),
      gap: 0,
      outage: null,
    });
  });

  it('reads from the watermark less the extended lookback a quarter of an hour after it last did', () => {
    const planned = [EXTENDED_DUE.extendedAt, at(1 - 15 * MINUTE)].map((extendedAt) => plan(SYNCED, { extendedAt }));

    expect(planned.map(({ window, kind }) => [window.from, kind])).toEqual([
      [at(-60 - DAY), 'extended'],
      [at(-60 - HOUR), 'lookback'],
    ]);
  });

  it('reads no more after an extended lookback that took longer than some polls do', () => {
    const planned = plan({ ...SYNCED, readAt: at(-7 * MINUTE) }, { extendedAt: at(-7 * MINUTE) });

    expect(planned).toMatchObject({ window: { from: at(-60 - HOUR) }, kind: 'lookback' });
  });

  it('reads from the watermark less the extended lookback after the clock was set back by a quarter of an hour', () => {
    const planned = plan(SYNCED, { extendedAt: at(15 * MINUTE) });

    expect(planned).toMatchObject({ window: { from: at(-60 - DAY) }, kind: 'extended' });
  });

  it('reads on into the future where the vendor needs it, as far as back where it reads less', () => {
    const capabilities = { ...CAPABILITIES, lead: DAY };
    const planned = [plan(SYNCED, { capabilities }), plan(SYNCED, { capabilities, ...EXTENDED_DUE })];

    expect(planned.map(({ window }) => window.to)).toEqual([at(HOUR), at(DAY)]);
  });

  it('is an extended lookback where both reach equally far', () => {
    const planned = plan(SYNCED, { capabilities: { ...CAPABILITIES, extendedLookback: HOUR } });

    expect(planned).toMatchObject({ window: { from: at(-60 - HOUR), to: at(0) }, kind: 'extended' });
  });

  it('never asks for what is beyond the reach', () => {
    const planned = [{}, EXTENDED_DUE].map((time) => plan({ ...SYNCED, watermark: at(-91 * DAY) }, time));

    expect(planned.map(({ window }) => window.from)).toEqual([at(-90 * DAY), at(-90 * DAY)]);
  });

  it('is a full sync on start, and a day after the last one', () => {
    const syncs = [
      plan(SYNCED, { extendedAt: null }),
      plan({ ...SYNCED, fullSyncs: [ago(DAY)] }),
      plan({ ...SYNCED, fullSyncs: [at(1 - DAY)] }),
    ];

    expect(syncs.map(({ kind, window, extendedFrom }) => [kind, window.from, extendedFrom])).toEqual([
      ['full_sync', at(-90 * DAY), at(-60 - DAY)],
      ['full_sync', at(-90 * DAY), at(-60 - DAY)],
      ['lookback', at(-60 - HOUR), at(-60 - DAY)],
    ]);
  });

  it('knows how much history lies beyond the reach', () => {
    const planned = plan({ ...SYNCED, watermark: at(-91 * DAY) });

    expect(planned.gap).toBe(DAY);
  });

  it('knows from when to when an outage lasted', () => {
    const planned = [-1 * HOUR, -6 * MINUTE].map((since) => plan({ ...SYNCED, watermark: at(since) }).outage);

    expect(planned).toEqual([{ from: ago(HOUR), to: at(-2 * MINUTE) }, null]);
  });

  it('finds no outage where the clock of the vendor is behind', () => {
    const planned = plan({ ...SYNCED, watermark: ago(HOUR), readAt: ago(MINUTE) });

    expect(planned.outage).toBeNull();
  });

  it('tries a full sync that was not read whole again after a quarter of an hour, and reads as usual meanwhile', () => {
    const failed = { extendedAt: at(-60), hasFullSync: false };

    const planned = [at(-15 * MINUTE), at(1 - 15 * MINUTE)].map((fullSyncAt) =>
      plan(SYNCED, { ...failed, fullSyncAt }),
    );

    expect(planned.map(({ kind, window }) => [kind, window.from])).toEqual([
      ['full_sync', at(-90 * DAY)],
      ['lookback', at(-60 - HOUR)],
    ]);
  });

  it('begins an extended lookback where one before it was to begin that failed', () => {
    const planned = plan(SYNCED, { ...EXTENDED_DUE, failedFrom: at(-2 * DAY) });

    expect(planned.window.from).toBe(at(-2 * DAY));
  });

  it('begins extended lookbacks, and these alone, at the oldest run that cannot be asked for by its id', () => {
    const unresolved = { unresolvedFrom: at(-5 * DAY) };

    const [extended, lookback, beyond] = [
      plan(SYNCED, { ...EXTENDED_DUE, ...unresolved }),
      plan(SYNCED, unresolved),
      plan(SYNCED, { ...EXTENDED_DUE, unresolvedFrom: at(-100 * DAY) }),
    ];

    expect([extended.window.from, lookback.window.from, beyond.window.from]).toEqual([
      at(-5 * DAY),
      at(-60 - HOUR),
      at(-90 * DAY),
    ]);
    expect([extended.kind, lookback.kind]).toEqual(['extended', 'lookback']);
  });

  it('asks for a window that begins before it ends, and for a full sync, after the clock was set back', () => {
    const scope = watchedScope({ watermark: at(DAY), fullSyncs: [at(DAY)] });

    const lookback = plan(scope, { now: at(1) });
    const fullSync = plan(scope, { now: at(0) });

    expect(lookback.window).toEqual({ from: at(1 - HOUR), to: at(1) });
    expect(fullSync.kind).toBe('full_sync');
  });
});

describe('advanceScope', () => {
  const read = ({
    round = plan(SYNCED),
    to = at(0),
    vendorTime = null,
    isLast = true,
    isTruncated = false,
  }: Partial<Pick<SliceAnswer, 'round' | 'isLast' | 'isTruncated'>> & {
    readonly to?: UnixSeconds;
    readonly vendorTime?: UnixSeconds | null;
  } = {}): SliceAnswer => ({
    round,
    slice: { from: round.window.from, to, part: null },
    result: { runs: [], rejected: [], vendorTime },
    isFirst: true,
    isLast,
    isTruncated,
  });

  it('moves the watermark to the end of the slice', () => {
    const scope = advanceScope(SYNCED, read({ to: at(-30), isLast: false }));

    expect(scope).toEqual({ ...SYNCED, watermark: at(-30) });
  });

  it('never moves the watermark beyond the own clock or the one of the vendor', () => {
    const own = advanceScope(SYNCED, read({ to: at(DAY) }));
    const theirs = advanceScope(SYNCED, read({ to: at(DAY), vendorTime: at(-5) }));
    const ahead = advanceScope(SYNCED, read({ to: at(DAY), vendorTime: at(5) }));

    expect([own, theirs, ahead].map(({ watermark }) => watermark)).toEqual([at(0), at(-5), at(0)]);
  });

  it('does not move the watermark back for a vendor whose clock stands still', () => {
    const scope = advanceScope(SYNCED, read({ round: plan(SYNCED), vendorTime: at(-30 * DAY) }));

    expect(scope.watermark).toBe(SYNCED.watermark);
  });

  it('does not move the watermark back for the older slices of a full sync', () => {
    const scope = advanceScope(SYNCED, read({ to: at(-80 * DAY), isLast: false }));

    expect(scope.watermark).toBe(at(-60));
  });

  it('takes back a watermark that lies in the future', () => {
    const scope = advanceScope({ ...SYNCED, watermark: at(DAY) }, read());

    expect(scope.watermark).toBe(at(0));
  });

  it('has its baseline only with the last slice', () => {
    const fresh = newScope('account');
    const first = advanceScope(fresh, read({ round: plan(fresh), to: at(-80 * DAY), isLast: false }));
    const last = advanceScope(first, read({ round: plan(fresh), vendorTime: at(-3) }));

    expect(first).toEqual({ ...fresh, watermark: at(-80 * DAY) });
    expect(last).toEqual({
      ...fresh,
      baselineAt: at(0),
      watermark: at(-3),
      readAt: at(0),
      historyUntil: at(-3 - 300),
      seenUntil: at(-3),
      fullSyncs: [at(0)],
    });
  });

  it('takes all that ended by a baseline for history where that was cut', () => {
    const fresh = newScope('account');

    const scope = advanceScope(fresh, read({ round: plan(fresh), isTruncated: true }));

    expect(scope).toMatchObject({ historyUntil: at(0), floor: null, truncated: true });
  });

  it('keeps its baseline and floor from then on', () => {
    const scope = advanceScope(SYNCED, read({ round: plan(SYNCED, { extendedAt: null }), isTruncated: true }));

    expect(scope).toMatchObject({ baselineAt: SYNCED.baselineAt, floor: SYNCED.floor, truncated: true });
  });

  it('stays cut while only lookbacks are read', () => {
    const cut = { ...SYNCED, truncated: true };

    const rounds = [plan(cut), plan(cut, EXTENDED_DUE)].map((planned) => advanceScope(cut, read({ round: planned })));

    expect(rounds.map(({ truncated }) => truncated)).toEqual([true, false]);
  });

  it('remembers its latest full syncs, and is no longer cut once a round was whole', () => {
    const synced = { ...SYNCED, truncated: true, fullSyncs: [at(-3 * DAY), at(-2 * DAY), ago(DAY)] };

    const scope = advanceScope(synced, read({ round: plan(synced, { extendedAt: null }) }));

    expect(scope).toMatchObject({ truncated: false, fullSyncs: [at(-2 * DAY), ago(DAY), at(0)] });
  });
});

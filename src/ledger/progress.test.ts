import { describe, expect, it } from 'vitest';
import { ago, at, liveRun, someCapabilities } from '../../test/support/builders.ts';
import { createBook, watchedScope } from '../../test/support/book.ts';
import { DAY, HOUR, MINUTE, seconds } from '../model/time.ts';
import { advanceScope, type Plan, planRound, type SliceRead } from './progress.ts';
import { newScope, type RunRecord, type ScopeRecord } from './records.ts';

const CAPABILITIES = someCapabilities({ overlap: HOUR, lead: seconds(0), reach: seconds(90 * DAY), windowed: true });

function plan(
  scope: ScopeRecord,
  {
    live = [],
    now = at(0),
    capabilities = CAPABILITIES,
    isStart = false,
  }: {
    live?: readonly RunRecord[];
    now?: ReturnType<typeof at>;
    capabilities?: typeof CAPABILITIES;
    isStart?: boolean;
  } = {},
): Plan {
  return planRound(scope, live, capabilities, now, seconds(2 * MINUTE), isStart);
}

/** A record of a run that is live since then. */
function liveSince(startedAt: ReturnType<typeof at>): RunRecord {
  const book = createBook();
  book.read([liveRun({ startedAt })]);
  return book.state.live.get('r1')!;
}

const SWEPT = watchedScope({ watermark: at(-60), sweeps: [ago(HOUR)] });

describe('planRound', () => {
  it('reads the whole reach for a baseline', () => {
    const planned = plan(newScope('account'));

    expect(planned).toEqual({
      window: { from: at(-90 * DAY), to: at(0) },
      sweep: at(0),
      ordinaryFrom: null,
      gap: 0,
      away: null,
    });
  });

  it('reads from the watermark less the overlap, to now', () => {
    const planned = plan(SWEPT);

    expect(planned).toEqual({
      window: { from: at(-60 - HOUR), to: at(0) },
      sweep: null,
      ordinaryFrom: at(-60 - HOUR),
      gap: 0,
      away: null,
    });
  });

  it('reads on into the future where the vendor needs it', () => {
    const planned = plan(SWEPT, { capabilities: { ...CAPABILITIES, lead: DAY } });

    expect(planned.window.to).toBe(at(DAY));
  });

  it('reads from the start of the oldest live run where that is earlier', () => {
    const planned = plan(SWEPT, { live: [liveSince(at(-5 * HOUR)), liveSince(at(-3 * HOUR))] });

    expect(planned.window.from).toBe(at(-5 * HOUR));
  });

  it('reads from the creation of a live run that has not started', () => {
    const pending = { ...liveSince(at(0)), startedAt: null, createdAt: at(-4 * HOUR) };

    const planned = plan(SWEPT, { live: [pending] });

    expect(planned.window.from).toBe(at(-4 * HOUR));
  });

  it('never asks for what is beyond the reach', () => {
    const planned = plan(SWEPT, { live: [liveSince(at(-200 * DAY))] });

    expect(planned.window.from).toBe(at(-90 * DAY));
  });

  it('sweeps the whole reach on start, and a day after the last sweep', () => {
    const sweeps = [
      plan(SWEPT, { isStart: true }),
      plan({ ...SWEPT, sweeps: [ago(DAY)] }),
      plan({ ...SWEPT, sweeps: [at(1 - DAY)] }),
    ];

    expect(sweeps.map(({ sweep, window, ordinaryFrom }) => [sweep, window.from, ordinaryFrom])).toEqual([
      [at(0), at(-90 * DAY), at(-60 - HOUR)],
      [at(0), at(-90 * DAY), at(-60 - HOUR)],
      [null, at(-60 - HOUR), at(-60 - HOUR)],
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
      floor: at(-90 * DAY),
      sweeps: [at(0)],
    });
  });

  it('has the floor at its baseline where that was cut: what it could not see is history', () => {
    const fresh = newScope('account');

    const scope = advanceScope(fresh, read({ plan: plan(fresh), truncated: true }));

    expect(scope).toMatchObject({ floor: at(0), truncated: true });
  });

  it('keeps its baseline and floor from then on', () => {
    const scope = advanceScope(SWEPT, read({ plan: plan(SWEPT, { isStart: true }), truncated: true }));

    expect(scope).toMatchObject({ baselineAt: SWEPT.baselineAt, floor: SWEPT.floor, truncated: true });
  });

  it('remembers its latest sweeps, and is no longer cut once a round was whole', () => {
    const swept = { ...SWEPT, truncated: true, sweeps: [at(-3 * DAY), at(-2 * DAY), ago(DAY)] };

    const scope = advanceScope(swept, read({ plan: plan(swept, { isStart: true }) }));

    expect(scope).toMatchObject({ truncated: false, sweeps: [at(-2 * DAY), ago(DAY), at(0)] });
  });
});

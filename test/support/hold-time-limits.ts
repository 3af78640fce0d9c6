import { onTestFinished, vi } from 'vitest';

export interface HeldTimeLimits {
  /** Ends all limits that have begun and are not over. */
  end(): void;
}

/** Until its end, a test says when time limits are over (`within`), so that none ends early on a busy machine or is waited for. */
export function holdTimeLimits(): HeldTimeLimits {
  const held = new Set<AbortController>();
  const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
    const limit = new AbortController();
    held.add(limit);
    return limit.signal;
  });
  onTestFinished(() => spy.mockRestore());
  return {
    end: () => {
      for (const limit of held) limit.abort(new DOMException('The time is over', 'TimeoutError'));
      held.clear();
    },
  };
}

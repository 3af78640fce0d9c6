import type { Clock } from '../../../src/model/clock.ts';
import { after, type Seconds, seconds, type UnixSeconds, unixSeconds } from '../../../src/model/time.ts';
import { NO_PROXIES } from '../../../src/model/proxies.ts';
import type { Credentials, TransportOptions } from '../../../src/http/http-client.ts';

/** 2026-11-22T08:00:00Z */
export const START = unixSeconds(1_795_334_400);

/** A clock that stands still until a test advances it; its sleeps pass at once. */
export interface ManualClock extends Clock {
  readonly slept: readonly Seconds[];
  advance(duration: Seconds): void;
}

export function createManualClock(): ManualClock {
  let now: UnixSeconds = START;
  const slept: Seconds[] = [];
  return {
    slept,
    now: () => now,
    monotonic: () => seconds(now),
    advance(duration) {
      now = after(now, duration);
    },
    async sleep(duration) {
      slept.push(duration);
      now = after(now, duration);
    },
  };
}

/** What an observer was told, in order: `list 200`, `retried`, `expires 1795338000`, `left 3 of 100 until 1795338000`. */
export interface TestHttp extends TransportOptions {
  readonly clock: ManualClock;
  readonly told: readonly string[];
}

/** Options for anything that speaks HTTP, with a clock and an observer to look at afterwards. Retries wait without chance. */
export function httpOptions(overrides: Partial<Omit<TransportOptions, 'clock' | 'observer'>> = {}): TestHttp {
  const told: string[] = [];
  return {
    clock: createManualClock(),
    observer: {
      requested: (operation, code) => void told.push(`${operation} ${code}`),
      retried: () => void told.push('retried'),
      credentialsExpire: (at) => void told.push(`expires ${at ?? 'never'}`),
      rateLimitLearned: (rateLimit) =>
        void told.push(
          rateLimit === null
            ? 'forgot'
            : `left ${rateLimit.remaining} of ${rateLimit.limit} until ${rateLimit.resetAt}`,
        ),
    },
    userAgent: 'datajobs-exporter/test',
    requestTimeout: seconds(60),
    maxBodyBytes: 1_000_000,
    proxies: NO_PROXIES,
    random: () => 0,
    told,
    ...overrides,
  };
}

/** Credentials of one header that cannot be renewed. */
export function fixedCredentials(authorization = 'Bearer s3cret-token'): Credentials {
  return { headers: async () => ({ authorization }), renew: () => false, refresh: () => false };
}

/** A signal that never aborts. */
export function forever(): AbortSignal {
  return new AbortController().signal;
}

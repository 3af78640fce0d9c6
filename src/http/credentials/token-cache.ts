import type { Clock } from '../../model/clock.ts';
import { after, earlier, MINUTE, type Seconds, seconds, type UnixSeconds } from '../../model/time.ts';
import { isTimeOver } from '../../model/time-limit.ts';
import { VendorError } from '../errors.ts';
import type { Credentials, RequestObserver } from '../http-client.ts';
import { cutShort } from '../retry.ts';
import { shareConcurrent } from '../share-concurrent.ts';
import type { Token } from './token-life.ts';

/** Options of fetching a token. */
export interface FetchOptions {
  readonly signal: AbortSignal;
  /** Called with each failure that is tried again. */
  readonly failed: (error: VendorError) => void;
}

interface TokenCacheOptions {
  /** @throws VendorError where no token is to be had */
  readonly fetchToken: (options: FetchOptions) => Promise<Token>;
  readonly clock: Clock;
  readonly observer: Pick<RequestObserver, 'credentialsExpire'>;
}

interface HeldToken {
  readonly value: string;
  readonly refreshAt: UnixSeconds;
  readonly endsAt: UnixSeconds;
}

/**
 * Credentials that are a bearer token with an end. A token is fetched once for all who wait for it, and again before
 * it ends; a refresh that fails while the present token lives is tried again a minute later.
 */
export function createTokenCache({ fetchToken, clock, observer }: TokenCacheOptions): Credentials {
  let held: HeldToken | null = null;
  /** The last failure of the token that is being fetched; null: none yet. */
  let failure: VendorError | null = null;

  const refresh = shareConcurrent(async (signal): Promise<HeldToken> => {
    const askedAt = clock.now();
    const previous = held;
    failure = null;
    try {
      const failed = (error: VendorError): void => void (failure = error);
      const { value, life } = await fetchToken({ signal, failed });
      held = { value, refreshAt: after(askedAt, refreshAge(life)), endsAt: after(askedAt, life) };
      observer.credentialsExpire(held.endsAt);
    } catch (error) {
      if (previous === null || previous !== held || clock.now() >= previous.endsAt) throw error;
      held = { ...previous, refreshAt: earlier(after(clock.now(), MINUTE), previous.endsAt) };
    }
    return held;
  });

  async function fetchOrAbort(signal: AbortSignal): Promise<HeldToken> {
    try {
      return await refresh(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      if (failure !== null && isTimeOver(signal)) throw cutShort(failure);
      const problem = isTimeOver(signal)
        ? "no token came within the poll's time; where it is asked for is slow, or other requests were: raise poll_timeout"
        : 'waiting for a token was given up, as the exporter stops';
      throw new VendorError(`${problem} (operation token)`, { reason: 'timeout' });
    }
  }

  return {
    async headers(signal) {
      const token = held !== null && clock.now() < held.refreshAt ? held : await fetchOrAbort(signal);
      return { authorization: `Bearer ${token.value}` };
    },
    renew() {
      held = null;
      return true;
    },
    refresh() {
      if (held !== null) held = { ...held, refreshAt: clock.now() };
      return true;
    },
  };
}

/**
 * The age at which a token is replaced: at 80 % of its life or a minute before its end, whichever is earlier, but
 * never before half of it has passed.
 */
export function refreshAge(life: Seconds): Seconds {
  return seconds(Math.min(0.8 * life, Math.max(life - MINUTE, life / 2)));
}

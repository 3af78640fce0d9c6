import type { UnixSeconds } from './time.ts';

/** The requests that a vendor still allows in its present window, as its answers say. */
export interface RateLimit {
  /** Requests that one window allows; null: not said. */
  readonly limit: number | null;
  /** Requests left of them. */
  readonly remaining: number;
  /** End of the window, after which these numbers mean nothing; null: not said. */
  readonly resetAt: UnixSeconds | null;
}

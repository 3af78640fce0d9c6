import type { UnixSeconds } from './time.ts';

/** How much a vendor still lets us ask in its present window, by its own word. */
export interface RateLimit {
  /** Requests that one window allows; null: not said. */
  readonly limit: number | null;
  /** Requests left of them. */
  readonly remaining: number;
  /** When the window ends, and with it what is remembered here; null: not said. */
  readonly resetAt: UnixSeconds | null;
}

import type { Seconds, UnixSeconds } from '../model/time.ts';

/** Why a poll failed, as the `outcome` label has it. */
export const FAILURE_REASONS = [
  'auth',
  'rate_limited',
  'http_client',
  'http_server',
  'network',
  'timeout',
  'schema',
  'internal',
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

interface VendorErrorOptions {
  readonly reason: FailureReason;
  /** HTTP status; null where none came. */
  readonly status?: number | null;
  /** What the vendor's Retry-After asks for; null: nothing. */
  readonly retryAfter?: Seconds | null;
  /** The vendor's clock, as the refusal says it; null: it does not. */
  readonly date?: UnixSeconds | null;
  readonly cause?: unknown;
}

/**
 * A vendor did not answer well. The message is one line: what, where, and what to do if the user can do something.
 * It never holds a token, a header, a query string or a body.
 */
export class VendorError extends Error {
  readonly reason: FailureReason;
  readonly status: number | null;
  readonly retryAfter: Seconds | null;
  readonly date: UnixSeconds | null;

  constructor(message: string, options: VendorErrorOptions) {
    super(message, { cause: options.cause });
    this.name = 'VendorError';
    this.reason = options.reason;
    this.status = options.status ?? null;
    this.retryAfter = options.retryAfter ?? null;
    this.date = options.date ?? null;
  }
}

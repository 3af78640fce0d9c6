import type { Seconds, UnixSeconds } from '../model/time.ts';

/** Reasons for which a poll fails, as the `outcome` label has them. */
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
  /** The pause that the vendor asks for; null: none. */
  readonly retryAfter?: Seconds | null;
  /** The vendor's time, from the refusal's `Date`; null: not said. */
  readonly date?: UnixSeconds | null;
  readonly cause?: unknown;
}

/**
 * A request to a vendor failed. The message is one line: the problem, the place, and the remedy if the user has one. It
 * never holds a token, a header, a query string or a body.
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

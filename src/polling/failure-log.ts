import type { Logger } from 'pino';
import type { VendorError } from '../http/errors.ts';
import type { Clock } from '../model/clock.ts';
import { between, HOUR, type UnixSeconds } from '../model/time.ts';

/** How often a failure that stays is told again. */
const REMINDER_INTERVAL = HOUR;

/** What is known of a failure beside its reason: which scope, which detail. */
type Fields = Readonly<Record<string, string>>;

interface Failure {
  readonly failure: VendorError;
  readonly fields: Fields;
}

/** Tells of a failure when it begins, when its reason changes, and once an hour while it stays; else at level debug. */
export interface FailureLog {
  /**
   * @param place what fails; whether a failure is news is decided for each place by itself
   * @param message static text; what differs belongs into `fields`
   */
  failed(place: string, message: string, failure: VendorError, fields: Fields): void;
  /** Says that nothing fails there any more: the next failure is news. */
  ended(place: string): void;
  /** Takes in a failure of which a poll may have many, with a message of its own; it is told with `pollEnded`. */
  oneOfMany(message: string, failure: VendorError, fields: Fields): void;
  /** Tells of the first of many failures and how many there were, a line for each message. */
  pollEnded(): void;
}

export function createFailureLog(logger: Logger, clock: Clock): FailureLog {
  const told = new Map<string, { readonly reason: string; readonly at: UnixSeconds }>();
  const many = new Map<string, { readonly first: Failure; readonly failures: number }>();

  const tell = (place: string, message: string, failure: VendorError, fields: object): void => {
    const { reason } = failure;
    const now = clock.now();
    const before = told.get(place);
    const isNews = before?.reason !== reason || Math.abs(between(before.at, now)) >= REMINDER_INTERVAL;
    if (isNews) told.set(place, { reason, at: now });
    // A bug of ours comes with where it happened.
    const error = reason === 'internal' ? (failure.cause ?? failure) : failure.message;
    const level = reason === 'internal' ? 'error' : 'warn';
    logger[isNews ? level : 'debug']({ ...fields, reason, error }, message);
  };
  return {
    failed: tell,
    ended: (place) => void told.delete(place),
    oneOfMany: (message, failure, fields) => {
      const { first = { failure, fields }, failures = 0 } = many.get(message) ?? {};
      many.set(message, { first, failures: failures + 1 });
    },
    pollEnded: () => {
      // What is postponed does not fail at every poll, so these never count as ended: one line an hour is enough.
      for (const [message, { first, failures }] of many)
        tell(message, message, first.failure, { ...first.fields, failures });
      many.clear();
    },
  };
}

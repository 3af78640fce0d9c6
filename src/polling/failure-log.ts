import type { Logger } from 'pino';
import type { VendorError } from '../http/errors.ts';
import type { Clock } from '../model/clock.ts';
import { between, HOUR, type UnixSeconds } from '../model/time.ts';
import type { Run } from '../model/run.ts';
import type { Rejected } from '../vendors/vendor.ts';

/** How often a failure that stays is told again. */
const REMINDER_INTERVAL = HOUR;
/** Kinds of broken records of one answer that are told; a vendor may break every record in a way of its own. */
const PROBLEMS_TOLD = 5;

/** What is known of a failure beside its reason: which scope, which detail. */
type Fields = Readonly<Record<string, string>>;

interface Failure {
  readonly failure: VendorError;
  readonly fields: Fields;
}

/** Tells of a failure when it begins, when its reason or its message changes, and once an hour while it stays; else at level debug. */
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
  /**
   * Tells of records that are seen for the first time and could not be used, a line for each problem: when it comes up,
   * and once an hour while new records have it. That a problem is over cannot be seen: it may be one of few records.
   */
  rejected(scope: string, records: readonly Rejected[]): void;
  /** Tells of optional fields that could not be read, a line for each field and form of its value, once an hour. */
  unreadable(scope: string, runs: readonly Pick<Run, 'id' | 'unreadable'>[]): void;
  /** Tells of the first of many failures and how many there were, a line for each message. */
  pollEnded(): void;
}

export function createFailureLog(logger: Logger, clock: Pick<Clock, 'now'>): FailureLog {
  const told = new Map<string, { readonly reason: string; readonly at: UnixSeconds; readonly causes: Set<string> }>();
  const many = new Map<string, { readonly first: Failure; readonly failures: number }>();

  /**
   * Notes what is told now. The same reason may have another cause than before: that is then news as well.
   * @returns false where it was told less than an hour ago
   */
  const noteNews = (place: string, reason: string, cause = ''): boolean => {
    const now = clock.now();
    const before = told.get(place);
    if (before === undefined || before.reason !== reason || isDue(before.at, now)) {
      told.set(place, { reason, at: now, causes: new Set([cause]) });
      return true;
    }
    if (before.causes.has(cause) || before.causes.size >= PROBLEMS_TOLD) return false;
    before.causes.add(cause);
    return true;
  };
  const tell = (place: string, message: string, failure: VendorError, fields: object): void => {
    const { reason } = failure;
    // Times and counts in a message make no other cause; another status does.
    const isNews = noteNews(place, reason, `${failure.status} ${failure.message.replaceAll(/\d+/g, '0')}`);
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
    rejected: (scope, records) => {
      const byProblem = Map.groupBy(records, ({ reason, problem }) => `${reason} ${problem}`);
      for (const [key, alike] of [...byProblem].slice(0, PROBLEMS_TOLD)) {
        const [first] = alike;
        if (first === undefined) continue;
        const { reason, problem, id } = first;
        const level = noteNews(`rejected ${scope} ${key}`, reason) ? 'warn' : 'debug';
        logger[level](
          { scope, reason, problem, id, records: alike.length },
          'a record of the answer could not be used',
        );
      }
    },
    unreadable: (scope, runs) => {
      let told = 0;
      for (const { id, unreadable } of runs) {
        for (const { field, problem } of unreadable) {
          if (told >= PROBLEMS_TOLD || !noteNews(`unreadable ${field} ${problem}`, 'unreadable')) continue;
          told += 1;
          logger.warn({ scope, field, problem, id }, 'a field could not be read; runs count without it');
        }
      }
    },
    pollEnded: () => {
      // What is postponed does not fail at every poll, so these never count as ended: one line an hour is enough.
      for (const [message, { first, failures }] of many)
        tell(message, message, first.failure, { ...first.fields, failures });
      many.clear();
    },
  };
}

function isDue(toldAt: UnixSeconds, now: UnixSeconds): boolean {
  return Math.abs(between(toldAt, now)) >= REMINDER_INTERVAL;
}

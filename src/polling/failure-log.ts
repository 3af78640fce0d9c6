import type { Logger } from 'pino';
import type { VendorError } from '../http/errors.ts';
import type { Clock } from '../model/clock.ts';
import { between, HOUR, type UnixSeconds } from '../model/time.ts';
import type { Run } from '../model/run.ts';
import type { Rejected } from '../vendors/vendor.ts';

/** Time after which a failure that goes on is logged again. */
const REMINDER_INTERVAL = HOUR;
/** Kinds of broken records of one answer that are logged; a vendor may break every record in a way of its own. */
const PROBLEMS_LOGGED = 5;

/** Facts about a failure beside its reason: which scope, which detail. */
type Fields = Readonly<Record<string, string>>;

interface Failure {
  readonly failure: VendorError;
  readonly fields: Fields;
}

/** Logs a failure when it begins, when its reason or its message changes, and once an hour while it stays; else at level debug. */
export interface FailureLog {
  /**
   * @param origin the part that fails; whether a failure is news is decided for each origin by itself
   * @param message static text; all that differs belongs into `fields`
   */
  failed(origin: string, message: string, failure: VendorError, fields: Fields): void;
  /** Takes in that nothing fails there any more: the next failure is news. */
  ended(origin: string): void;
  /** Takes in a failure of which a poll may have many, with a message of its own; it is logged with `pollEnded`. */
  oneOfMany(message: string, failure: VendorError, fields: Fields): void;
  /**
   * Logs records that are seen for the first time and could not be used, a line for each problem: when it comes up,
   * and once an hour while new records have it. That a problem is over cannot be seen: it may be one of few records.
   */
  rejected(scope: string, records: readonly Rejected[]): void;
  /** Logs optional fields that could not be read, a line for each field and form of its value, once an hour. */
  unreadable(scope: string, runs: readonly Pick<Run, 'id' | 'unreadable'>[]): void;
  /** Logs the first of many failures and how many there were, a line for each message. */
  pollEnded(): void;
}

export function createFailureLog(logger: Logger, clock: Pick<Clock, 'now'>): FailureLog {
  const logged = new Map<string, { readonly reason: string; readonly at: UnixSeconds; readonly causes: Set<string> }>();
  const many = new Map<string, { readonly first: Failure; readonly failures: number }>();

  /**
   * Remembers that a failure is logged now. The same reason may have another cause than before: that is then news as well.
   * @returns false where it was logged less than an hour ago
   */
  const isNews = (origin: string, reason: string, cause = ''): boolean => {
    const now = clock.now();
    const last = logged.get(origin);
    if (last === undefined || last.reason !== reason || isDue(last.at, now)) {
      logged.set(origin, { reason, at: now, causes: new Set([cause]) });
      return true;
    }
    if (last.causes.has(cause) || last.causes.size >= PROBLEMS_LOGGED) return false;
    last.causes.add(cause);
    return true;
  };
  const log = (origin: string, message: string, failure: VendorError, fields: object): void => {
    const { reason } = failure;
    // Times and counts in a message make no other cause; another status does.
    const isFresh = isNews(origin, reason, `${failure.status} ${failure.message.replaceAll(/\d+/g, '0')}`);
    // A bug of ours comes with where it happened.
    const error = reason === 'internal' ? (failure.cause ?? failure) : failure.message;
    const level = reason === 'internal' ? 'error' : 'warn';
    logger[isFresh ? level : 'debug']({ ...fields, reason, error }, message);
  };
  return {
    failed: log,
    ended: (origin) => void logged.delete(origin),
    oneOfMany: (message, failure, fields) => {
      const { first = { failure, fields }, failures = 0 } = many.get(message) ?? {};
      many.set(message, { first, failures: failures + 1 });
    },
    rejected: (scope, records) => {
      const byProblem = Map.groupBy(records, ({ reason, problem }) => `${reason} ${problem}`);
      for (const [key, alike] of [...byProblem].slice(0, PROBLEMS_LOGGED)) {
        const [first] = alike;
        if (first === undefined) continue;
        const { reason, problem, id } = first;
        const level = isNews(`rejected ${scope} ${key}`, reason) ? 'warn' : 'debug';
        logger[level](
          { scope, reason, problem, id, records: alike.length },
          'a record of the answer could not be used',
        );
      }
    },
    unreadable: (scope, runs) => {
      let lines = 0;
      for (const { id, unreadable } of runs) {
        for (const { field, problem } of unreadable) {
          if (lines >= PROBLEMS_LOGGED || !isNews(`unreadable ${field} ${problem}`, 'unreadable')) continue;
          lines += 1;
          logger.warn({ scope, field, problem, id }, 'a field could not be read; runs count without it');
        }
      }
    },
    pollEnded: () => {
      // What is postponed does not fail at every poll, so these never count as ended: one line an hour is enough.
      for (const [message, { first, failures }] of many)
        log(message, message, first.failure, { ...first.fields, failures });
      many.clear();
    },
  };
}

function isDue(loggedAt: UnixSeconds, now: UnixSeconds): boolean {
  return Math.abs(between(loggedAt, now)) >= REMINDER_INTERVAL;
}

import type { Seconds, UnixSeconds } from '../model/time.ts';
import { isTimeOver } from '../model/time-limit.ts';
import { type FailureReason, VendorError } from './errors.ts';

/** The parts of a request that an error names: enough to find it, nothing that is secret. */
export interface RequestContext {
  readonly method: 'GET' | 'POST';
  /** Its query is never shown. */
  readonly url: URL;
  readonly operation: string;
  /** Advice for where the credentials are refused. */
  readonly refusalHint?: string | undefined;
}

/** A path may come from a link of an answer, and be of any length. */
const LONGEST_ADDRESS = 300;

interface Failure {
  readonly reason: FailureReason;
  readonly status?: number;
  readonly retryAfter?: Seconds | null;
  readonly date?: UnixSeconds | null;
}

/**
 * The error of a request: `GET https://acme.example/api/jobs/ answered 403: … (operation list_jobs)`.
 *
 * It has no `cause`: socket, parser and JSON errors carry bytes of the answer.
 *
 * @param problem continues the line after method and address
 */
export function requestFailure(context: RequestContext, problem: string, failure: Failure): VendorError {
  const { method, url, operation } = context;
  const address = `${url.origin}${url.pathname}`.slice(0, LONGEST_ADDRESS);
  return new VendorError(`${method} ${address} ${problem} (operation ${operation})`, failure);
}

/**
 * The error of a request whose caller waits no longer.
 *
 * @param signal the caller's, which has aborted
 * @param hint what else may be the cause where its time was over, as `describeProxy` has it
 */
export function abortFailure(context: RequestContext, signal: AbortSignal, hint = ''): VendorError {
  const problem = isTimeOver(signal)
    ? `gave no whole answer within the poll's time; the vendor is slow, or there is much to read: raise poll_timeout${hint}`
    : 'was given up, as the exporter stops';
  return requestFailure(context, problem, { reason: 'timeout' });
}

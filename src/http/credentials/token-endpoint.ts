import type { Seconds } from '../../model/time.ts';
import type { TransportOptions } from '../http-client.ts';
import { parseJsonBody } from '../parse-json-body.ts';
import { type RequestPlace, requestFailure } from '../request-failure.ts';
import { createTransport } from '../transport.ts';
import type { Asking } from './token-cache.ts';
import { type Token, tokenLife } from './token-life.ts';

/** At a token endpoint all of these mean that what was sent is not accepted. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403]);

interface TokenRequest extends Asking {
  readonly url: URL;
  /** Makes the request a POST of a form; without it, it is a GET. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The answer's field that holds the token. */
  readonly field: string;
  /** How long a token lives of which nothing says so. */
  readonly fallbackLife: Seconds;
}

/** A new token, and the other fields of the answer. */
export interface TokenAnswer extends Token {
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Creates the way out to token endpoints, as operation `token`. They come from the configuration, so any origin is
 * fine.
 *
 * @returns a function that throws VendorError: reason `auth` for 400, 401 and 403, `schema` for an answer without
 *   token, else as for any request
 */
export function createTokenEndpoint(http: TransportOptions): (request: TokenRequest) => Promise<TokenAnswer> {
  const transport = createTransport(http);

  return async ({ url, signal, failed, form, headers, field, fallbackLife }) => {
    const place: RequestPlace = { method: form === undefined ? 'GET' : 'POST', url, operation: 'token' };
    const askedAt = http.clock.now();
    const answer = await transport.send({
      ...place,
      headers: { ...(form && { 'content-type': 'application/x-www-form-urlencoded' }), ...headers },
      body: form === undefined ? null : new URLSearchParams(form).toString(),
      accept: [],
      refusals: REFUSALS,
      signal,
      failed,
    });
    const parsed = parseJsonBody(place, answer);
    const fields: Readonly<Record<string, unknown>> =
      typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
    const value = fields[field];
    if (typeof value !== 'string' || value === '') {
      const problem = `answered ${answer.status} without ${field}; check that the URL is that of a token endpoint`;
      throw requestFailure(place, problem, { reason: 'schema', status: answer.status });
    }
    return { value, fields, life: tokenLife(value, fields['expires_in'], fallbackLife, askedAt) };
  };
}

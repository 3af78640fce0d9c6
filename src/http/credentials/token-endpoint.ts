import type { Seconds } from '../../model/time.ts';
import type { Credentials, TransportOptions } from '../http-client.ts';
import { parseJsonBody } from '../parse-json-body.ts';
import { type RequestContext, requestFailure } from '../request-failure.ts';
import { createTransport } from '../transport.ts';
import { createTokenCache, type FetchOptions } from './token-cache.ts';
import { type Token, tokenLife } from './token-life.ts';

/** Statuses with which a token endpoint refuses the credentials. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403]);

interface TokenRequest extends FetchOptions {
  readonly url: URL;
  /** Makes the request a POST of a form; without it, it is a GET. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The answer's field that holds the token. */
  readonly field: string;
  /** Life of a token that says nothing of it. */
  readonly fallbackLife: Seconds;
}

/** A new token, and the other fields of the answer. */
export interface TokenAnswer extends Token {
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Creates the client of token endpoints; its requests count as operation `token`. Their URLs come from the
 * configuration, so any origin may be asked.
 *
 * @returns a function that throws VendorError: reason `auth` for 400, 401 and 403, `schema` for an answer without
 *   token, else as for any request
 */
export function createTokenEndpoint(http: TransportOptions): (request: TokenRequest) => Promise<TokenAnswer> {
  const transport = createTransport(http);

  return async ({ url, signal, failed, form, headers, field, fallbackLife }) => {
    const context: RequestContext = { method: form === undefined ? 'GET' : 'POST', url, operation: 'token' };
    const askedAt = http.clock.now();
    const answer = await transport.send({
      ...context,
      headers: { ...(form && { 'content-type': 'application/x-www-form-urlencoded' }), ...headers },
      body: form === undefined ? null : new URLSearchParams(form).toString(),
      accept: [],
      refusals: REFUSALS,
      signal,
      failed,
    });
    const parsed = parseJsonBody(context, answer);
    const fields: Readonly<Record<string, unknown>> =
      typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
    const value = fields[field];
    if (typeof value !== 'string' || value === '') {
      const problem = `answered ${answer.status} without ${field}; check that the URL is that of a token endpoint`;
      throw requestFailure(context, problem, { reason: 'schema', status: answer.status });
    }
    return { value, fields, life: tokenLife(value, fields['expires_in'], fallbackLife, askedAt) };
  };
}

/**
 * Creates credentials whose tokens a token endpoint gives.
 * @param createRequest makes the request for a token; called again whenever a new one is needed
 */
export function createEndpointCredentials(
  http: TransportOptions,
  createRequest: () => Omit<TokenRequest, keyof FetchOptions>,
): Credentials {
  const requestToken = createTokenEndpoint(http);
  return createTokenCache({
    clock: http.clock,
    observer: http.observer,
    fetchToken: async (fetchOptions) => requestToken({ ...createRequest(), ...fetchOptions }),
  });
}

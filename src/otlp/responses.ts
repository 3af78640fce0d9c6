import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { type Seconds, seconds } from '../model/time.ts';

export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  /** null: the receiver did not say. */
  readonly retryAfter: Seconds | null;
}

export interface Responses {
  /** The newest response since the last call; null: none. */
  take(): HttpResponse | null;
  close(): void;
}

/** @see https://nodejs.org/docs/latest-v24.x/api/diagnostics_channel.html#http (read 2026-11-22) */
const CHANNEL = 'http.client.response.finish';

/**
 * Watches the answers to requests of one agent: the SDK's exporter obeys `Retry-After` and retries by itself, but
 * tells neither that header nor the status of an answer that it tried again.
 */
export function watchResponses(agent: Agent): Responses {
  let newest: HttpResponse | null = null;
  const note = (message: unknown): void => {
    const { request, response } = message as {
      request: ClientRequest & { agent?: unknown };
      response: IncomingMessage;
    };
    if (request.agent !== agent) return;
    newest = {
      status: response.statusCode ?? 0,
      statusText: response.statusMessage ?? '',
      retryAfter: parseRetryAfter(response.headers['retry-after']),
    };
  };
  subscribe(CHANNEL, note);
  return {
    take: () => {
      const taken = newest;
      newest = null;
      return taken;
    },
    close: () => unsubscribe(CHANNEL, note),
  };
}

/** Seconds, or a date; null where it is neither. @see RFC 9110 section 10.2.3 */
function parseRetryAfter(header: string | undefined): Seconds | null {
  if (header === undefined) return null;
  const delay = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(delay) ? null : seconds(Math.max(0, delay));
}

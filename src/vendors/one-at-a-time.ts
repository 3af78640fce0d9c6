import type { HttpClient, HttpResponse } from '../http/http-client.ts';
import { orAbort } from '../http/or-abort.ts';

/**
 * Lets one request out at a time, in the order of asking. A request that fails does not hold up the next, and one that
 * is aborted does not wait for its turn.
 *
 * The vendor limits no rates and asks for one call at a time instead.
 * @see the Management API's rate limits as api-evangelist/adverity `rate-limits/` quotes them (read 2026-11-22)
 */
export function oneAtATime(client: HttpClient): HttpClient {
  let previous: Promise<unknown> = Promise.resolve();
  return {
    request(request): Promise<HttpResponse> {
      const others = previous;
      // Once aborted, the client refuses it in its own words, before anything is sent.
      const turn = orAbort(others, request.signal).catch(() => null);
      const answer = turn.then(() => client.request(request));
      // Of what it waits for, only the end is kept: each turn would else hold on to every answer before it.
      previous = Promise.allSettled([others, answer]).then(() => null);
      return answer;
    },
  };
}

import type { HttpClient, HttpResponse } from '../../http/http-client.ts';
import { orAbort } from '../../http/or-abort.ts';
import { createQueue } from '../../model/queue.ts';

/**
 * Lets one request out at a time, in the order of asking. A request that fails does not hold up the next, and one that
 * is aborted does not wait for its turn.
 *
 * The vendor limits no rates and asks for one call at a time instead.
 * @see the Management API's rate limits as api-evangelist/adverity `rate-limits/` quotes them (read 2026-11-22)
 */
export function oneAtATime(client: HttpClient): HttpClient {
  const inOrder = createQueue();
  return {
    request(request): Promise<HttpResponse> {
      const turn = Promise.withResolvers<void>();
      // Once aborted, the client refuses it in its own words, before anything is sent.
      const answer = orAbort(turn.promise, request.signal)
        .catch(() => null)
        .then(() => client.request(request));
      void inOrder(async () => {
        turn.resolve();
        await Promise.allSettled([answer]);
      });
      return answer;
    },
  };
}

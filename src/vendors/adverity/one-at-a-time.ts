import type { HttpClient, HttpResponse } from '../../http/http-client.ts';

/**
 * Lets one request out at a time, in the order of asking; a request that fails does not hold up the next.
 *
 * The vendor limits no rates and asks for one call at a time instead.
 * @see the Management API's rate limits as api-evangelist/adverity `rate-limits/` quotes them (read 2026-11-22)
 */
export function oneAtATime(client: HttpClient): HttpClient {
  let previous: Promise<unknown> = Promise.resolve();
  return {
    request(request): Promise<HttpResponse> {
      const answer = previous.then(() => client.request(request));
      previous = answer.catch(() => null);
      return answer;
    },
  };
}

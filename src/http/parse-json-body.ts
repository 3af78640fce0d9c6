import { type RequestPlace, requestFailure } from './request-failure.ts';
import { headerOf, type ResponseHeaders } from './response-headers.ts';

/** An answer as it came, its body unpacked and read as UTF-8. */
export interface Answer {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: string;
}

/**
 * The JSON of an answer; null for an empty body. The content type is not insisted on, since JSON often comes as
 * something else, but what cannot be read is named by it: `text/html` is most often a login page.
 *
 * @throws VendorError (reason `schema`) where a 2xx answer is not JSON. Other accepted statuses then give null: the
 *   status is the answer, and their bodies are anyone's.
 */
export function parseJsonBody(place: RequestPlace, answer: Answer): unknown {
  const { status, headers, body } = answer;
  if (body === '') return null;
  try {
    return JSON.parse(body);
  } catch {
    if (status >= 300) return null;
    const contentType = /^[\w.+-]+\/[\w.+-]+/.exec(headerOf(headers, 'content-type') ?? '')?.[0] ?? 'no content type';
    const problem = `answered ${status} with ${contentType} that is not JSON; ${adviceFor(contentType)}`;
    throw requestFailure(place, problem, { reason: 'schema', status });
  }
}

function adviceFor(contentType: string): string {
  return contentType === 'text/html'
    ? 'a login page or a proxy answers there: check the URL'
    : 'check that the URL is that of the API';
}

import { parseJson } from './parse-json.ts';
import { type RequestPlace, requestFailure } from './request-failure.ts';
import { headerOf, type ResponseHeaders } from './response-headers.ts';

/** An answer as it came, its body unpacked and read as UTF-8. */
export interface Answer {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: string;
}

/** What an answer that is no JSON may call itself in an error; anything else could be a text of the vendor's own. */
const NAMED_CONTENT = /^(?:text\/(?:html|plain|xml|csv)|application\/(?:json|xml|octet-stream|pdf|zip))(?=\s*(?:;|$))/i;

/**
 * The JSON of an answer, read as `parseJson` does; null for an empty body. The content type is not insisted on, since
 * JSON often comes as something else, but what cannot be read is named by it: `text/html` is most often a login page.
 *
 * @throws VendorError (reason `schema`) where a 2xx answer is not JSON, or is nested without end. Other accepted
 *   statuses then give null: the status is the answer, and their bodies are anyone's.
 */
export function parseJsonBody(place: RequestPlace, answer: Answer): unknown {
  const { status, headers, body } = answer;
  if (body === '') return null;
  try {
    return parseJson(body);
  } catch (error) {
    if (status >= 300) return null;
    const problem =
      error instanceof RangeError
        ? 'JSON that is nested too deep to be read; check that the URL is that of the API'
        : describeContent(headerOf(headers, 'content-type'));
    throw requestFailure(place, `answered ${status} with ${problem}`, { reason: 'schema', status });
  }
}

function describeContent(contentType: string | null): string {
  const named = NAMED_CONTENT.exec(contentType ?? '')?.[0].toLowerCase();
  const advice =
    named === 'text/html'
      ? 'a login page or a proxy answers there: check the URL'
      : 'check that the URL is that of the API';
  return `${named ?? (contentType === null ? 'no content type' : 'a content type')} that is not JSON; ${advice}`;
}

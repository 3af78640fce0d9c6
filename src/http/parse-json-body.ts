import { parseJson } from './parse-json.ts';
import { type RequestContext, requestFailure } from './request-failure.ts';
import { headerOf, type ResponseHeaders } from './response-headers.ts';

/** An answer as it came, its body unpacked and read as UTF-8. */
export interface Answer {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: string;
}

/** Content types that an error may name; any other could be a text of the vendor's own. */
const NAMED_CONTENT = /^(?:text\/(?:html|plain|xml|csv)|application\/(?:json|xml|octet-stream|pdf|zip))(?=\s*(?:;|$))/i;

/**
 * Reads the JSON of an answer as `parseJson` does; null for an empty body. Any content type will do, as JSON often
 * comes under another. An answer that cannot be read is named by its content type: `text/html` is most often a login
 * page.
 *
 * @throws VendorError (reason `schema`) where a 2xx answer is not JSON, or is nested too deep. Any other accepted
 *   status then gives null: there the status is the answer.
 */
export function parseJsonBody(context: RequestContext, answer: Answer): unknown {
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
    throw requestFailure(context, `answered ${status} with ${problem}`, { reason: 'schema', status });
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

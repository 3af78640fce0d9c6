import { VendorError } from '../../http/errors.ts';
import { parseAnswer } from '../frame/parse-answer.ts';
import type { ListAnswer } from '../frame/vendor-definition.ts';
import { MatatikaJobPage } from './schema.ts';

const TITLE = "Matatika's list of jobs";

/**
 * Reads a page of a list: one with `_embedded.jobs`, or an empty one. An empty list is one that says so, for `{}`, an
 * error or a list under another name would else pass for an account in which nothing runs.
 *
 * @throws VendorError (reason `schema`) for anything else
 */
export function readPage(body: unknown): ListAnswer {
  const answer = parseAnswer(MatatikaJobPage, body, TITLE);
  const { _embedded: embedded, _links: links, page } = answer;
  const jobs = embedded?.jobs ?? null;
  if (jobs === null && !isEmptyList(answer)) {
    throw new VendorError(`${TITLE} is not as documented: it has no _embedded.jobs, and is no empty list`, {
      reason: 'schema',
    });
  }
  const { totalElements: total = null, totalPages = null } = page ?? {};
  return { records: jobs ?? [], next: links?.next?.href ?? null, total, totalPages };
}

/**
 * True if an answer without jobs is a list without jobs: it has nothing but what a list has, and says that it is empty,
 * that it lies behind the last page, or at least what its own address is.
 */
function isEmptyList({ _embedded: embedded, _links: links, page, ...rest }: MatatikaJobPage): boolean {
  const others = [...Object.keys(rest), ...Object.keys(embedded ?? {}).filter((key) => key !== 'jobs')];
  if (others.length > 0) return false;
  const { number, totalPages, totalElements } = page ?? {};
  const isBehindTheLast = typeof number === 'number' && typeof totalPages === 'number' && number >= totalPages;
  return totalElements === 0 || isBehindTheLast || embedded?.jobs === null || (links?.self ?? null) !== null;
}

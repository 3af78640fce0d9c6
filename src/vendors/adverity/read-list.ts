import type { HttpClient, HttpResponse, LinkTarget, PathTarget } from '../../http/http-client.ts';
import type { Run } from '../../model/run.ts';
import type { UnixSeconds } from '../../model/time.ts';
import { parseAnswer } from '../parse-answer.ts';
import { readRecords, type ToRun } from '../read-records.ts';
import type { Rejected, SliceResult } from '../vendor.ts';
import { AdverityJob, AdverityJobPage } from './schema.ts';

/** Neither the default nor the largest page is published; a smaller page than asked for does no harm. */
const PAGE_SIZE = 100;

/** 10,000 jobs in one list: more than a week of any account that this was made for. */
const LARGEST_PAGE_COUNT = 100;

interface ListOptions {
  readonly client: HttpClient;
  /** What narrows the list; empty: all that is live. */
  readonly query: Readonly<Record<string, string | number>>;
  readonly toRun: ToRun<AdverityJob>;
  readonly now: UnixSeconds;
  readonly signal: AbortSignal;
}

const NO_CONTENT = 204;

/**
 * Reads a list page by page, along the links of the answers, each run once.
 *
 * `truncated`: fewer were read than every page has counted, there is a next page but the one before it brought nothing
 * new, the pages are too many, or one of them is not there and no count says that nothing is missing. Jobs that leave
 * the list while it is read move others to a page that was read: their number is small and the next poll lists them.
 * @throws VendorError as `HttpClient`, also for a link that leads out of the API
 */
export async function readList({ client, query, toRun, now, signal }: ListOptions): Promise<SliceResult> {
  const runs = new Map<string, Run>();
  const rejected = new Map<string, Rejected>();
  let target: PathTarget | LinkTarget = {
    path: 'jobs/',
    // In a fixed order nothing slips from one page to another while jobs are added.
    query: { ...query, ordering: 'id', page_size: PAGE_SIZE },
  };
  let first: HttpResponse | null = null;
  let truncated = false;
  /** The least that a page has counted: jobs that come or go meanwhile do not make a whole list look cut. */
  let count: number | null = null;
  const read = (): number => runs.size + rejected.size;

  for (let page = 1; ; page++) {
    // The list may have become shorter since the page before named its next one.
    const accept = first === null ? [] : [404];
    const response = await client.request({ operation: 'list_jobs', ...target, accept, signal });
    first ??= response;
    if (response.status === 404 || response.status === NO_CONTENT) {
      // Only a count can then tell that nothing is missing of what the page before it announced.
      truncated = page > 1 && count === null;
      break;
    }
    const answer = parseAnswer(AdverityJobPage, response.body, "Adverity's list of jobs");
    const before = read();
    const { runs: found, rejected: broken } = readRecords(answer.results ?? [], AdverityJob, toRun, now);
    for (const run of found) runs.set(run.id, run);
    for (const record of broken) rejected.set(record.key, record);
    // A count that is lower than what was read is of something else.
    const counted = answer.count ?? null;
    if (counted !== null && counted >= read()) count = Math.min(count ?? counted, counted);
    if (typeof answer.next !== 'string' || answer.next === '') break;
    truncated = page >= LARGEST_PAGE_COUNT || read() === before;
    if (truncated) break;
    target = { link: { href: answer.next, from: response.url } };
  }
  truncated ||= count !== null && read() < count;
  return { runs: [...runs.values()], rejected: [...rejected.values()], truncated, vendorTime: first.date };
}

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

/**
 * Reads a list page by page, along the links of the answers, each run once.
 *
 * `truncated`: there is a next page, but the one before it brought nothing new or the pages are too many.
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

  for (let page = 1; ; page++) {
    // The list may have become shorter since the page before named its next one.
    const accept = first === null ? [] : [404];
    const response = await client.request({ operation: 'list_jobs', ...target, accept, signal });
    first ??= response;
    if (response.status === 404) break;
    const { results, next } = parseAnswer(AdverityJobPage, response.body, "Adverity's list of jobs");
    const before = runs.size + rejected.size;
    const read = readRecords(results, AdverityJob, toRun, now);
    for (const run of read.runs) runs.set(run.id, run);
    for (const record of read.rejected) rejected.set(record.key, record);
    if (typeof next !== 'string' || next === '') break;
    truncated = page >= LARGEST_PAGE_COUNT || runs.size + rejected.size === before;
    if (truncated) break;
    target = { link: { href: next, from: response.url } };
  }
  return { runs: [...runs.values()], rejected: [...rejected.values()], truncated, vendorTime: first.date };
}

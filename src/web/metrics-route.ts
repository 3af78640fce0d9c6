import type { IncomingMessage, ServerResponse } from 'node:http';
import { acceptsGzip, negotiateFormat } from '../exposition/negotiate.ts';
import type { Page, PageAnswer } from '../exposition/page.ts';
import type { SnapshotSource } from '../metrics/samples.ts';
import { sendText } from './send-text.ts';
import { toReader } from './to-reader.ts';

export interface MetricsRouteOptions {
  readonly page: Page;
  readonly source: Pick<SnapshotSource, 'scraped'>;
  /** Scrapes answered at the same time; one more gets 503. */
  readonly maxRequests: number;
  /** True if OpenMetrics has `_created` also without `?created=1`. */
  readonly created: boolean;
  /** Headers of every answer, in addition to those of the page. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer as it is sent, kept for all readers that get the same. */
type Prepared = Pick<PageAnswer, 'headers' | 'buffers'>;

/** Up to this size, to copy a page once costs less than to send its buffers one by one. */
const SMALL_BYTES = 256 * 1024;

/** Answers a scrape; needs nothing of Express. Rejects with what the page throws, before anything was sent. */
export type MetricsRoute = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * Answers a scrape in the format that the request prefers. The snapshot counts as scraped once the whole answer was
 * handed to the network: a scrape that was cut off has shown nothing.
 */
export function createMetricsRoute({ page, source, maxRequests, created, headers }: MetricsRouteOptions): MetricsRoute {
  const prepared = new WeakMap<PageAnswer, Prepared>();
  const formatOf = rememberLast(negotiateFormat);
  const gzipOf = rememberLast(acceptsGzip);
  let active = 0;

  function prepare(answer: PageAnswer): Prepared {
    const known = prepared.get(answer);
    if (known !== undefined) return known;
    const isSmall = Number(answer.headers['content-length']) <= SMALL_BYTES;
    const buffers = isSmall ? [Buffer.concat(answer.buffers)] : answer.buffers;
    const made = { headers: { ...headers, ...answer.headers }, buffers };
    prepared.set(answer, made);
    return made;
  }

  return async (request, response) => {
    if (active >= maxRequests) {
      const text = `${maxRequests} scrapes are being answered already; --web.max-requests allows no more.`;
      sendText(response, 503, text, headers);
      return;
    }
    active += 1;
    response.once('close', () => {
      active -= 1;
    });
    const answer = await page.read({
      format: formatOf(request.headers.accept),
      gzip: gzipOf(request.headers['accept-encoding']),
      created: created || asksForCreated(request.url),
    });
    // Before it is sent: a connection that has ended has no address any more.
    const reader = toReader(request);
    sendAnswer(request, response, prepare(answer), () => source.scraped(answer.snapshot, reader));
  };
}

/**
 * Reads a header again only when it is another: a scraper sends the same each time, and Prometheus' five formats took
 * 0.02 of the 0.07 ms of CPU that an unchanged page of 1,000 series takes in gzip (measured 2026-11-26).
 */
function rememberLast<T>(read: (header: string | undefined) => T): (header: string | undefined) => T {
  let last: { readonly header: string | undefined; readonly result: T } | null = null;
  return (header) => {
    if (last === null || last.header !== header) last = { header, result: read(header) };
    return last.result;
  };
}

function asksForCreated(url = ''): boolean {
  const start = url.indexOf('?');
  return start !== -1 && new URLSearchParams(url.slice(start)).get('created') === '1';
}

function sendAnswer(
  { method }: IncomingMessage,
  response: ServerResponse,
  { headers, buffers }: Prepared,
  onSent: () => void,
): void {
  response.writeHead(200, headers);
  if (method === 'HEAD') {
    response.end();
    return;
  }
  response.once('finish', onSent);
  // Corked, so that headers and all buffers leave in few system calls; `send` would hash the whole page for an ETag.
  response.cork();
  for (const buffer of buffers.slice(0, -1)) response.write(buffer);
  response.end(buffers.at(-1));
  response.uncork();
}

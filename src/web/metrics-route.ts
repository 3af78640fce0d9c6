import type { Request, RequestHandler, Response } from 'express';
import { acceptsGzip, negotiateFormat } from '../exposition/negotiate.ts';
import type { Page, PageAnswer } from '../exposition/page.ts';
import type { SnapshotSource } from '../metrics/samples.ts';
import { sendText } from './send-text.ts';

export interface MetricsRouteOptions {
  readonly page: Page;
  readonly source: Pick<SnapshotSource, 'scraped'>;
  /** Scrapes answered at the same time; one more gets 503. */
  readonly maxRequests: number;
  /** Whether OpenMetrics carries `_created` without being asked by `?created=1`. */
  readonly created: boolean;
}

/**
 * Answers a scrape in the format that the request prefers. The snapshot counts as scraped once the whole answer was
 * handed to the network: a scrape that was broken off has shown nothing.
 */
export function createMetricsRoute({ page, source, maxRequests, created }: MetricsRouteOptions): RequestHandler {
  let active = 0;
  return async (request, response) => {
    if (active >= maxRequests) {
      sendText(response, 503, `${maxRequests} scrapes are being answered already; --web.max-requests allows no more.`);
      return;
    }
    active += 1;
    response.once('close', () => {
      active -= 1;
    });
    const answer = await page.read({
      format: negotiateFormat(request.headers.accept),
      gzip: acceptsGzip(request.headers['accept-encoding']),
      created: created || request.query['created'] === '1',
    });
    sendAnswer(request, response, answer, () => source.scraped(answer.snapshot));
  };
}

function sendAnswer(request: Request, response: Response, answer: PageAnswer, onSent: () => void): void {
  response.writeHead(200, answer.headers);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  response.once('finish', onSent);
  // Corked, so that headers and all buffers leave in few system calls; `send` would hash the whole page for an ETag.
  response.cork();
  for (const buffer of answer.buffers) response.write(buffer);
  response.end();
  response.uncork();
}

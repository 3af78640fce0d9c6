import type { IncomingMessage } from 'node:http';
import type { Reader } from '../metrics/readers.ts';

/** Most characters of a user agent that are kept, to tell readers apart. */
const LONGEST_AGENT = 200;

/**
 * Identifies the reader of a page by address and user agent. A scraper is a reader that says so: Prometheus, its agent
 * and programs built from its parts send their time limit.
 * @see https://github.com/prometheus/prometheus/blob/main/scrape/scrape.go (read 2026-11-29)
 */
export function toReader({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): Reader {
  const agent = headers['user-agent'] ?? '';
  return {
    id: `${socket.remoteAddress ?? ''} ${agent.slice(0, LONGEST_AGENT)}`,
    isScraper: headers['x-prometheus-scrape-timeout-seconds'] !== undefined || agent.startsWith('Prometheus/'),
  };
}

import type { IncomingMessage } from 'node:http';
import type { Reader } from '../metrics/readers.ts';

/** Longest part of a user agent that tells readers apart: it is remembered. */
const LONGEST_AGENT = 200;

/**
 * Tells who reads a page: readers differ by address or user agent. A scraper is one that says so: Prometheus, its agents
 * and those that are built of its parts send their time limit.
 * @see https://github.com/prometheus/prometheus/blob/main/scrape/scrape.go (read 2026-11-29)
 */
export function toReader({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): Reader {
  const agent = headers['user-agent'] ?? '';
  return {
    id: `${socket.remoteAddress ?? ''} ${agent.slice(0, LONGEST_AGENT)}`,
    isScraper: headers['x-prometheus-scrape-timeout-seconds'] !== undefined || agent.startsWith('Prometheus/'),
  };
}

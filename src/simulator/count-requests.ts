/** Counts the simulators' requests, so that a test can tell how many an exporter sends. */
import type { RequestHandler } from 'express';

/** `{ snowplow: { "GET /jobs/v1/runs/:id/steps": 3 } }`; vendors without a request have an empty object. */
type RequestCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface RequestCounter {
  counts(): RequestCounts;
  /** Starts again at nothing. */
  reset(): void;
  middleware(vendor: string): RequestHandler;
}

/** Creates a counter for these vendors' requests. */
export function createRequestCounter(vendors: readonly string[]): RequestCounter {
  const countsOf = new Map(vendors.map((vendor) => [vendor, new Map<string, number>()]));
  return {
    counts: () => Object.fromEntries([...countsOf].map(([vendor, counts]) => [vendor, Object.fromEntries(counts)])),
    reset() {
      for (const counts of countsOf.values()) counts.clear();
    },
    middleware: (vendor) => (request, _response, next) => {
      const counts = countsOf.get(vendor);
      const shape = `${request.method} ${toShape(request.path)}`;
      counts?.set(shape, (counts.get(shape) ?? 0) + 1);
      next();
    },
  };
}

/** A path with `:id` for every segment that is a UUID, a number or a long hash. */
function toShape(path: string): string {
  return path
    .split('/')
    .map((segment) => (/^(?:\d+|[0-9a-f-]{16,})$/i.test(segment) ? ':id' : segment))
    .join('/');
}

/** A Polaris whose jobs a test writes, and that may page, sort and filter otherwise than its documents say. */
import type { Clock } from '../../src/model/clock.ts';
import type { UnixSeconds } from '../../src/model/time.ts';
import { type Seen, startServer, type TestServer } from './http/start-server.ts';

export interface FakeJob {
  readonly id: string;
  readonly created: UnixSeconds;
  /** Default: `completed`. */
  status?: string;
  type?: string;
  table?: string;
  health?: unknown;
  /** Only of completed jobs, as at the vendor. */
  completed?: UnixSeconds;
  /** When a person edited it. Default: never. */
  edited?: UnixSeconds;
}

/** Order of the list where the vendor ignores the order that was asked for. */
export const ORDERS = {
  'newest created first': (a, b) => b.created - a.created,
  'oldest created first': (a, b) => a.created - b.created,
  'last edited first': (a, b) => (b.edited ?? b.created) - (a.edited ?? a.created),
  'by status': (a, b) => compare(a.status ?? 'completed', b.status ?? 'completed'),
  'by table': (a, b) => compare(a.table ?? '', b.table ?? ''),
  'by id': (a, b) => compare(a.id, b.id),
} as const satisfies Record<string, (a: FakeJob, b: FakeJob) => number>;

export interface FakePolaris {
  readonly server: TestServer;
  /** In any order. */
  jobs: FakeJob[];
  order: keyof typeof ORDERS;
  /** The largest page that it gives, whatever was asked for. */
  largestPage: number;
  /** Where `moreResultsAvailable` is said: always, only where it is true, or never. */
  saysMore: 'always' | 'if true' | 'never';
  heedsOffset: boolean;
  heedsStatus: boolean;
  /** Called after each page of the list. */
  turned: (page: number) => void;
  /** Requests for lists, and for single jobs, since they were last emptied. */
  readonly asked: { lists: number; lookUps: number };
}

/** @param clock its own, which is the date of every answer */
export async function startFakePolaris(clock: Pick<Clock, 'now'>): Promise<FakePolaris> {
  const fake: FakePolaris = {
    server: await startServer((response, seen) => {
      const body = answer(fake, seen);
      const date = new Date(clock.now() * 1000).toUTCString();
      response.writeHead(body === null ? 404 : 200, { 'content-type': 'application/json', date });
      response.end(JSON.stringify(body ?? { code: 'not_found', message: 'Job not found' }));
    }),
    jobs: [],
    order: 'newest created first',
    largestPage: 1000,
    saysMore: 'always',
    heedsOffset: true,
    heedsStatus: true,
    turned: () => undefined,
    asked: { lists: 0, lookUps: 0 },
  };
  return fake;
}

function answer(fake: FakePolaris, { url }: Seen): unknown {
  const { pathname, searchParams: query } = new URL(url, fake.server.url);
  const [, id, rest] = /\/jobs\/([^/]+)(\/metrics)?$/.exec(pathname) ?? [];
  if (rest !== undefined) return { totals: { numRowsProcessed: 1 } };
  if (id !== undefined) {
    fake.asked.lookUps += 1;
    const job = fake.jobs.find((one) => one.id === id);
    return job === undefined ? null : toWire(job);
  }
  fake.asked.lists += 1;
  const statuses = fake.heedsStatus ? query.getAll('executionStatus') : [];
  const types = query.getAll('type');
  const jobs = fake.jobs
    .filter(({ status = 'completed' }) => statuses.length === 0 || statuses.includes(status))
    .filter(({ type = 'batch' }) => types.length === 0 || types.includes(type))
    .toSorted((a, b) => ORDERS[fake.order](a, b) || compare(a.id, b.id));
  const offset = fake.heedsOffset ? Number(query.get('paginationOffset')) : 0;
  const values = jobs.slice(offset, offset + Math.min(Number(query.get('paginationLimit')), fake.largestPage));
  const isMore = offset + values.length < jobs.length;
  const isSaid = fake.saysMore === 'always' || (fake.saysMore === 'if true' && isMore);
  const body = { values: values.map(toWire), ...(isSaid && { moreResultsAvailable: isMore }) };
  fake.turned(fake.asked.lists);
  return body;
}

function toWire(job: FakeJob): object {
  const { status = 'completed', health = { status: 'ok' } } = job;
  const isStarted = status !== 'pending';
  return {
    id: job.id,
    type: job.type ?? 'batch',
    executionStatus: status,
    health,
    target: { type: 'table', tableName: job.table ?? 'orders' },
    createdTimestamp: toTimestamp(job.created),
    lastUpdatedTimestamp: toTimestamp(job.edited ?? job.created),
    ...(isStarted && { startedTimestamp: toTimestamp(job.created) }),
    ...(job.completed !== undefined && { completedTimestamp: toTimestamp(job.completed) }),
  };
}

function toTimestamp(instant: UnixSeconds): string {
  return new Date(instant * 1000).toISOString();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

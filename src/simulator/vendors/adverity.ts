/** Adverity's Management API over the simulated world: both kinds of key, page numbers, dates, its error bodies. */
import { type Request, type RequestHandler, Router } from 'express';
import { after, between, DAY, parseTimestamp, seconds, unixSeconds, type UnixSeconds } from '../../model/time.ts';
import { type CreateSimulator, type World, type WorldQuery, type WorldRun } from '../world.ts';

const VENDOR = 'adverity';
const KEY = 'simulated-adverity-key';
/** Nothing is published about page sizes; these are usual for the framework behind the API. */
const DEFAULT_PAGE_SIZE = 10;
const LARGEST_PAGE_SIZE = 100;

/** Only 1, Running, is public; the other numbers are made up. */
const STATE_BY_PHASE: Readonly<Record<WorldRun['phase'], { state: number; label: string; color: string }>> = {
  pending: { state: 7, label: 'Scheduled', color: 'grey' },
  executing: { state: 1, label: 'Running', color: 'orange' },
  idle: { state: 1, label: 'Running', color: 'orange' },
  paused: { state: 1, label: 'Running', color: 'orange' },
  success: { state: 2, label: 'Success', color: 'green' },
  failure: { state: 4, label: 'Failed', color: 'red' },
  timeout: { state: 4, label: 'Failed', color: 'red' },
  error: { state: 6, label: 'Stale', color: 'red' },
  cancellation: { state: 3, label: 'Cancelled', color: 'grey' },
  skip: { state: 5, label: 'Discarded', color: 'grey' },
};

/** A refused query, as the body of a 400 has it. */
interface QueryErrors {
  readonly errors: Readonly<Record<string, readonly string[]>>;
}

/**
 * The simulated Management API. Finished jobs are listed only when dates ask for them, by their start (else their
 * scheduled time): one of the readings that the documents leave open.
 */
export const createSimulator: CreateSimulator = (world) => {
  // Strict and redirecting, as the vendor's framework is: a client that loses a trailing slash is sent around.
  const router = Router({ strict: true });
  router.use('/api', requireKey);
  router.get(['/api/jobs', '/api/jobs/:id'], (request, response) => response.redirect(301, `${request.path}/`));
  router.get('/api/jobs/', (request, response) => {
    const query = toQuery(request.query);
    if ('errors' in query) {
      response.status(400).json({ detail: 'Invalid query parameters.', ...query });
      return;
    }
    const jobs = listRuns(world, query);
    const size = Math.min(toInteger(request.query['page_size']) ?? DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE);
    const page = toInteger(request.query['page'] ?? '1') ?? 0;
    const pages = Math.max(1, Math.ceil(jobs.length / size));
    if (page < 1 || page > pages) {
      response.status(404).json({ detail: 'Invalid page.' });
      return;
    }
    response.json({
      count: jobs.length,
      next: page < pages ? pageUrl(request, page + 1) : null,
      previous: page > 1 ? pageUrl(request, page - 1) : null,
      results: jobs.slice((page - 1) * size, page * size).map((run) => toWire(run, world, originOf(request))),
    });
  });
  router.get('/api/jobs/:id/', (request, response) => {
    const number = toInteger(request.params.id);
    const run = number === null ? null : world.run(VENDOR, number);
    if (run === null) response.status(404).json({ detail: 'Not found.' });
    else response.json({ ...toWire(run, world, originOf(request)), issues: toIssues(run), manual: false });
  });

  return {
    router,
    target: (origin) => ({ vendor: VENDOR, base_url: origin, auth: { scheme: 'Bearer', token: KEY } }),
  };
};

const requireKey: RequestHandler = (request, response, next) => {
  if (/^(?:Bearer|Token) (.+)$/.exec(request.get('authorization') ?? '')?.[1] === KEY) return next();
  response.set('WWW-Authenticate', 'Token').status(401).json({ detail: 'Invalid token.' });
};

interface JobQuery {
  readonly datastream: number | null;
  readonly start: UnixSeconds | null;
  readonly end: UnixSeconds | null;
}

function toQuery(query: Request['query']): JobQuery | QueryErrors {
  const datastream = query['datastream_id'] === undefined ? null : toInteger(query['datastream_id']);
  const [start, end] = [toInstant(query['start'], 0), toInstant(query['end'], DAY)];
  const errors: Record<string, readonly string[]> = {
    ...(query['datastream_id'] !== undefined && datastream === null && { datastream_id: ['Enter a number.'] }),
    ...(query['start'] !== undefined && start === null && { start: ['Enter a valid date/time.'] }),
    ...(query['end'] !== undefined && end === null && { end: ['Enter a valid date/time.'] }),
  };
  return Object.keys(errors).length > 0 ? { errors } : { datastream, start, end };
}

/** Live jobs without dates, finished ones with them; by id. */
function listRuns(world: World, { datastream, start, end }: JobQuery): readonly WorldRun[] {
  const job = datastream === null ? null : world.jobs(VENDOR).find(({ number }) => number === datastream);
  if (job === undefined) return [];
  const ofJob: WorldQuery = { vendor: VENDOR, ...(job !== null && { jobId: job.id }) };
  const isDated = start !== null || end !== null;
  const from = start ?? world.since;
  const to = end ?? after(world.now(), seconds(DAY));
  const runs = isDated
    ? world.runs({ ...ofJob, from, to }).filter((run) => run.endedAt !== null && isWithin(run, from, to))
    : world.runs({ ...ofJob, from: world.now() }).filter(({ endedAt }) => endedAt === null);
  return runs.toSorted((a, b) => a.number - b.number);
}

function isWithin(run: WorldRun, from: UnixSeconds, to: UnixSeconds): boolean {
  const at = run.startedAt ?? run.createdAt;
  return at >= from && at <= to;
}

function toWire(run: WorldRun, world: World, origin: string): object {
  const { job } = run;
  const { state, label, color } = STATE_BY_PHASE[run.phase];
  const slug = job.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const elapsed = run.startedAt === null ? 0 : between(run.startedAt, run.endedAt ?? world.now());
  return {
    id: run.number,
    url: `${origin}/api/jobs/${run.number}/`,
    job_start: toText(run.startedAt),
    job_end: toText(run.endedAt),
    range_start: toText(run.createdAt),
    range_end: toText(run.createdAt),
    scheduled: toText(run.createdAt),
    progress: run.progress,
    duration: `${Math.round(elapsed)}s`,
    state,
    state_label: label,
    state_color: color,
    triggered_by: null,
    datastream: {
      id: job.number,
      stack_id: job.workspaceNumber,
      stack: {
        id: job.workspaceNumber,
        name: job.workspace,
        slug: job.workspace.toLowerCase(),
        url: `${origin}/api/stacks/${job.workspaceNumber}/`,
        parent_id: 1,
        counts: { connections: 4, datastreams: 12 },
      },
      name: job.name,
      slug,
      app_label: job.kind,
      absolute_url: `${origin}/${job.kind}/${job.number}/${slug}`,
      change_url: `/${job.kind}/${slug}/${job.number}/change/`,
    },
  };
}

function toIssues(run: WorldRun): readonly object[] {
  return run.phase === 'failure' ? [{ message: 'The data source refused the request.', type_label: 'Error' }] : [];
}

/** With milliseconds, which the vendor's documents do not show and do not exclude. */
function toText(instant: UnixSeconds | null): string | null {
  return instant === null ? null : new Date(instant * 1000).toISOString();
}

/** A query's date or timestamp; a date is its midnight plus `offset`, so that an end takes in its whole day. */
function toInstant(value: unknown, offset: number): UnixSeconds | null {
  const instant = typeof value === 'string' ? parseTimestamp(value) : null;
  if (instant === null) return null;
  return typeof value === 'string' && value.length === 'YYYY-MM-DD'.length ? unixSeconds(instant + offset) : instant;
}

function toInteger(value: unknown): number | null {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : null;
}

function originOf(request: Request): string {
  return `${request.protocol}://${request.get('host') ?? ''}`;
}

function pageUrl(request: Request, page: number): string {
  const url = new URL(request.originalUrl, originOf(request));
  url.searchParams.set('page', String(page));
  return url.href;
}

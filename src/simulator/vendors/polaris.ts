/**
 * Polaris' Jobs v1 over the simulated world: API keys in both spellings, the list with its pages, orders and filters,
 * one job, its status and its row totals, and the fields that real answers carry beside those. As the vendor's words
 * have it, only completed jobs say when they ended.
 *
 * @see https://docs.imply.io/polaris/api-manage-job (read 2026-11-22), and `src/vendors/polaris/README.md` for the OpenAPI file
 */
import { type Response, Router } from 'express';
import { z } from 'zod';
import { DAY, seconds, type UnixSeconds } from '../../model/time.ts';
import type { Simulator, World, WorldRun } from '../world.ts';

const API_KEY = 'pok_simulated-api-key';

/** Beyond this many finished batch jobs, completed ones older than 90 days are deleted. @see docs.imply.io/polaris/manage-ingestion-job (read 2026-11-22) */
const RETENTION = { finished: 5000, age: seconds(90 * DAY) };

const STATUSES = ['pending', 'running', 'completed', 'idle', 'canceled', 'failed', 'suspended', 'unknown'] as const;
const TYPES = ['batch', 'delete_data', 'drop_table', 'restore_data', 'sql', 'streaming'] as const;
const HEALTHS = ['ok', 'warn', 'error'] as const;

/** The columns that a list can be sorted by; here every job is by the same person and has the same source. */
const SORT_KEYS = {
  created_date_time: ({ createdTimestamp }) => createdTimestamp,
  last_updated_date_time: ({ lastUpdatedTimestamp }) => lastUpdatedTimestamp,
  execution_status: ({ executionStatus }) => executionStatus,
  target_table_name: ({ target }) => target.tableName,
  type: ({ type }) => type,
  created_by_user_name: () => '',
  source_name: () => '',
  source_type: () => '',
} as const satisfies Record<string, (job: WireJob) => string>;

const repeated = <Value extends string>(values: readonly Value[]) =>
  z
    .union([z.enum(values).transform((value) => [value]), z.array(z.enum(values))])
    .optional()
    .transform((asked) => asked ?? null);

/** The query of a list, of which the defaults are the vendor's. Filters: null asks for everything. */
const ListQuery = z.object({
  paginationLimit: z.coerce.number().int().min(1).max(1000).default(100),
  paginationOffset: z.coerce.number().int().min(0).default(0),
  sortColumn: z.enum(Object.keys(SORT_KEYS) as (keyof typeof SORT_KEYS)[]).default('last_updated_date_time'),
  sortOrder: z.enum(['ASC', 'DESC']).default('DESC'),
  executionStatus: repeated(STATUSES),
  healthStatus: repeated(HEALTHS),
  type: repeated(TYPES),
});
type ListQuery = z.output<typeof ListQuery>;

const STATUS_BY_PHASE: Readonly<Record<WorldRun['phase'], string>> = {
  pending: 'pending',
  executing: 'running',
  idle: 'idle',
  paused: 'suspended',
  success: 'completed',
  failure: 'failed',
  error: 'failed',
  timeout: 'failed',
  cancellation: 'canceled',
  skip: 'canceled',
};

/** Polaris as its documents describe it. A workspace of the world is a project; the target reads the first one. */
export function createSimulator(world: World): Simulator {
  const router = Router();
  const accepted = new Set([`Basic ${API_KEY}`, `Basic ${Buffer.from(`${API_KEY}:`).toString('base64')}`]);

  router.use('/v1', (request, response, next) => {
    if (accepted.has(request.get('authorization') ?? '')) next();
    else response.status(401).json({ code: 'unauthorized', message: 'Unauthorized' });
  });

  router.get('/v1/projects/:projectId/jobs', (request, response) => {
    const { projectId } = request.params;
    if (!world.jobs('polaris').some(({ workspaceId }) => workspaceId === projectId))
      return sendNotFound(response, 'Project');
    const query = ListQuery.safeParse(request.query);
    if (!query.success) {
      const parameter = query.error.issues[0]?.path[0];
      response.status(400).json({ code: 'bad_request', message: `${String(parameter)} is not valid` });
      return;
    }
    const jobs = retained(world.runs({ vendor: 'polaris' }).filter(({ job }) => job.workspaceId === projectId))
      .map((run) => toWire(world, run))
      .filter((job) => isAsked(query.data, job));
    const { paginationLimit: limit, paginationOffset: offset } = query.data;
    const values = inOrder(jobs, query.data).slice(offset, offset + limit);
    response.json({ values, moreResultsAvailable: offset + values.length < jobs.length });
  });

  router.get('/v1/projects/:projectId/jobs/:jobId', (request, response) => {
    const run = find(request.params);
    if (run === null) sendNotFound(response, 'Job');
    else response.json(toWire(world, run));
  });

  router.get('/v1/projects/:projectId/jobs/:jobId/status', (request, response) => {
    const run = find(request.params);
    if (run === null) sendNotFound(response, 'Job');
    else response.json({ executionStatus: toStatus(world, run) });
  });

  router.get('/v1/projects/:projectId/jobs/:jobId/metrics', (request, response) => {
    const run = find(request.params);
    if (run === null) sendNotFound(response, 'Job');
    else response.json(toMetrics(run));
  });

  function find({ projectId, jobId }: { readonly projectId: string; readonly jobId: string }): WorldRun | null {
    const run = world.run('polaris', jobId);
    return run?.job.workspaceId === projectId ? run : null;
  }

  function retained(runs: readonly WorldRun[]): readonly WorldRun[] {
    const isFinishedBatch = (run: WorldRun): boolean => run.endedAt !== null && !run.job.streaming;
    if (runs.filter(isFinishedBatch).length <= RETENTION.finished) return runs;
    const oldest = world.now() - RETENTION.age;
    return runs.filter(
      (run) => !(isFinishedBatch(run) && toStatus(world, run) === 'completed' && (run.endedAt ?? 0) < oldest),
    );
  }

  return {
    router,
    target: (origin) => ({
      vendor: 'polaris',
      base_url: origin,
      project_id: world.jobs('polaris')[0]?.workspaceId ?? 'no-project',
      auth: { api_key: API_KEY, encoding: 'raw' },
    }),
  };
}

/** True if a job passes every filter; the values of one filter are alternatives. */
function isAsked({ executionStatus, healthStatus, type }: ListQuery, job: WireJob): boolean {
  const allows = (asked: readonly string[] | null, value: string | undefined): boolean =>
    asked === null || (value !== undefined && asked.includes(value));
  return (
    allows(executionStatus, job.executionStatus) && allows(healthStatus, job.health?.status) && allows(type, job.type)
  );
}

/** As the query sorts; jobs that are alike in that in order of their ids, which the vendor does not promise. */
function inOrder(jobs: readonly WireJob[], { sortColumn, sortOrder }: ListQuery): readonly WireJob[] {
  const keyOf = SORT_KEYS[sortColumn];
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const sign = sortOrder === 'ASC' ? 1 : -1;
  return jobs.toSorted((a, b) => sign * compare(keyOf(a), keyOf(b)) || compare(a.id, b.id));
}

/** Percent of failures that show as `completed` with an error, and of successes and live runs that show a warning. */
const TOLD_BY_HEALTH = { failure: 25, success: 20, live: 20 };

function draws(world: World, { id }: WorldRun, kind: keyof typeof TOLD_BY_HEALTH): boolean {
  return world.random(`health ${kind} ${id}`) * 100 < TOLD_BY_HEALTH[kind];
}

function toStatus(world: World, run: WorldRun): string {
  const isToldByHealth = run.phase === 'failure' && draws(world, run, 'failure');
  return isToldByHealth ? 'completed' : STATUS_BY_PHASE[run.phase];
}

/** True if the vendor gives the time at which the run ended: only of completed ones. */
export function tellsEnd(world: World, run: WorldRun): boolean {
  return run.endedAt !== null && toStatus(world, run) === 'completed';
}

/** Health by what the codes say. The health of waiting and of cancelled jobs is not documented. */
function toHealth(world: World, run: WorldRun): WireJob['health'] {
  const error = (code: string): WireJob['health'] => ({ status: 'error', code, message: `simulated ${code}` });
  switch (run.phase) {
    case 'pending':
      return null;
    case 'failure':
      return error(draws(world, run, 'failure') ? 'no_rows_ingested' : 'cannot_parse_source');
    case 'error':
    case 'timeout':
      return error('internal_error');
    case 'cancellation':
    case 'skip':
      return error('canceled');
    case 'success':
      return draws(world, run, 'success') ? { status: 'warn', code: 'invalid_rows_found' } : { status: 'ok' };
    default:
      if (!run.healthy) return error('could_not_connect_to_source');
      return draws(world, run, 'live') ? { status: 'warn', code: 'invalid_rows_found' } : { status: 'ok' };
  }
}

interface WireJob {
  readonly id: string;
  readonly type: string;
  readonly executionStatus: string;
  readonly health: { readonly status: string; readonly code?: string; readonly message?: string } | null;
  readonly createdTimestamp: string;
  /** The time of a person's last change: the job's creation, unless somebody cancelled it. */
  readonly lastUpdatedTimestamp: string;
  readonly target: { readonly tableName: string; readonly type: 'table'; readonly intervals: null };
  readonly [other: string]: unknown;
}

function toWire(world: World, run: WorldRun): WireJob {
  const { job } = run;
  const author = { username: 'ada@example.com', userId: 'b6340b70-3f30-4000-8000-000000000000' };
  const executionStatus = toStatus(world, run);
  const isCanceled = executionStatus === 'canceled';
  return {
    source: job.streaming
      ? { type: 'connection', connectionName: 'events', formatSettings: { format: 'nd-json' } }
      : { type: 'inline', data: '{"card":"4111 1111 1111 1111"}' },
    createdBy: author,
    createdTimestamp: toTimestamp(run.createdAt),
    desiredExecutionStatus: run.phase === 'paused' ? 'suspended' : isCanceled ? 'canceled' : 'running',
    executionStatus,
    health: toHealth(world, run),
    id: run.id,
    lastModifiedBy: author,
    lastUpdatedTimestamp: toTimestamp((isCanceled ? run.endedAt : null) ?? run.createdAt),
    target: { tableName: job.name, type: 'table', intervals: null },
    type: job.kind,
    ...(run.endedAt !== null && tellsEnd(world, run) && { completedTimestamp: toTimestamp(run.endedAt) }),
    ...(run.startedAt !== null && { startedTimestamp: toTimestamp(run.startedAt) }),
  };
}

function toMetrics({ rows }: WorldRun): object {
  return {
    totals: {
      numRowsProcessed: rows?.processed ?? 0,
      numRowsProcessedWithWarning: rows?.processed_with_warning ?? 0,
      numRowsSkippedByFilter: rows?.skipped_by_filter ?? 0,
      numRowsSkippedByError: rows?.skipped_by_error ?? 0,
    },
  };
}

function sendNotFound(response: Response, what: string): void {
  response.status(404).json({ code: 'not_found', message: `${what} not found` });
}

/** `2024-08-01T09:30:15.1234560`: UTC without saying so, always seven fraction digits. */
function toTimestamp(instant: UnixSeconds): string {
  const micros = Math.floor(instant * 1e6);
  const date = new Date(Math.floor(micros / 1e6) * 1000).toISOString().slice(0, 19);
  return `${date}.${String(micros % 1e6).padStart(6, '0')}0`;
}

/**
 * Polaris' Jobs v1 over the simulated world: API keys in both spellings, the list with its filters, one job, its
 * status and its row totals, and the fields that real answers carry beside those.
 *
 * @see https://docs.imply.io/polaris/api-manage-job (read 2026-11-22)
 */
import { type Request, type Response, Router } from 'express';
import { DAY, seconds, type UnixSeconds } from '../../model/time.ts';
import type { Simulator, World, WorldRun } from '../../simulator/world.ts';

const API_KEY = 'pok_simulated-api-key';

/** Beyond this many finished batch jobs, completed ones older than 90 days are deleted. @see docs.imply.io/polaris/manage-ingestion-job (read 2026-11-22) */
const RETENTION = { finished: 5000, age: seconds(90 * DAY) };

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
    else response.status(401).json({ message: 'Unauthorized' });
  });

  router.get('/v1/projects/:projectId/jobs', (request, response) => {
    const { projectId } = request.params;
    if (!world.jobs('polaris').some(({ workspaceId }) => workspaceId === projectId))
      return sendNotFound(response, 'Project');
    const runs = retained(world.runs({ vendor: 'polaris' })).filter(
      (run) =>
        run.job.workspaceId === projectId &&
        isAsked(request, 'type', run.job.kind) &&
        isAsked(request, 'healthStatus', toHealth(run)),
    );
    response.json({ values: runs.map(toWire) });
  });

  router.get('/v1/projects/:projectId/jobs/:jobId', (request, response) => {
    const run = find(request.params);
    if (run === null) sendNotFound(response, 'Job');
    else response.json(toWire(run));
  });

  router.get('/v1/projects/:projectId/jobs/:jobId/status', (request, response) => {
    const run = find(request.params);
    if (run === null) sendNotFound(response, 'Job');
    else response.json({ executionStatus: STATUS_BY_PHASE[run.phase] });
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
    return runs.filter((run) => !(isFinishedBatch(run) && run.phase === 'success' && (run.endedAt ?? 0) < oldest));
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

/** Values of one filter are alternatives; a filter that is not there asks for everything. */
function isAsked(request: Request, filter: string, value: string): boolean {
  const asked = request.query[filter];
  return asked === undefined || (Array.isArray(asked) ? asked.includes(value) : asked === value);
}

/** Failures of a job show in its status; its health tells whether it is well while it lives. */
function toHealth({ healthy }: WorldRun): string {
  return healthy ? 'ok' : 'error';
}

function toWire(run: WorldRun): object {
  const { job } = run;
  const author = { username: 'ada@example.com', userId: 'b6340b70-3f30-4000-8000-000000000000' };
  return {
    source: job.streaming
      ? { type: 'connection', connectionName: 'events', formatSettings: { format: 'nd-json' } }
      : { type: 'inline', data: '{"card":"4111 1111 1111 1111"}' },
    createdBy: author,
    createdTimestamp: toTimestamp(run.createdAt),
    desiredExecutionStatus:
      run.phase === 'paused' ? 'suspended' : run.phase === 'cancellation' ? 'canceled' : 'running',
    executionStatus: STATUS_BY_PHASE[run.phase],
    health: { status: toHealth(run) },
    id: run.id,
    lastModifiedBy: author,
    lastUpdatedTimestamp: toTimestamp(run.endedAt ?? run.startedAt ?? run.createdAt),
    target: { tableName: job.name, type: 'table', intervals: null },
    type: job.kind,
    ...(run.endedAt !== null && { completedTimestamp: toTimestamp(run.endedAt) }),
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
  response.status(404).json({ message: `${what} not found` });
}

/** `2024-08-01T09:30:15.1234560`: UTC without saying so, always seven fraction digits. */
function toTimestamp(instant: UnixSeconds): string {
  const micros = Math.floor(instant * 1e6);
  const date = new Date(Math.floor(micros / 1e6) * 1000).toISOString().slice(0, 19);
  return `${date}.${String(micros % 1e6).padStart(6, '0')}0`;
}

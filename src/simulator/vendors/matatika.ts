/**
 * Matatika's API over the simulated world: client credentials, HAL pages, zone-less times, its error bodies, and the
 * personal and secret fields that real answers carry.
 *
 * @see https://docs.meltano.com/reference/cloud/api/resources/jobs and …/errors (read 2026-11-22)
 */
import { createHash } from 'node:crypto';
import express, { type Request, type Response, Router } from 'express';
import { DAY, type UnixSeconds } from '../../model/time.ts';
import type { Simulator, World, WorldJob, WorldRun } from '../world.ts';

/**
 * A wrong behaviour of the list, on request; the real one is reported to page unreliably, without details.
 * `stands_still`: every page is the first, and says so. `repeats`: every page holds the first one's jobs under its own
 * number. `ascending`: oldest first, whatever was asked for. `runs_dry`: pages after the first hold nothing.
 * `says_page`: each page says of itself that it is the whole list. `small`: pages are of the usual size, whatever was
 * asked for.
 */
export type PagingFault = 'stands_still' | 'repeats' | 'ascending' | 'runs_dry' | 'says_page' | 'small';

const CLIENT = { id: 'simulated-client', secret: 'simulated-client-secret' };
const AUDIENCE = 'https://app.matatika.com/api';

/** The usual life of an Auth0 token for machines; how long Matatika's live is not documented. */
const TOKEN_LIFETIME = DAY;

/** The vendor's default, and the most that Spring Data gives unless told otherwise; no maximum is documented. */
const PAGE_SIZE = { usual: 20, most: 2000 };

const STATUS_BY_PHASE: Readonly<Record<WorldRun['phase'], string>> = {
  pending: 'QUEUED',
  executing: 'RUNNING',
  idle: 'RUNNING',
  paused: 'RUNNING',
  success: 'COMPLETE',
  skip: 'COMPLETE',
  failure: 'ERROR',
  error: 'ERROR',
  timeout: 'STOPPED',
  cancellation: 'STOPPED',
};

/** Matatika as its documents describe it, going wrong in one way if asked to. Its target reads every workspace. */
export function createSimulator(world: World, { paging }: { readonly paging?: PagingFault } = {}): Simulator {
  const router = Router();

  router.post('/oauth/token', express.json(), express.urlencoded({ extended: false }), (request, response) => {
    const body = (request.body ?? {}) as Record<string, unknown>;
    if (body['grant_type'] !== 'client_credentials') {
      response.status(403).json({ error: 'unauthorized_client', error_description: 'Grant type not allowed' });
    } else if (body['client_id'] !== CLIENT.id || body['client_secret'] !== CLIENT.secret) {
      response.status(401).json({ error: 'access_denied', error_description: 'Unauthorized' });
    } else if (body['audience'] !== AUDIENCE) {
      response.status(403).json({ error: 'access_denied', error_description: 'Service not enabled within domain' });
    } else {
      const expiry = String(Math.floor(world.now() + TOKEN_LIFETIME));
      const token = `simulated.${expiry}.${sign(expiry)}`;
      response.json({ access_token: token, expires_in: TOKEN_LIFETIME, token_type: 'Bearer' });
    }
  });

  router.use('/api', (request, response, next) => {
    const [, expiry = '', signature] = /^Bearer simulated\.(\d+)\.(.+)$/.exec(request.get('authorization') ?? '') ?? [];
    if (signature === sign(expiry) && Number(expiry) > world.now()) next();
    else sendError(401, 'Unauthorized', request, response);
  });

  /** Jobs of one name in one workspace are types of work on one pipeline; its id is that of the first of them. */
  function pipelineIdOf({ kind, name, workspaceId }: WorldJob): string | null {
    // Types of work on a workspace or for a person belong to no pipeline.
    if (!kind.startsWith('PIPELINE_')) return null;
    const isSamePipeline = (other: WorldJob): boolean =>
      other.workspaceId === workspaceId && other.name === name && other.kind.startsWith('PIPELINE_');
    return world.jobs('matatika').find(isSamePipeline)?.id ?? null;
  }

  for (const [collection, idOf] of [
    ['workspaces', (job: WorldJob) => job.workspaceId],
    ['pipelines', pipelineIdOf],
  ] as const) {
    router.get(`/api/${collection}/:id/jobs`, (request, response) => {
      const { id } = request.params;
      const members = world.jobs('matatika').filter((job) => idOf(job) === id);
      if (members.length === 0) return sendError(404, 'Not Found', request, response);
      const memberIds = new Set(members.map((job) => job.id));
      const runs = world.runs({ vendor: 'matatika' }).filter(({ job }) => memberIds.has(job.id));
      sendPage(runs, request, response);
    });
  }

  router.get('/api/jobs/:id', (request, response) => {
    const run = world.run('matatika', request.params.id);
    if (run === null) sendError(404, 'Not Found', request, response);
    else response.json(toWire(run, pipelineIdOf(run.job)));
  });

  function sendPage(runs: readonly WorldRun[], request: Request, response: Response): void {
    const number = Math.max(0, Math.trunc(Number(request.query['page'] ?? 0)) || 0);
    const asked = Math.trunc(Number(request.query['size'] ?? PAGE_SIZE.usual)) || PAGE_SIZE.usual;
    const size = paging === 'small' ? PAGE_SIZE.usual : Math.min(Math.max(1, asked), PAGE_SIZE.most);
    const isDescending = request.query['sort'] === 'created,desc' && paging !== 'ascending';
    const ordered = isDescending ? runs.toReversed() : runs;
    const served = paging === 'stands_still' || paging === 'repeats' ? 0 : number;
    const from = paging === 'runs_dry' && number > 0 ? runs.length : served * size;
    const jobs = ordered.slice(from, from + size).map((run) => toWire(run, pipelineIdOf(run.job)));
    const totalElements = paging === 'says_page' ? jobs.length : runs.length;
    const totalPages = paging === 'says_page' ? 1 : Math.ceil(runs.length / size);
    const sort = isDescending ? '&sort=created,desc' : '';
    // As in the vendor's older samples, links name another scheme and host than the one that answers.
    const link = (page: number) => ({
      href: `http://catalog.matatika.com${request.baseUrl}${request.path}?page=${page}&size=${size}${sort}`,
    });
    response.type('application/hal+json').json({
      ...(jobs.length > 0 && { _embedded: { jobs } }),
      _links: { self: link(number), ...(number + 1 < totalPages && { next: link(number + 1) }) },
      page: { size, totalElements, totalPages, number: paging === 'stands_still' ? 0 : number },
    });
  }

  /** The documented error body. */
  function sendError(status: number, error: string, request: Request, response: Response): void {
    const timestamp = toLocalTime(world.now(), 3);
    response.status(status).json({ timestamp, status, error, errors: [], message: error, path: request.originalUrl });
  }

  const workspaces = new Map(world.jobs('matatika').map((job) => [job.workspaceId, job.workspace]));
  return {
    router,
    target: (origin) => ({
      vendor: 'matatika',
      base_url: origin,
      workspaces: [...workspaces].map(([id, name]) => ({ id, name })),
      auth: {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        token_url: `${origin}/oauth/token`,
        audience: AUDIENCE,
      },
    }),
  };
}

/** One job of the wire. What is not there yet is left out, and much is there that nobody documented. */
function toWire(run: WorldRun, pipelineId: string | null): object {
  const { job } = run;
  const pipeline = {
    id: pipelineId,
    status: 'READY',
    name: job.name,
    schedule: '0 0 * * * *',
    timeout: 0,
    maxRetries: 1,
    properties: { 'tap-postgres.password': 'simulated-database-password' },
    dataComponents: ['tap-postgres', 'Warehouse', 'dbt'],
    repositoryPath: `pipelines/${job.name}.yml`,
  };
  return {
    id: run.id,
    created: toLocalTime(run.createdAt, 6),
    type: job.kind,
    triggeredBy: 'SCHEDULE',
    maxAttempts: 1,
    attempt: run.attempt,
    commitId: createHash('sha1').update(run.id).digest('hex'),
    ...(run.exitCode !== null && { exitCode: run.exitCode }),
    status: STATUS_BY_PHASE[run.phase],
    ...(run.startedAt !== null && { startTime: toLocalTime(run.startedAt, 3) }),
    ...(run.endedAt !== null && { endTime: toLocalTime(run.endedAt, 3) }),
    _embedded: {
      ...(pipelineId !== null && { pipeline }),
      profile: { id: 'auth0|simulated', name: 'Ada Example', handle: '@ada', email: 'ada@example.com' },
    },
    _links: { self: { href: `http://catalog.matatika.com/api/jobs/${run.id}` } },
  };
}

/** `2024-10-24T15:10:06.2233`: UTC without saying so, at most this many fraction digits, trailing zeros dropped. */
function toLocalTime(instant: UnixSeconds, digits: number): string {
  const units = Math.floor(instant * 10 ** digits);
  const whole = Math.floor(units / 10 ** digits);
  const fraction = String(units % 10 ** digits)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return new Date(whole * 1000).toISOString().slice(0, 19) + (fraction === '' ? '' : `.${fraction}`);
}

function sign(expiry: string): string {
  return createHash('sha256').update(`${expiry} ${CLIENT.secret}`).digest('base64url');
}

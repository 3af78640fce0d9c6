import { randomUUID } from 'node:crypto';
import express, { type Request, type Response, Router } from 'express';
import {
  after,
  between,
  DAY,
  formatDay,
  formatTimestamp,
  HOUR,
  MINUTE,
  parseTimestamp,
  type Seconds,
  seconds,
  type UnixSeconds,
} from '../../model/time.ts';
import type { CreateSimulator, World, WorldJob, WorldRun } from '../world.ts';

/** The number of records in an answer when no `limit` is asked for. Not documented: this is an example's. */
const DEFAULT_LIMIT = 15;
const FIREBASE_API_KEY = 'simulated-firebase-api-key';
const REFRESH_TOKEN = 'simulated-tailer-refresh-token';
const FILE_TEMPLATES = ['stores-{{FD_DATE}}-{{FD_TIME}}.csv', 'sales-{{FD_DATE}}-{{FD_TIME}}.csv'];

/** The parameters of an action, unchecked. */
type Body = Readonly<Record<string, unknown>>;

/** The owner of a job, from its workspace: `000099/PROD`, or an environment alone. */
interface Owner {
  readonly account: string;
  readonly environment: string;
}

/**
 * The part of Tailer's API that reads, over a world: tokens as Firebase gives them, and `POST /v1/dag/status` with its
 * three reading actions. A run shows from its creation, `WAITING` at first: `start_execution_date` is when its record was made,
 * so it ends later than that and its `duration` say. An action that writes is refused.
 * @see `src/vendors/tailer/README.md` for what is known of waiting runs
 */
export const createSimulator: CreateSimulator = (world) => {
  const expiryByToken = new Map<string, UnixSeconds>();
  const router = Router();

  router.post('/securetoken/v1/token', express.urlencoded({ extended: false }), (request: Request, response) => {
    const { grant_type: grantType, refresh_token: refreshToken } = request.body as Body;
    if (request.query['key'] !== FIREBASE_API_KEY) return sendGoogleError(response, 'API_KEY_INVALID');
    if (grantType !== 'refresh_token') return sendGoogleError(response, 'INVALID_GRANT_TYPE');
    if (refreshToken !== REFRESH_TOKEN) return sendGoogleError(response, 'INVALID_REFRESH_TOKEN');
    for (const [token, expiry] of expiryByToken) if (expiry <= world.now()) expiryByToken.delete(token);
    const token = `simulated.${randomUUID()}`;
    expiryByToken.set(token, after(world.now(), HOUR));
    response.json({
      access_token: token,
      expires_in: '3600',
      token_type: 'Bearer',
      refresh_token: REFRESH_TOKEN,
      id_token: token,
      user_id: 'simulated-user',
      project_id: '000000000000',
    });
  });

  router.post('/v1/dag/status', express.json(), (request: Request, response) => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if ((expiryByToken.get(token) ?? 0) <= world.now()) return sendError(response, 401, 'Unauthorized');
    const body = (request.body ?? {}) as Body;
    switch (body['action']) {
      case 'get_last_status':
        if (!hasTexts(body, ['account', 'environment', 'configuration_type', 'configuration_id'])) break;
        return void response.json({ results: listRuns(world, body).map((run) => toRecord(world, run, 'gbq-to-gbq')) });
      case 'get_by_status':
        if (!hasTexts(body, ['account', 'configuration_type'])) break;
        return void response.json({ results: listRuns(world, body).map((run) => toRecord(world, run, 'gbq-to-gbq')) });
      case 'check_run_status':
        if (!hasTexts(body, ['account', 'environment', 'configuration_type', 'configuration_id', 'job_id', 'run_id']))
          break;
        return void response.json({
          results: findRuns(world, body).map((run) => toRecord(world, run, 'table-to-table')),
        });
      default:
        return sendError(response, 400, 'Unsupported action');
    }
    return sendError(response, 400, 'Missing parameter');
  });

  return { router, target: (origin) => toTarget(world, origin) };
};

/** A target that reads table-to-table operations one by one and every other type as a whole, so that both ways are used. */
function toTarget(world: World, origin: string): Readonly<Record<string, unknown>> {
  const [first] = world.jobs('tailer');
  const { account, environment } = first === undefined ? { account: '000099', environment: 'DEV' } : ownerOf(first);
  const jobs = world.jobs('tailer').filter((job) => isAskedFor(job, { account, environment }));
  const single = jobs.filter(({ kind }) => kind === 'table-to-table');
  const types = new Set(jobs.map(({ kind }) => kind).filter((kind) => kind !== 'table-to-table'));
  return {
    vendor: 'tailer',
    base_url: origin,
    account,
    environment,
    configurations: single.map(({ kind, name }) => ({ type: kind, id: name })),
    configuration_types: [...types],
    auth: {
      firebase_api_key: FIREBASE_API_KEY,
      refresh_token: REFRESH_TOKEN,
      token_url: `${origin}/securetoken/v1/token`,
    },
  };
}

/** Lists the runs that are asked for, newest first. */
function listRuns(world: World, body: Body): readonly WorldRun[] {
  const day = typeof body['execution_date'] === 'string' ? parseTimestamp(body['execution_date']) : null;
  const limit = typeof body['limit'] === 'number' ? body['limit'] : DEFAULT_LIMIT;
  return world
    .jobs('tailer')
    .filter((job) => isAskedFor(job, body))
    .flatMap(({ id }) =>
      world.runs({ vendor: 'tailer', jobId: id, ...(day !== null && { from: day, to: after(day, DAY) }) }),
    )
    .filter(({ createdAt }) => day === null || formatDay(createdAt) === formatDay(day))
    .filter((run) => body['status'] === undefined || body['status'] === toStatus(run))
    .sort((a, b) => b.createdAt - a.createdAt)
    .slice(0, limit);
}

function findRuns(world: World, body: Body): readonly WorldRun[] {
  const run = world.run('tailer', String(body['run_id']).slice(-36));
  if (run === null || !isAskedFor(run.job, body)) return [];
  const isFound = toRunId(run) === body['run_id'] && toJobId(world, run) === body['job_id'];
  return isFound ? [run] : [];
}

/** True if a job has all that is asked for; what is not asked for is not compared. */
function isAskedFor(job: WorldJob, body: Body): boolean {
  const { account, environment } = ownerOf(job);
  const facts = { account, environment, configuration_type: job.kind, configuration_id: job.name };
  return Object.entries(facts).every(([name, fact]) => body[name] === undefined || body[name] === fact);
}

/** @param tableType the name of `table-to-table` in a list or in a look-up */
function toRecord(world: World, run: WorldRun, tableType: string): object {
  const { job, createdAt, startedAt, endedAt } = run;
  const { account, environment } = ownerOf(job);
  return {
    account,
    configuration_id: job.name,
    configuration_type: job.kind === 'table-to-table' ? tableType : job.kind,
    ...(startedAt !== null &&
      endedAt !== null &&
      !job.untimed && { duration: formatTimedelta(between(startedAt, endedAt)) }),
    environment,
    job_id: toJobId(world, run),
    // The vendor writes a record a moment after the event; storage-to-storage has no such field.
    ...(job.kind !== 'storage-to-storage' && {
      last_update_date: formatInstant(after(endedAt ?? startedAt ?? createdAt, seconds(0.1))),
    }),
    run_id: toRunId(run),
    start_execution_date: formatInstant(createdAt),
    status: toStatus(run),
  };
}

/** The vendor knows fewer endings than the world. */
function toStatus({ phase, acknowledged }: WorldRun): string {
  if (phase === 'success') return 'SUCCESS';
  if (phase === 'skip') return 'NO_MATCH';
  if (phase === 'pending') return 'WAITING';
  if (['executing', 'idle', 'paused'].includes(phase)) return 'RUNNING';
  return acknowledged ? 'CHECKED' : 'FAILED';
}

/** `20201230-112837-` and a UUID for tables, `20201209-` and a UUID for files. */
function toRunId({ id, job, createdAt }: WorldRun): string {
  const [day, time] = formatTimestamp(createdAt).replaceAll(/[-:Z]/g, '').split('T');
  return job.kind.startsWith('storage') ? `${day}-${id}` : `${day}-${time}-${id}`;
}

function toJobId(world: World, { id, job }: WorldRun): string {
  if (!job.kind.startsWith('storage')) return `${job.kind.replaceAll('table', 'gbq')}|${job.name}`;
  const { account, environment } = ownerOf(job);
  const template = FILE_TEMPLATES[Math.floor(world.random(`tailer template ${id}`) * FILE_TEMPLATES.length)];
  return `${job.kind}|${account}|${job.name}|${environment}|${template}`;
}

function ownerOf({ workspace }: WorldJob): Owner {
  const [account = '', environment] = workspace.split('/');
  return environment === undefined ? { account: '000099', environment: account } : { account, environment };
}

/** `1 day, 0:01:24.002519`, as Python prints a timedelta; no fraction where it is 0. */
function formatTimedelta(duration: Seconds): string {
  const microseconds = Math.round(duration * 1e6);
  const total = Math.floor(microseconds / 1e6);
  const days = Math.floor(total / DAY);
  const [hours, minutes, rest] = [
    Math.floor((total % DAY) / HOUR),
    Math.floor((total % HOUR) / MINUTE),
    total % MINUTE,
  ];
  const fraction = microseconds % 1e6 === 0 ? '' : `.${String(microseconds % 1e6).padStart(6, '0')}`;
  return `${days === 0 ? '' : `${days} day${days === 1 ? '' : 's'}, `}${hours}:${twoDigits(minutes)}:${twoDigits(rest)}${fraction}`;
}

/** `2020-12-30T11:28:43.861340+00:00`, as Python prints an aware datetime; no fraction where it is 0. */
function formatInstant(instant: UnixSeconds): string {
  const microseconds = Math.round((instant - Math.floor(instant)) * 1e6) % 1e6;
  const fraction = microseconds === 0 ? '' : `.${String(microseconds).padStart(6, '0')}`;
  return `${formatTimestamp(instant).slice(0, -1)}${fraction}+00:00`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

function hasTexts(body: Body, names: readonly string[]): boolean {
  return names.every((name) => typeof body[name] === 'string');
}

/** The vendor shows no error of the reading actions; this is how its writing actions answer. */
function sendError(response: Response, code: number, message: string): void {
  response.status(code).json({ code, data: {}, message });
}

/** @see https://cloud.google.com/identity-platform/docs/error-codes (read 2026-11-22) */
function sendGoogleError(response: Response, message: string): void {
  response
    .status(400)
    .json({ error: { code: 400, message, errors: [{ message, domain: 'global', reason: 'invalid' }] } });
}

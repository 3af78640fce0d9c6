/** Snowplow's Console API over the simulated world: its two ways to a token, its windows, its trim, its error bodies. */
import { json, type RequestHandler, Router, urlencoded } from 'express';
import { jwtVerify, SignJWT } from 'jose';
import {
  after,
  before,
  between,
  DAY,
  HOUR,
  parseIsoDuration,
  parseTimestamp,
  seconds,
  type Seconds,
  type UnixSeconds,
} from '../../model/time.ts';
import type { CreateSimulator, World, WorldRun, WorldStep } from '../world.ts';

const VENDOR = 'snowplow';
const ORGANIZATION_ID = '5a2d9c1e-7b34-4f60-8e21-0c9f6d1b7a48';
const API_KEY_ID = 'simulated-key-id';
const API_KEY = 'simulated-snowplow-api-key';
/** The key that the simulated token endpoint signs with; it protects nothing. */
const SIGNING_KEY = new TextEncoder().encode('simulated-snowplow-signing-key-0');
/** @see https://docs.snowplow.io/docs/account-management/ (read 2026-11-22) */
const TOKEN_LIFE = seconds(24 * HOUR);
/** Longest window and farthest start that a list may ask for. @see seed document of the jobs API (read 2026-11-22) */
const LONGEST_WINDOW = seconds(96 * HOUR);
const HISTORY = seconds(7 * DAY);
/**
 * An answer holds the runs of this many latest events: changes of state of runs and their steps.
 * @see https://docs.snowplow.io/docs/modeling-your-data/running-data-models-via-console/retrieving-job-execution-data-via-the-api/ (read 2026-11-22)
 */
const EVENT_LIMIT = 10_000;

const STATE_BY_PHASE: Readonly<Record<WorldRun['phase'] | 'unknown', string>> = {
  pending: 'WAITING',
  executing: 'RUNNING',
  idle: 'RUNNING',
  paused: 'RUNNING',
  success: 'SUCCEEDED',
  failure: 'FAILED',
  error: 'FAILED',
  timeout: 'FAILED',
  cancellation: 'FAILED',
  skip: 'SKIPPED',
  unknown: 'FAILED',
};

/** The simulated Console API; its runs are forgotten a week after they ended, as the vendor's are. */
export const createSimulator: CreateSimulator = (world) => {
  const router = Router();
  const organization = Router();
  router.post('/oauth/token', urlencoded({ extended: false }), json(), passwordGrant(world));
  router.use(`/api/msc/v1/organizations/${ORGANIZATION_ID}`, organization);
  router.use((_request, response) => {
    response.status(404).json({ message: 'Not found' });
  });

  organization.get('/credentials/v3/token', async (request, response) => {
    const isKnown = request.get('x-api-key-id') === API_KEY_ID && request.get('x-api-key') === API_KEY;
    if (isKnown) response.json({ accessToken: await createToken(world) });
    else response.status(401).json({ message: 'Invalid API key' });
  });
  organization.use('/jobs/v1', requireToken(world));
  organization.get('/jobs/v1/runs', (request, response) => {
    const window = toWindow(request.query['from'], request.query['to'], world.now());
    if (typeof window === 'string') response.status(400).json({ message: window });
    else response.json(listRuns(world, window).map((run) => toWire(run, world)));
  });
  organization.get('/jobs/v1/runs/:runId', (request, response) => {
    const run = findRun(world, request.params.runId);
    if (run === null) response.status(404).json({ message: 'Job run not found' });
    else response.json({ ...toWire(run, world), steps: run.steps.map((step) => toWireStep(step, world)) });
  });
  organization.get('/jobs/v1/runs/:runId/steps', (request, response) => {
    const run = findRun(world, request.params.runId);
    if (run === null) response.status(404).json({ message: 'Job run not found' });
    else response.json(run.steps.map((step) => toWireStep(step, world)));
  });
  organization.get('/jobs/v1/runs/:runId/steps/:stepName', (request, response) => {
    const step = findRun(world, request.params.runId)?.steps.find(({ name }) => name === request.params.stepName);
    if (step === undefined) response.status(404).json({ message: 'Job run step not found' });
    else response.json({ ...toWireStep(step, world), stdout: '', stderr: step.result === 'failure' ? 'exit 1' : '' });
  });

  return {
    router,
    target: (origin) => ({
      vendor: VENDOR,
      base_url: origin,
      organization_id: ORGANIZATION_ID,
      auth: { api_key_id: API_KEY_ID, api_key: API_KEY },
    }),
  };
};

/** Accounts that the legacy grant knows: any user and client whose secrets are the API key's. */
function passwordGrant(world: World): RequestHandler {
  return async (request, response) => {
    const form: unknown = request.body;
    const field = (name: string): unknown =>
      typeof form === 'object' && form !== null ? Reflect.get(form, name) : undefined;
    if (field('grant_type') !== 'password' || field('audience') !== 'https://snowplowanalytics.com/api/')
      response.status(400).json({ error: 'invalid_request', error_description: 'Unknown grant or audience' });
    else if (field('password') !== API_KEY || field('client_secret') !== API_KEY)
      response.status(403).json({ error: 'invalid_grant', error_description: 'Wrong email or password.' });
    else response.json({ access_token: await createToken(world), expires_in: TOKEN_LIFE, token_type: 'Bearer' });
  };
}

function createToken(world: World): Promise<string> {
  const issuedAt = Math.floor(world.now());
  return new SignJWT({ scope: 'jobs:read' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + TOKEN_LIFE)
    .sign(SIGNING_KEY);
}

function requireToken(world: World): RequestHandler {
  return async (request, response, next) => {
    const token = /^Bearer (.+)$/.exec(request.get('authorization') ?? '')?.[1] ?? '';
    try {
      await jwtVerify(token, SIGNING_KEY, { currentDate: new Date(world.now() * 1000) });
    } catch {
      response.status(401).json({ message: 'The access token is missing, invalid or expired' });
      return;
    }
    next();
  };
}

/** The span that a list is asked for, both ends included. */
interface Window {
  readonly from: UnixSeconds;
  readonly to: UnixSeconds;
}

/** Reads the window that `from` and `to` ask for: two timestamps, or two durations from now (`PT-12H`). Else says what is wrong. */
function toWindow(fromText: unknown, toText: unknown, now: UnixSeconds): Window | string {
  if (typeof fromText !== 'string' || typeof toText !== 'string') return 'Missing query parameter: from and to';
  const read = fromText.startsWith('P') ? (text: string) => fromNow(text, now) : parseTimestamp;
  const from = read(fromText);
  const to = read(toText);
  if (from === null || to === null) return 'from and to must both be ISO8601 timestamps or both be ISO8601 durations';
  if (to < from) return 'to must not be before from';
  if (between(from, to) > LONGEST_WINDOW) return 'The time window cannot exceed 96 hours';
  if (from < before(now, HISTORY)) return 'The time window cannot start earlier than 1 week ago';
  return { from, to };
}

function fromNow(text: string, now: UnixSeconds): UnixSeconds | null {
  const duration = parseIsoDuration(text.replaceAll('-', ''));
  if (duration === null) return null;
  return text.includes('-') ? before(now, duration) : after(now, duration);
}

/** Lists runs with an event in the window, after the trim, in no meaningful order. */
function listRuns(world: World, window: Window): readonly WorldRun[] {
  const events = world
    .runs({ vendor: VENDOR, ...window })
    .flatMap((run) => eventsOf(run).map((at) => ({ run, at })))
    .filter(({ at }) => at >= window.from && at <= window.to)
    .sort((a, b) => a.at - b.at)
    .slice(-EVENT_LIMIT);
  const runs = [...new Map(events.map(({ run }) => [run.id, run])).values()];
  return runs.sort((a, b) => world.random(`order:${a.id}`) - world.random(`order:${b.id}`));
}

/** The times at which the run or one of its steps changed its state. */
function eventsOf(run: WorldRun): readonly UnixSeconds[] {
  const ofSteps = run.steps.flatMap(({ startedAt, duration }) => [
    startedAt,
    startedAt !== null && duration !== null ? after(startedAt, duration) : null,
  ]);
  return [run.createdAt, run.startedAt, run.endedAt, ...ofSteps].filter((at) => at !== null);
}

function findRun(world: World, runId: string): WorldRun | null {
  const id = runId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const run = world.run(VENDOR, id);
  return run === null || (run.endedAt !== null && run.endedAt < before(world.now(), HISTORY)) ? null : run;
}

function toWire(run: WorldRun, world: World): object {
  const isNoOp = run.phase === 'success' && world.random(`no-op:${run.id}`) < 0.03;
  return {
    runId: run.id.replaceAll('-', ''),
    jobId: run.job.id,
    jobName: run.job.name,
    environment: run.job.workspace,
    state: isNoOp ? 'SUCCEEDED_NO_OP' : STATE_BY_PHASE[run.phase],
    ...(run.startedAt !== null && {
      startTime: new Date(run.startedAt * 1000).toISOString(),
      duration: toIsoDuration(between(run.startedAt, run.endedAt ?? world.now())),
    }),
    ...(run.phase === 'failure' && { failureReason: 'A step returned a non-zero exit code' }),
    jobVersion: '1-0-2',
    schedule: null,
  };
}

function toWireStep({ name, dependencies, startedAt, result, duration }: WorldStep, world: World): object {
  const phase = result ?? (startedAt === null ? 'pending' : 'executing');
  const isNoOp = result === 'success' && world.random(`no-op:${name}`) < 0.1;
  return {
    name,
    state: isNoOp ? 'SUCCEEDED_NO_OP' : STATE_BY_PHASE[phase],
    dependencies,
    ...(startedAt !== null && { duration: toIsoDuration(duration ?? between(startedAt, world.now())) }),
  };
}

/**
 * `PT16.123456S`, `P1DT3600.5S`: days and seconds, as the Rust library prints it that Factotum uses; to the microsecond.
 * @see snowplow-archive/factotum at 03b7a6b, `src/factotum/webhook/jobupdate/mod.rs` (read 2026-11-28)
 */
function toIsoDuration(duration: Seconds): string {
  const days = Math.floor(duration / DAY);
  const rest = Number((duration - days * DAY).toFixed(6));
  if (days === 0) return `PT${rest}S`;
  return `P${days}D${rest === 0 ? '' : `T${rest}S`}`;
}

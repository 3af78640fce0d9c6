/** The control server's routes: the truth, the world, its configuration, requests, faults and clock. */
import { type ErrorRequestHandler, json, Router } from 'express';
import { stringify } from 'yaml';
import { z } from 'zod';
import { duration } from '../config/settings.ts';
import { formatTimestamp, parseTimestamp, type UnixSeconds, unixSeconds } from '../model/time.ts';
import type { ControlledClock } from './controlled-clock.ts';
import type { RequestCounter } from './count-requests.ts';
import type { FaultInput } from './fault.ts';
import type { Faults } from './faults.ts';
import { createOtlpReceiver } from './otlp-receiver.ts';
import type { World } from './world.ts';

export interface ControlOptions {
  readonly world: World;
  readonly vendors: readonly string[];
  readonly faults: Faults;
  readonly requests: RequestCounter;
  /** A whole configuration of the exporter that reads the simulators. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Absent where the world's clock takes no commands. */
  readonly clock?: ControlledClock;
}

/** An instant as seconds or as a timestamp. */
const instant = z.string().transform((text, context): UnixSeconds => {
  const parsed = /^\d+(?:\.\d+)?$/.test(text) ? unixSeconds(Number(text)) : parseTimestamp(text);
  if (parsed !== null) return parsed;
  context.addIssue({ code: 'custom', message: 'expected a time such as 2026-11-22T09:00:00Z or seconds since 1970' });
  return z.NEVER;
});
const TruthParameters = z.strictObject({
  vendor: z.string().optional(),
  from: instant.optional(),
  to: instant.optional(),
});
const ClockCommand = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('freeze') }),
  z.strictObject({ action: z.literal('resume') }),
  z.strictObject({ action: z.literal('advance'), by: duration }),
]);

/** Routes for people, tests and alert drills; see README.md beside this file. Bad input is answered with 400 and the problem. */
export function createControlRouter({ world, vendors, faults, requests, config, clock }: ControlOptions): Router {
  const router = Router();
  const showClock = (): object => ({
    now: world.now(),
    time: formatTimestamp(world.now()),
    frozen: clock?.isFrozen ?? false,
  });
  // Before bodies are read as commands: pushes are larger than any command.
  router.use(createOtlpReceiver());
  router.use(json());

  router.get('/truth', (request, response) => {
    const { vendor, from = world.since, to = world.now() } = TruthParameters.parse(request.query);
    response.json(world.truth({ from, to, ...(vendor !== undefined && { vendor }) }));
  });

  router.get('/world', (_request, response) => {
    const jobs = vendors.flatMap((vendor) => world.jobs(vendor));
    response.json({ ...showClock(), since: world.since, jobs });
  });

  router
    .route('/faults')
    .get((_request, response) => {
      response.json(faults.list());
    })
    .post((request, response) => {
      // `add` checks it; the answer has the defaults filled in.
      response.status(201).json(faults.add(request.body as FaultInput));
    })
    .delete((_request, response) => {
      faults.remove();
      response.status(204).end();
    });
  router.delete('/faults/:id', (request, response) => {
    const isThere = faults.list().some(({ id }) => id === request.params.id);
    faults.remove(request.params.id);
    response.status(isThere ? 204 : 404).end();
  });

  router.get('/config', (request, response) => {
    if (request.accepts(['yaml', 'json']) === 'json') response.json(config);
    else response.type('yaml').send(stringify(config));
  });

  router
    .route('/requests')
    .get((_request, response) => {
      response.json(requests.counts());
    })
    .delete((_request, response) => {
      requests.reset();
      response.status(204).end();
    });

  router
    .route('/clock')
    .get((_request, response) => {
      response.json(showClock());
    })
    .post((request, response) => {
      const command = ClockCommand.parse(request.body);
      if (clock === undefined) {
        response.status(409).json({ message: 'The clock of this world takes no commands' });
        return;
      }
      if (command.action === 'advance') clock.advance(command.by);
      else clock[command.action]();
      response.json(showClock());
    });

  router.use(answerBadInput);
  return router;
}

const answerBadInput: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof z.ZodError) response.status(400).json({ message: z.prettifyError(error) });
  else if (error instanceof SyntaxError) response.status(400).json({ message: 'The body is not JSON' });
  else next(error);
};

/** Serves the simulated vendors, each on an origin of its own, and a control server beside them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';
import { createControlRouter } from './control-router.ts';
import type { ControlledClock } from './controlled-clock.ts';
import { createRequestCounter } from './count-requests.ts';
import { createFaults, type Faults } from './faults.ts';
import { loadSimulator } from './load-simulator.ts';
import type { CreateSimulator, World } from './world.ts';

/** A request that a simulator answered; the path comes without its query, which may hold a key. */
interface ServedRequest {
  readonly vendor: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

export interface StartOptions {
  readonly world: World;
  /** Ids of vendors that have a simulator. */
  readonly vendors: readonly string[];
  /** By vendor id, and `control`; what is left out gets any free port. */
  readonly ports?: Readonly<Record<string, number>>;
  /** Default 127.0.0.1; the simulators protect nothing. */
  readonly host?: string;
  /** The world's clock, where `POST /clock` may command it. */
  readonly clock?: ControlledClock;
  /** Called for every request that a simulator answered. */
  readonly log?: (request: ServedRequest) => void;
  /** Loads a vendor's simulator; `loadSimulator` unless given. */
  readonly load?: (vendor: string) => Promise<CreateSimulator>;
}

export interface RunningSimulators {
  /** By vendor id, e.g. `http://127.0.0.1:41001`. */
  readonly origins: Readonly<Record<string, string>>;
  /** Origin of the control server. */
  readonly control: string;
  /** By target name (`acme-snowplow`): targets of a config file, without their `name`. */
  readonly targets: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The answer to `GET /config` of the control server. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly faults: Faults;
  /** Drops every connection and frees the ports. */
  close(): Promise<void>;
}

/**
 * Starts a server per vendor and the control server.
 * @throws Error when a vendor has no simulator or a port is taken; nothing is left listening then
 */
export async function startSimulators(options: StartOptions): Promise<RunningSimulators> {
  const { world, vendors, ports = {}, host = '127.0.0.1', clock, log, load = loadSimulator } = options;
  const faults = createFaults({ clock: world });
  const requests = createRequestCounter(vendors);
  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(stop));
  };

  async function serve(name: string, handlers: readonly RequestHandler[]): Promise<string> {
    const app = express().disable('x-powered-by').disable('etag');
    app.use(...handlers);
    const server = createServer(app);
    servers.push(server);
    return listen(server, ports[name] ?? 0, host);
  }

  try {
    const origins: Record<string, string> = {};
    const targets: Record<string, Readonly<Record<string, unknown>>> = {};
    for (const vendor of vendors) {
      const simulator = (await load(vendor))(world);
      const origin = await serve(vendor, [
        writeDate(world),
        ...(log === undefined ? [] : [logRequests(vendor, log)]),
        requests.middleware(vendor),
        faults.middleware(vendor),
        simulator.router,
      ]);
      origins[vendor] = origin;
      targets[`acme-${vendor}`] = simulator.target(origin);
    }
    const config = toConfig(targets, world);
    const controlOptions = { world, vendors, faults, requests, config, ...(clock !== undefined && { clock }) };
    const control = await serve('control', [createControlRouter(controlOptions)]);
    return { origins, control, targets, config, faults, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Expects every job to succeed once a day, but for streaming jobs, which have no end to wait for. */
function toConfig(targets: RunningSimulators['targets'], world: World): RunningSimulators['config'] {
  const expectOf = (vendor: string): readonly object[] => {
    const jobs = world.jobs(vendor);
    const batch = jobs.filter(({ streaming }) => !streaming);
    const patterns = batch.length === jobs.length ? ['*'] : batch.map(({ name }) => name);
    return [...new Set(patterns)].map((job) => ({ job, every: '24h', grace: '2h' }));
  };
  return {
    poll_interval: '15s',
    poll_timeout: '10s',
    targets: Object.entries(targets).map(([name, target]) => ({
      name,
      ...target,
      expect: expectOf(String(target['vendor'])),
    })),
  };
}

/** Answers with the world's time in the `Date` header. */
function writeDate(world: World): RequestHandler {
  return (_request, response, next) => {
    response.set('Date', new Date(world.now() * 1000).toUTCString());
    next();
  };
}

function logRequests(vendor: string, log: (request: ServedRequest) => void): RequestHandler {
  return (request, response, next) => {
    const { method, path } = request;
    response.once('finish', () => log({ vendor, method, path, status: response.statusCode }));
    next();
  };
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const { port: bound } = server.address() as AddressInfo;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createFiles } from '../../src/config/files.ts';
import { toJsonSchema } from '../../src/config/json-schema.ts';
import { readSecrets } from '../../src/config/read-secrets.ts';
import type { CreateSimulator, World } from '../../src/simulator/world.ts';
import { VENDORS } from '../../src/vendors/registry.ts';

export interface RunningSimulator extends AsyncDisposable {
  readonly origin: string;
  /** The vendor's own keys of a target that reads it, secrets wrapped as the configuration wraps them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** `200 GET /api/jobs/?page=2` for every answer so far. */
  readonly answered: readonly string[];
}

/** Serves one vendor's simulator on loopback. Ends with every connection when disposed. */
export async function startSimulator(createSimulator: CreateSimulator, world: World): Promise<RunningSimulator> {
  const answered: string[] = [];
  const simulator = createSimulator(world);
  const app = express();
  app.use((request, response, next) => {
    response.set('Date', new Date(world.now() * 1000).toUTCString());
    response.on('finish', () => answered.push(`${response.statusCode} ${request.method} ${request.originalUrl}`));
    next();
  });
  app.use(simulator.router);
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { vendor: id, ...target } = simulator.target(origin);
  const shape = VENDORS.find((vendor) => vendor.id === id)!.settings;
  const { value } = readSecrets(target, toJsonSchema(shape), [], { env: {}, files: createFiles(), folder: '.' });
  return {
    origin,
    settings: value as Readonly<Record<string, unknown>>,
    answered,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The engine over a vendor's own client, whose server a test writes. */
import type { Vendor } from '../../src/vendors/vendor.ts';
import { aTarget } from './builders.ts';
import { json, type Seen, startServer } from './http/start-server.ts';
import { startEngine, type TestEngine } from './start-engine.ts';

export interface StartWireOptions {
  readonly vendor: Vendor;
  /** The vendor's own keys of a target, secrets wrapped, for a server at this origin. */
  readonly settings: (origin: string) => object;
  /** The body of an answer; undefined: there is nothing, 404. */
  readonly answer: (request: Seen) => unknown;
  readonly stateMap?: NonNullable<Parameters<typeof aTarget>[0]>['stateMap'];
}

export interface WireEngine extends TestEngine {
  /** All requests so far. */
  readonly seen: readonly Seen[];
}

/** Starts `acme` at a server that answers as the test says, and whose clock is that of the test. */
export async function startWire(options: StartWireOptions): Promise<WireEngine> {
  const { vendor, settings, answer, stateMap = {} } = options;
  const running: { exporter?: TestEngine } = {};
  const server = await startServer((response, request) => {
    const body = answer(request);
    const date = new Date((running.exporter?.clock.now() ?? 0) * 1000).toUTCString();
    json(body ?? {}, body === undefined ? 404 : 200, { date })(response, request);
  });
  const parsed = vendor.settings.parse(settings(server.url.origin)) as Readonly<Record<string, unknown>>;
  const target = aTarget({ vendor: vendor.id, stateMap, settings: { ...parsed, base_url: server.url } });
  const exporter = await startEngine({ vendor, config: { targets: [target] } });
  running.exporter = exporter;
  return Object.assign(exporter, { seen: server.seen });
}

import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Seconds } from '../model/time.ts';

/** An address to listen on for HTTP. */
export interface ListenAddress {
  /** A name or an address without brackets; null: every address of the machine. */
  readonly host: string | null;
  /** 0: a free one. */
  readonly port: number;
}

export interface WebServer {
  /** The addresses that it listens on, in the order asked for, with the ports that the system gave. */
  readonly addresses: readonly ListenAddress[];
  /** Takes no more connections, ends idle ones at once and all others at the deadline. */
  close(deadline: Seconds): Promise<void>;
}

export interface WebServerOptions {
  readonly app: RequestListener;
  readonly addresses: readonly ListenAddress[];
}

const NO_SUCH_ADDRESS = 'no interface of this machine has that address';
const UNRESOLVED = 'that name does not resolve here';
const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something listens there already',
  EADDRNOTAVAIL: NO_SUCH_ADDRESS,
  EINVAL: NO_SUCH_ADDRESS,
  ENOTFOUND: UNRESOLVED,
  EAI_AGAIN: UNRESOLVED,
  EACCES: 'a port below 1024 needs privileges',
};

/** An address cannot be listened on. The message is one line: the address, the cause and the remedy. */
export class ListenError extends Error {
  /** The system's: `EADDRINUSE`, `ENOTFOUND`; empty where it gave none. */
  readonly code: string;

  constructor(cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const reason = cause instanceof Error ? cause.message : String(cause);
    const advice = ADVICE[code] ?? 'that address cannot be had';
    super(`cannot listen: ${reason}; ${advice}: name another with --web.listen-address`, { cause });
    this.name = 'ListenError';
    this.code = code;
  }
}

/** Longest time to send a request's headers, and a whole request: none here has a body worth waiting for. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than a usual scrape interval of 60 s, so that Prometheus keeps its connection. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** A connection without traffic for so long is closed, also in the middle of an answer. */
const SOCKET_TIMEOUT_MS = 120_000;

/**
 * Starts listening on every address.
 *
 * @throws ListenError if one is not available; the others are then closed again.
 */
export async function startWeb({ app, addresses }: WebServerOptions): Promise<WebServer> {
  const servers: Server[] = [];
  try {
    for (const address of addresses) servers.push(await listen(app, address));
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  return {
    addresses: servers.map((server, index) => ({
      host: addresses[index]?.host ?? null,
      port: (server.address() as AddressInfo).port,
    })),
    async close(deadline) {
      await Promise.all(servers.map((server) => close(server, deadline)));
    },
  };
}

async function listen(app: RequestListener, { host, port }: ListenAddress): Promise<Server> {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
    app,
  );
  server.setTimeout(SOCKET_TIMEOUT_MS);
  // Once closing, a kept connection ends as soon as its answer is out.
  server.on('request', (_request, response) => {
    response.once('close', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
  });
  server.listen({ port, ...(host !== null && { host }) });
  // Rejects with the system's error if there is one before.
  await once(server, 'listening').catch((error: unknown) => {
    throw new ListenError(error);
  });
  return server;
}

async function close(server: Server, deadline: Seconds): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), deadline * 1000);
  await closed;
  clearTimeout(timer);
}

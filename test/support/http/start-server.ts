import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createRawServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request to a test's server. */
export interface Seen {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface TestServer {
  readonly url: URL;
  /** In order of arrival. */
  readonly seen: readonly Seen[];
}

/** Answers one request to a test's server. */
export type TestAnswer = (response: ServerResponse, seen: Seen) => void;

/** Starts a loopback server for one test. It gives the first answer to the first request, and so on; the last one stays. */
export async function startServer(...answers: readonly TestAnswer[]): Promise<TestServer> {
  const seen: Seen[] = [];
  const url = await listen(createServer(record(answers, seen)), 'http');
  return { url, seen };
}

/** As `startServer`, over TLS with the given certificate. */
export async function startTlsServer(tls: { key: string; cert: string }, answer: TestAnswer): Promise<TestServer> {
  const seen: Seen[] = [];
  const url = await listen(createTlsServer(tls, record([answer], seen)), 'https');
  return { url, seen };
}

function record(answers: readonly TestAnswer[], seen: Seen[]): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one: Seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
      // The machine's time is not that of the test's clock.
      response.sendDate = false;
      const answer = answers[Math.min(seen.push(one), answers.length) - 1];
      answer?.(response, one);
    });
  };
}

async function listen(server: Server, scheme: 'http' | 'https'): Promise<URL> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return new URL(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

/** Starts a loopback server for one test that speaks whatever `greet` speaks. */
export async function startRawServer(
  greet: (socket: Socket) => void,
): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createRawServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    greet(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  onTestFinished(close);
  return { port, close };
}

/** An answer of JSON. */
export function json(body: unknown, code = 200, headers: Readonly<Record<string, string>> = {}): TestAnswer {
  return (response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** An answer of a status and no JSON. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}, body = ''): TestAnswer {
  return (response) => {
    response.writeHead(code, headers).end(body);
  };
}

/** No answer at all: the request stays open. */
export function hang(): void {}

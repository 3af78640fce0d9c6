import { createServer, type IncomingMessage, request } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

interface TestProxy {
  readonly url: URL;
  /** Requests so far, in order: `CONNECT acme.example:443`, `GET http://acme.example/jobs`. */
  readonly asked: readonly string[];
  /** `Proxy-Authorization` of each request. */
  readonly credentials: readonly (string | undefined)[];
}

interface ProxyOptions {
  /** The server that all requests are passed on to, whatever they ask for. */
  readonly target: URL;
  /** Status that it answers with instead of passing requests on; null: no answer at all. Absent: it passes on. */
  readonly refusal?: number | null;
}

/** Starts a loopback proxy for one test, for plain requests and for tunnels. */
export async function startProxy({ target, refusal }: ProxyOptions): Promise<TestProxy> {
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const record = ({ method, url, headers }: IncomingMessage): void => {
    asked.push(`${method} ${url}`);
    credentials.push(headers['proxy-authorization']);
  };
  const server = createServer((incoming, response) => {
    record(incoming);
    if (refusal === null) return;
    if (refusal !== undefined) {
      response.writeHead(refusal).end();
      return;
    }
    const { method, headers } = incoming;
    const path = new URL(incoming.url ?? '').pathname;
    const passed = request(new URL(path, target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(passed);
  });
  server.on('connect', (incoming: IncomingMessage, socket) => {
    record(incoming);
    socket.on('error', () => {});
    if (refusal === null) return;
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
      return;
    }
    const passed = connect(Number(target.port), target.hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      passed.pipe(socket);
      socket.pipe(passed);
    });
    passed.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), asked, credentials };
}

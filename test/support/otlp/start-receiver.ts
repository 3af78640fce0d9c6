import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type Metadata, Server, ServerCredentials, type ServiceError, type status as Status } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Unpacked. */
  readonly body: Buffer;
}

export interface Receiver {
  readonly endpoint: string;
  /** In order of arrival. */
  readonly received: readonly ReceivedRequest[];
}

export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
  /** Who must have signed the client's certificate; absent: nobody is asked for one. */
  readonly clientAuthority?: string;
}

type Answer = (response: ServerResponse) => void;

/** An answer of an empty message: all was taken. */
export function taken(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
}

/** Starts an OTLP receiver over HTTP for one test. It gives the first answer to the first request, and so on; the last one stays. */
export async function startReceiver(answers: readonly Answer[] = [taken], tls?: TlsIdentity): Promise<Receiver> {
  const received: ReceivedRequest[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', headers } = request;
      const bytes = Buffer.concat(chunks);
      const body = headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      answers[Math.min(received.push({ path, headers, body }), answers.length) - 1]?.(response);
    });
  };
  const { key, cert, clientAuthority } = tls ?? {};
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ key, cert, ca: clientAuthority, requestCert: clientAuthority !== undefined }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, received };
}

export interface GrpcCall {
  readonly metadata: Metadata;
  readonly body: Buffer;
}

/** The answer of a gRPC receiver: a message, with a failure, or (null) not at all. */
export type GrpcAnswer = Buffer | { readonly code: Status; readonly details: string } | null;

/** Starts an OTLP receiver over gRPC for one test. */
export async function startGrpcReceiver(
  answer: GrpcAnswer = Buffer.alloc(0),
  tls?: TlsIdentity,
): Promise<{ readonly endpoint: string; readonly calls: readonly GrpcCall[] }> {
  const calls: GrpcCall[] = [];
  const server = new Server();
  const pass = (bytes: Buffer): Buffer => bytes;
  server.addService(
    {
      export: {
        path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
        requestStream: false,
        responseStream: false,
        requestSerialize: pass,
        requestDeserialize: pass,
        responseSerialize: pass,
        responseDeserialize: pass,
      },
    },
    {
      export: (
        { metadata, request }: { metadata: Metadata; request: Buffer },
        done: (error: Partial<ServiceError> | null, response?: Buffer) => void,
      ) => {
        calls.push({ metadata, body: request });
        if (answer === null) return;
        if (Buffer.isBuffer(answer)) done(null, answer);
        else done(answer);
      },
    },
  );
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(
          tls.clientAuthority === undefined ? null : Buffer.from(tls.clientAuthority),
          [{ private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) }],
          tls.clientAuthority !== undefined,
        );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  onTestFinished(() => server.forceShutdown());
  return { endpoint: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, calls };
}

/** Servers that go wrong, each putting as much of the request into its answer as an unkind one could. */
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { hang, json, type Seen, status } from './http/start-server.ts';
import type { AccountCase } from './vendor-cases.ts';

type Answer = (response: ServerResponse, seen: Seen) => void;

/** Ways in which an API goes wrong. */
export const TROUBLES: Readonly<Record<string, Answer>> = {
  'a 401 that repeats the request': (response, seen) => json({ error: echoOf(seen) }, 401)(response, seen),
  'a 403 that repeats the request': (response, seen) => json({ message: echoOf(seen) }, 403)(response, seen),
  'a 500 that repeats the request': (response, seen) => status(500, {}, echoOf(seen))(response, seen),
  'a page of HTML that repeats the request': (response, seen) =>
    status(200, { 'content-type': 'text/html' }, `<html>${echoOf(seen)}</html>`)(response, seen),
  'JSON of another shape that repeats the request': (response, seen) => json(echoOf(seen))(response, seen),
  'a redirect that repeats the request': (response, seen) =>
    status(302, { location: `http://127.0.0.1:9/login?${new URLSearchParams({ from: echoOf(seen) }).toString()}` })(
      response,
      seen,
    ),
  'an answer that breaks off': (response) =>
    void response.writeHead(200, { 'content-length': '1000' }).write('{', () => response.destroy()),
  'no answer': hang,
};

/** An answer that grants tokens, and leaves every other request to `answer`. */
export function grantTokens({ tokenEndpoint }: AccountCase, answer: Answer): Answer {
  return (response, seen) => {
    const isToken = tokenEndpoint !== null && seen.url.split('?')[0] === tokenEndpoint.path;
    (isToken ? json(tokenEndpoint.answer) : answer)(response, seen);
  };
}

/** The secrets in a text, of the accounts and of `Authorization` headers that were sent; in plain, base64 or a URL. */
export function secretsIn(
  text: string,
  accounts: readonly AccountCase[],
  seen: readonly Seen[] = [],
): readonly string[] {
  const sent = seen.flatMap(({ headers }) => headers.authorization?.split(' ').slice(1) ?? []);
  const secrets = [...accounts.flatMap((account) => account.secrets), ...sent];
  const forms = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    ...[secret, `${secret}:`].map((plain) => Buffer.from(plain).toString('base64').replaceAll('=', '')),
  ]);
  return forms.filter((form) => text.includes(form));
}

/** A port of loopback on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Everything a server saw of a request, in plain. */
function echoOf({ url, headers, body }: Seen): string {
  return JSON.stringify({ url, headers, body });
}

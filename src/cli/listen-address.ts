import type { ListenAddress } from '../web/server.ts';

/**
 * Reads `:10876`, `127.0.0.1:0`, `localhost:9000` or `[::1]:9000`, as Go's exporters take them.
 *
 * @returns null for anything else, the empty text included; never throws.
 */
export function parseListenAddress(text: string): ListenAddress | null {
  const match = /^(?:\[([\da-f:.]+(?:%[\w.-]+)?)\]|([\w.-]*)):(\d{1,5})$/i.exec(text);
  if (match === null) return null;
  const [, bracketed, name = '', digits] = match;
  const port = Number(digits);
  if (port > 65_535) return null;
  return { host: bracketed ?? (name === '' ? null : name), port };
}

/** Writes an address as `parseListenAddress` reads it: `:10876`, `[::1]:9000`. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return `${host === null ? '' : host.includes(':') ? `[${host}]` : host}:${port}`;
}

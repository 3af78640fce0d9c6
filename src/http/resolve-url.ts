import { VendorError } from './errors.ts';
import type { HttpRequest } from './http-client.ts';

const ABSOLUTE = /^(?:[a-z][a-z\d+.-]*:)?\/\//i;

/**
 * The URL of a request: the base's origin and path prefix, then `path` with its trailing slash or without as given,
 * then the query. `https://acme.example/prefix` and `jobs/` give `https://acme.example/prefix/jobs/`.
 *
 * An absolute `path`, which is a link from an answer, is taken as it is if its origin is the base's.
 *
 * @throws VendorError (reason `schema`) for a link to another origin, as the credentials belong to the base's, and for
 *   a path that climbs out of the base's prefix, which an id from an answer could make it do.
 */
export function resolveUrl(
  base: URL,
  { operation, path, query }: Pick<HttpRequest, 'operation' | 'path' | 'query'>,
): URL {
  const url = ABSOLUTE.test(path) ? parseLink(base, path, operation) : appendPath(base, path, operation);
  for (const [name, value] of Object.entries(query ?? {}))
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one));
  return url;
}

function parseLink(base: URL, link: string, operation: string): URL {
  const url = URL.parse(link, base.href);
  if (url !== null && url.origin === base.origin) {
    url.username = '';
    url.password = '';
    return url;
  }
  const target = url === null || url.origin === 'null' ? 'no readable address' : url.origin;
  throw new VendorError(
    `${base.origin} answered with a link to ${target}, which is not followed as the credentials are for ` +
      `${base.origin} alone (operation ${operation})`,
    { reason: 'schema' },
  );
}

function appendPath(base: URL, path: string, operation: string): URL {
  const prefix = base.pathname.replace(/\/+$/, '');
  const url = URL.parse(`${base.origin}${prefix}/${path.replace(/^\/+/, '')}`);
  if (url?.origin === base.origin && url.pathname.startsWith(`${prefix}/`) && !hasDotSegment(path)) return url;
  throw new VendorError(`${base.origin}${prefix}/ was asked for a path outside of it (operation ${operation})`, {
    reason: 'schema',
  });
}

/** `..` in any spelling that a URL parser resolves; each is somebody's id, never a path of ours. */
function hasDotSegment(path: string): boolean {
  return /(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\?#]|$)/i.test(path);
}

import { VendorError } from './errors.ts';
import type { LinkTarget, PathTarget } from './http-client.ts';

/** Longest origin that is shown: a host name has at most 253 characters. */
const MAX_ORIGIN_CHARACTERS = 270;

/** Forms of a slash that a server may accept. */
const SEPARATOR = String.raw`(?:[/\\]|%2f|%5c)`;
const DOT_SEGMENT = new RegExp(`(?:^|${SEPARATOR})(?:\\.|%2e){1,2}(?:${SEPARATOR}|[?#;]|%3b|$)`, 'i');

/**
 * The URL of a request: the base's origin and path prefix, then `path` with its trailing slash or without as given,
 * then the query. `https://acme.example/prefix` and `jobs/` give `https://acme.example/prefix/jobs/`.
 *
 * @throws VendorError (reason `schema`) for a path that climbs out of the base's prefix, which an id from an answer
 *   could make it do.
 */
export function resolvePath(
  base: URL,
  { operation, path, query }: Pick<PathTarget, 'path'> & { operation: string; query: PathTarget['query'] | undefined },
): URL {
  const prefix = prefixOf(base);
  const url = URL.parse(`${base.origin}${prefix}${path.replace(/^\/+/, '')}`);
  if (url?.origin !== base.origin || !url.pathname.startsWith(prefix) || DOT_SEGMENT.test(path)) {
    throw new VendorError(`${base.origin}${prefix} was asked for a path outside of it (operation ${operation})`, {
      reason: 'schema',
    });
  }
  for (const [name, value] of Object.entries(query ?? {}))
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one));
  return url;
}

interface FollowedLink {
  /** The URL to request. */
  readonly url: URL;
  /** The origin that the link names; null: the base's. */
  readonly movedFrom: string | null;
}

/**
 * The URL of a link from an answer, resolved as a reference of the request that gave it. Only its path and query count:
 * the credentials belong to the base's origin, so that is asked, whatever host, scheme or port the link names (behind
 * a gateway a vendor may know itself by another name). A path is accepted too that lacks the front part of the
 * request's own, as a gateway takes it off.
 *
 * @throws VendorError (reason `schema`) for a link that leads out of the base's path prefix, or that cannot be read
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-5 (read 2026-11-28)
 */
export function resolveLink(base: URL, { href, from }: LinkTarget['link'], operation: string): FollowedLink {
  const linked = URL.parse(href, from.href);
  if (linked === null || !/^https?:$/.test(linked.protocol)) {
    throw refusal(base, 'a link that is no web address; the API may have changed', operation);
  }
  const prefix = prefixOf(base);
  const { origin, pathname, search } = linked;
  const path = !pathname.startsWith(prefix) && from.pathname.endsWith(pathname) ? from.pathname : pathname;
  // The parser has resolved plain dots by now: those that are left are there to get past it.
  if (!path.startsWith(prefix) || DOT_SEGMENT.test(path)) {
    throw refusal(base, `a link out of ${base.origin}${prefix}, which is not followed; check base_url`, operation);
  }
  const url = new URL(base.origin);
  url.pathname = path;
  url.search = search;
  return { url, movedFrom: origin === base.origin ? null : origin.slice(0, MAX_ORIGIN_CHARACTERS) };
}

/** The base's path with a slash at its end. */
function prefixOf({ pathname }: URL): string {
  return `${pathname.replace(/\/+$/, '')}/`;
}

/** The error of a link that is not followed. It does not quote the link, which may hold any text. */
function refusal(base: URL, what: string, operation: string): VendorError {
  return new VendorError(`${base.origin} answered with ${what} (operation ${operation})`, { reason: 'schema' });
}

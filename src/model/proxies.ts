/** The proxies that the environment names, and which requests go through them. */

/** A proxy, by the variable that names it. */
export interface Proxy {
  /** As it is spelled in the environment: `HTTPS_PROXY`, `https_proxy`. */
  readonly variable: string;
  /** May hold user name and password: never shown whole. */
  readonly url: URL;
}

export interface Proxies {
  /** For `http://`; null: none. */
  readonly http: Proxy | null;
  /** For `https://`; null: none. */
  readonly https: Proxy | null;
  /** Hosts that are asked without a proxy, separated by commas or spaces; empty: none. */
  readonly except: string;
}

export const NO_PROXIES: Proxies = { http: null, https: null, except: '' };

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/**
 * Returns the proxy that a request to an address goes through; null: none. An exception is a host, which stands for its
 * subdomains too (`acme.example`, `.acme.example`), `*.acme.example` for the subdomains alone, or `*` for all; each may
 * have a port. Loopback has no rule of its own.
 *
 * @see https://github.com/nodejs/undici/blob/main/docs/docs/api/EnvHttpProxyAgent.md, whose rule this is (read
 *   2026-11-30)
 */
export function proxyFor({ protocol, hostname, port }: URL, proxies: Proxies): Proxy | null {
  const proxy = protocol === 'https:' ? proxies.https : proxies.http;
  if (proxy === null) return null;
  const host = toHost(hostname);
  const asked = port || DEFAULT_PORTS[protocol];
  const isExcepted = proxies.except.split(/[,\s]+/).some((entry) => {
    const [, name = '', entryPort] = /^(\[.+\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
    if (name === '' || (entryPort !== undefined && entryPort !== asked)) return false;
    const domain = toHost(name.replace(/^\*?\./, ''));
    return name === '*' || (!name.startsWith('*') && host === domain) || host.endsWith(`.${domain}`);
  });
  return isExcepted ? null : proxy;
}

/**
 * A note on proxies for the error of a host that cannot be reached: `; HTTPS_PROXY is set: the way goes through
 * proxy.example:3128, so …`. Empty where the environment names none.
 */
export function describeProxy(url: URL, proxies: Proxies): string {
  const proxy = proxyFor(url, proxies);
  if (proxy !== null)
    return `; ${proxy.variable} is set: the way goes through ${proxy.url.host}, so check that proxy and NO_PROXY as well`;
  const unused = proxies.https ?? proxies.http;
  return unused === null ? '' : `; ${unused.variable} is set, but is not for this host`;
}

/** A host name or address without brackets or a final dot, in lower case. */
function toHost(name: string): string {
  return name
    .replace(/^\[(.+)\]$/, '$1')
    .replace(/(.)\.$/, '$1')
    .toLowerCase();
}

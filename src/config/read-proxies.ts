/** Reads the environment's proxies: `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`, each in lower case first. */
import type { Proxies, Proxy } from '../model/proxies.ts';
import type { ConfigProblem } from './config.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxies that the variables name, and the problems with them. No problem shows a value, which may hold a password. */
export interface ReadProxies {
  readonly proxies: Proxies;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads the variables as undici does: the one in lower case wins, also where it is empty, which means none; and
 * `HTTP_PROXY` stands in for a missing `HTTPS_PROXY`. A proxy without scheme (`proxy.example:3128`) is taken for
 * `http://`.
 */
export function readProxies(env: Environment): ReadProxies {
  const problems: ConfigProblem[] = [];
  const read = (name: string): Proxy | null => {
    const found = find(env, name);
    if (found === null) return null;
    const url = parseProxy(found.value);
    if (url !== null) return { variable: found.variable, url };
    const message = 'expected the address of a proxy, http://host:port or https://host:port, or nothing';
    problems.push({ place: found.variable, message });
    return null;
  };
  const http = read('http_proxy');
  const https = read('https_proxy') ?? http;
  return { proxies: { http, https, except: find(env, 'no_proxy')?.value ?? '' }, problems };
}

function find(env: Environment, name: string): { readonly variable: string; readonly value: string } | null {
  const variable = env[name] === undefined ? name.toUpperCase() : name;
  const value = env[variable]?.trim() ?? '';
  return value === '' ? null : { variable, value };
}

function parseProxy(text: string): URL | null {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  try {
    // The HTTP client decodes them later: what cannot be decoded is refused here.
    decodeURIComponent(url.username + url.password);
    return url;
  } catch {
    return null;
  }
}

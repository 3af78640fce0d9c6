import { type Proxies, proxyFor } from '../model/proxies.ts';

/**
 * What to say of proxies where a host cannot be reached: `; HTTPS_PROXY is set: the way goes through
 * proxy.example:3128, so …`. Empty where the environment names none.
 */
export function proxyHint(url: URL, proxies: Proxies): string {
  const proxy = proxyFor(url, proxies);
  if (proxy !== null)
    return `; ${proxy.variable} is set: the way goes through ${proxy.url.host}, so check that proxy and NO_PROXY as well`;
  const unused = proxies.https ?? proxies.http;
  return unused === null ? '' : `; ${unused.variable} is set, but is not for this host`;
}

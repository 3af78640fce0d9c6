const LOOPBACK_NAME = /^(?:.+\.)?localhost\.?$/;
const LOOPBACK_ADDRESS = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/;

/** True if a URL's host is this machine by its form: `localhost`, `*.localhost`, `127.0.0.0/8` or `[::1]`. Asks no DNS. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK_NAME.test(url.hostname) || LOOPBACK_ADDRESS.test(url.hostname);
}

/**
 * Says why credentials must not be sent to a URL, and what to do: they would cross the network unencrypted. Null where
 * they may be sent.
 *
 * @see spec section 4: plain http to a vendor is refused, loopback aside, unless the target allows it
 */
export function refuseInsecure(url: URL): string | null {
  if (url.protocol !== 'http:' || isLoopback(url)) return null;
  return `plain http to ${url.host} would send the credentials unencrypted; use https, or say allow_insecure: true`;
}

import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';

const FORWARDING_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];
const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/**
 * True if a request was made on this machine, for this machine: over loopback, not passed on by a proxy that runs here,
 * and not by a web page whose name was pointed at loopback (its `Host` is then another).
 */
export function isLocalRequest(request: IncomingMessage): boolean {
  return (
    isLoopback(request.socket.remoteAddress ?? '') &&
    LOCAL_HOST.test(request.headers.host ?? '') &&
    FORWARDING_HEADERS.every((name) => request.headers[name] === undefined)
  );
}

function isLoopback(address: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return address !== '' && loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

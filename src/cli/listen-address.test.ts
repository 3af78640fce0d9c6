import { describe, expect, it } from 'vitest';
import { formatListenAddress, parseListenAddress } from './listen-address.ts';

describe('parseListenAddress', () => {
  it.each([
    [':10876', { host: null, port: 10_876 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['localhost:9000', { host: 'localhost', port: 9000 }],
    ['exporter-1.example.com:65535', { host: 'exporter-1.example.com', port: 65_535 }],
    ['[::1]:9000', { host: '::1', port: 9000 }],
    ['[fe80::1%eth0]:9000', { host: 'fe80::1%eth0', port: 9000 }],
  ])('reads %s, and writes it the same', (text, address) => {
    const parsed = parseListenAddress(text);

    expect(parsed).toEqual(address);
    expect(formatListenAddress(parsed!)).toBe(text);
  });

  it.each(['', '10876', 'localhost', ':', ':65536', ':-1', '::1:9000', '[::1]', 'a b:1', 'http://x:1', ':1/metrics'])(
    'refuses "%s"',
    (text) => {
      expect(parseListenAddress(text)).toBeNull();
    },
  );
});

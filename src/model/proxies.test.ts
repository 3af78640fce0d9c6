import { expect, test } from 'vitest';
import { NO_PROXIES, type Proxies, proxyFor } from './proxies.ts';

const HTTP = { variable: 'HTTP_PROXY', url: new URL('http://proxy.example:3128') };
const HTTPS = { variable: 'HTTPS_PROXY', url: new URL('http://proxy.example:3129') };
const BOTH: Proxies = { http: HTTP, https: HTTPS, except: '' };

test('takes the proxy of the scheme', () => {
  expect(proxyFor(new URL('http://acme.example/'), BOTH)).toBe(HTTP);
  expect(proxyFor(new URL('https://acme.example/'), BOTH)).toBe(HTTPS);
  expect(proxyFor(new URL('https://acme.example/'), NO_PROXIES)).toBeNull();
});

test.each([
  ['acme.example', 'https://acme.example/', false],
  ['acme.example', 'https://api.acme.example/', false],
  ['acme.example', 'https://ACME.example./', false],
  ['acme.example', 'https://notacme.example/', true],
  ['.acme.example', 'https://api.acme.example/', false],
  ['.acme.example', 'https://acme.example/', false],
  ['*.acme.example', 'https://api.acme.example/', false],
  ['*.acme.example', 'https://acme.example/', true],
  ['*', 'https://acme.example/', false],
  ['*:8443', 'https://acme.example/', true],
  ['acme.example:443', 'https://acme.example/', false],
  ['acme.example:443', 'http://acme.example/', true],
  ['acme.example:8443', 'https://acme.example:8443/', false],
  ['one.example two.example,,acme.example', 'https://acme.example/', false],
  ['127.0.0.1', 'http://127.0.0.1:9000/', false],
  ['localhost', 'http://127.0.0.1:9000/', true],
  ['::1', 'http://[::1]:9000/', false],
  ['[::1]', 'http://[::1]:9000/', false],
  ['[::1]:9000', 'http://[::1]:9000/', false],
  ['[::1]:9000', 'http://[::1]/', true],
  ['', 'https://acme.example/', true],
])('where NO_PROXY is %j, asks %s by a proxy: %j', (except, url, expected) => {
  expect(proxyFor(new URL(url), { ...BOTH, except }) !== null).toBe(expected);
});

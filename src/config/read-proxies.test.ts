import { expect, test } from 'vitest';
import { NO_PROXIES } from '../model/proxies.ts';
import { readProxies } from './read-proxies.ts';

test('reads the variables in upper and lower case, and lets the lower case win', () => {
  const { proxies, problems } = readProxies({
    HTTP_PROXY: 'http://upper.example:1',
    http_proxy: 'http://lower.example:2',
    HTTPS_PROXY: 'https://user:pass@secure.example',
    NO_PROXY: 'acme.example',
  });

  expect(problems).toEqual([]);
  expect(proxies).toEqual({
    http: { variable: 'http_proxy', url: new URL('http://lower.example:2') },
    https: { variable: 'HTTPS_PROXY', url: new URL('https://user:pass@secure.example') },
    except: 'acme.example',
  });
});

test('lets an empty variable in lower case switch a proxy off', () => {
  expect(readProxies({ HTTP_PROXY: 'http://proxy.example:1', http_proxy: '' }).proxies).toEqual(NO_PROXIES);
});

test('takes HTTP_PROXY for https as well where HTTPS_PROXY is missing', () => {
  const { http, https } = readProxies({ HTTP_PROXY: 'proxy.example:3128' }).proxies;

  expect(http).toEqual({ variable: 'HTTP_PROXY', url: new URL('http://proxy.example:3128') });
  expect(https).toBe(http);
});

test.each(['http://', 'http://[proxy', 'socks5://proxy.example:1080', 'http://u:%zzs3cret@proxy.example', 'a b'])(
  'names a variable that cannot be a proxy, and not its value: %s',
  (value) => {
    const { proxies, problems } = readProxies({ https_proxy: value });

    expect(proxies).toEqual(NO_PROXIES);
    expect(problems).toEqual([
      {
        place: 'https_proxy',
        message: 'expected the address of a proxy, http://host:port or https://host:port, or nothing',
      },
    ]);
  },
);

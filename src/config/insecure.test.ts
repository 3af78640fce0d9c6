import { expect, test } from 'vitest';
import { isLoopback, refuseInsecure } from './insecure.ts';

test.each([
  ['http://localhost:8080', true],
  ['http://api.localhost', true],
  ['http://127.0.0.1', true],
  ['http://127.1', true],
  ['http://127.255.0.3', true],
  ['http://[::1]:80', true],
  ['http://[::ffff:127.0.0.1]', true],
  ['http://localhost.example.com', false],
  ['http://127.0.0.1.example.com', false],
  ['http://mylocalhost', false],
  ['http://10.0.0.1', false],
  ['http://[::2]', false],
])('knows whether %s is this machine', (url, expected) => {
  expect(isLoopback(new URL(url))).toBe(expected);
});

test('refuses plain http to another machine', () => {
  const vendor = new URL('http://acme.example/api?token=s3cret');

  expect(refuseInsecure(vendor)).toBe(
    'plain http to acme.example would send the credentials unencrypted; use https, or say allow_insecure: true',
  );
  expect(refuseInsecure(new URL('https://acme.example'))).toBeNull();
  expect(refuseInsecure(new URL('http://127.0.0.1:1'))).toBeNull();
});

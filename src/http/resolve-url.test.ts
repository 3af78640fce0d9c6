import { expect, test } from 'vitest';
import { resolveLink, resolvePath } from './resolve-url.ts';

const BASE = new URL('https://acme.example/api/v1');

function resolve(path: string, query = {}, base = BASE): string {
  return resolvePath(base, { operation: 'list', path, query }).href;
}

test.each([
  ['jobs', 'https://acme.example/api/v1/jobs'],
  ['jobs/', 'https://acme.example/api/v1/jobs/'],
  ['/jobs/', 'https://acme.example/api/v1/jobs/'],
  ['runs/a%2Fb/steps', 'https://acme.example/api/v1/runs/a%2Fb/steps'],
  ['runs/2026-11-22T08:00:00', 'https://acme.example/api/v1/runs/2026-11-22T08:00:00'],
])('resolves %s', (path, expected) => {
  expect(resolve(path)).toBe(expected);
});

test('keeps the prefix of the base whether or not it ends with a slash', () => {
  expect(resolve('jobs', {}, new URL('https://acme.example/'))).toBe('https://acme.example/jobs');
  expect(resolve('jobs', {}, new URL('https://acme.example/api/'))).toBe('https://acme.example/api/jobs');
});

test('repeats a parameter for each value of a list', () => {
  expect(resolve('jobs', { type: ['batch', 'sql'], limit: 10, none: [] })).toBe(
    'https://acme.example/api/v1/jobs?type=batch&type=sql&limit=10',
  );
});

test.each([
  '..',
  'runs/../../admin',
  'runs/%2e%2E/steps',
  'runs/..\\..\\admin',
  '.',
  'runs/..?x=1',
  'runs/..%2F..%2Fadmin',
])('refuses a path that an id has made climb: %s', (path) => {
  expect(() => resolve(path)).toThrow(expect.objectContaining({ reason: 'schema' }));
});

/** The request that gave the links below. */
const FROM = new URL('https://acme.example/api/v1/jobs/?page=1&key=s3cret');

function follow(href: string, base = BASE, from = FROM): ReturnType<typeof resolveLink> {
  return resolveLink(base, { href, from }, 'list');
}

test.each([
  ['an absolute URL', 'https://acme.example/api/v1/jobs/?page=2'],
  ['a path from the root', '/api/v1/jobs/?page=2'],
  ['a query alone', '?page=2'],
  ['a relative path', '../jobs/?page=2'],
  ['a URL without scheme', '//acme.example/api/v1/jobs/?page=2'],
  ['a URL with user and password', 'https://user:pass@acme.example/api/v1/jobs/?page=2'],
  ['a URL with a fragment', 'https://acme.example/api/v1/jobs/?page=2#top'],
  ['a URL with the default port', 'https://acme.example:443/api/v1/jobs/?page=2'],
])('resolves a link that is %s as a reference of the request that gave it', (_what, href) => {
  const { url, movedFrom } = follow(href);

  expect(url.href).toBe('https://acme.example/api/v1/jobs/?page=2');
  expect(movedFrom).toBeNull();
});

test.each([
  ['http://acme.example/api/v1/jobs/?page=2', 'http://acme.example'],
  ['https://acme.example:8443/api/v1/jobs/?page=2', 'https://acme.example:8443'],
  ['https://user:pass@evil.example/api/v1/jobs/?page=2', 'https://evil.example'],
  ['//evil.example/api/v1/jobs/?page=2', 'https://evil.example'],
  ['\\\\evil.example\\api\\v1\\jobs\\?page=2', 'https://evil.example'],
])('keeps of a link to another origin its path and query: %s', (href, movedFrom) => {
  const link = follow(href);

  expect(link.url.href).toBe('https://acme.example/api/v1/jobs/?page=2');
  expect(link.movedFrom).toBe(movedFrom);
});

test('gives back the front part of a path that a gateway has taken off', () => {
  const base = new URL('https://gateway.example/adverity/api/');
  const from = new URL('https://gateway.example/adverity/api/jobs/?page=1');

  expect(follow('http://adverity.internal/api/jobs/?page=2', base, from)).toEqual({
    url: new URL('https://gateway.example/adverity/api/jobs/?page=2'),
    movedFrom: 'http://adverity.internal',
  });
});

test.each([
  '/admin/delete?id=1',
  'https://acme.example/admin/delete?id=1',
  'https://evil.example/admin/delete?id=1',
  '../../../admin/delete?id=1',
  '/api/v1/../../admin/delete?id=1',
  '/api/v1/%2e%2e/%2E./admin/delete?id=1',
  '/api/v1/..%2f..%2fadmin/delete?id=1',
  '/api/v1/..;/..;/admin/delete?id=1',
  '/api/v10/jobs/',
])('refuses a link out of the path prefix of the base, and does not repeat it: %s', (href) => {
  expect(() => follow(href)).toThrow(
    expect.objectContaining({
      reason: 'schema',
      message:
        'https://acme.example answered with a link out of https://acme.example/api/v1/, which is not followed; ' +
        'check base_url (operation list)',
    }),
  );
});

test.each(['javascript:alert(1)', 'file:///etc/passwd', 'https://[broken', 'data:,x'])(
  'refuses a link that is no web address: %s',
  (href) => {
    expect(() => follow(href)).toThrow(expect.objectContaining({ reason: 'schema' }));
  },
);

test('keeps a link that looks like an address of its own on the origin of the base', () => {
  const base = new URL('https://acme.example/');

  expect(follow('https://acme.example//evil.example/jobs', base, base).url.href).toBe(
    'https://acme.example//evil.example/jobs',
  );
});

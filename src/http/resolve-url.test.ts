import { expect, test } from 'vitest';
import { resolveUrl } from './resolve-url.ts';

const BASE = new URL('https://acme.example/api/v1');

function resolve(path: string, query = {}, base = BASE): string {
  return resolveUrl(base, { operation: 'list', path, query }).href;
}

test.each([
  ['jobs', 'https://acme.example/api/v1/jobs'],
  ['jobs/', 'https://acme.example/api/v1/jobs/'],
  ['/jobs/', 'https://acme.example/api/v1/jobs/'],
  ['runs/a%2Fb/steps', 'https://acme.example/api/v1/runs/a%2Fb/steps'],
  ['runs/2026-11-22T08:00:00', 'https://acme.example/api/v1/runs/2026-11-22T08:00:00'],
  ['https://acme.example/api/v1/jobs/?page=2', 'https://acme.example/api/v1/jobs/?page=2'],
  ['https://user:pass@acme.example/jobs', 'https://acme.example/jobs'],
])('resolves %s', (path, expected) => {
  expect(resolve(path)).toBe(expected);
});

test('keeps the prefix of the base whether or not it ends with a slash', () => {
  expect(resolve('jobs', {}, new URL('https://acme.example/'))).toBe('https://acme.example/jobs');
  expect(resolve('jobs', {}, new URL('https://acme.example/api/'))).toBe('https://acme.example/api/jobs');
});

test('repeats a parameter for each value of a list, and adds to the query of a link', () => {
  expect(resolve('jobs', { type: ['batch', 'sql'], limit: 10, none: [] })).toBe(
    'https://acme.example/api/v1/jobs?type=batch&type=sql&limit=10',
  );
  expect(resolve('https://acme.example/jobs?page=2', { size: 5 })).toBe('https://acme.example/jobs?page=2&size=5');
});

test.each([
  'https://evil.example/jobs?token=s3cret',
  'http://acme.example/jobs',
  'https://acme.example:8443/jobs',
  'https://acme.example.evil.example/',
  '//evil.example/jobs',
  'https://[broken',
])('refuses a link to another origin: %s', (path) => {
  expect(() => resolve(path)).toThrow(
    expect.objectContaining({ reason: 'schema', message: expect.not.stringContaining('s3cret') }),
  );
});

test('names both origins of a refused link', () => {
  expect(() => resolve('https://evil.example/jobs?token=s3cret')).toThrow(
    'https://acme.example answered with a link to https://evil.example, which is not followed as the credentials ' +
      'are for https://acme.example alone (operation list)',
  );
});

test.each(['..', 'runs/../../admin', 'runs/%2e%2E/steps', 'runs/..\\..\\admin', '.', 'runs/..?x=1'])(
  'refuses a path that an id has made climb: %s',
  (path) => {
    expect(() => resolve(path)).toThrow(expect.objectContaining({ reason: 'schema' }));
  },
);

import { describe, expect, it } from 'vitest';
import { readPage } from './read-page.ts';

const self = { href: 'https://app.matatika.com/api/workspaces/w1/jobs' };
const page = (totalElements: number, number = 0) => ({
  size: 20,
  totalElements,
  totalPages: Math.ceil(totalElements / 20),
  number,
});

it('reads the jobs of a list, and what it says of itself', () => {
  const next = { href: `${self.href}?page=1` };

  expect(readPage({ _embedded: { jobs: [1, 2] }, _links: { self, next }, page: page(25) })).toEqual({
    records: [1, 2],
    next: next.href,
    total: 25,
    totalPages: 2,
  });
});

it.each([
  { _links: { self: 7, next: 'https://app.matatika.com' }, page: { totalElements: '25', totalPages: 1.5 } },
  { _links: null, page: [] },
  { _links: [], page: 'none' },
  {},
])('reads the jobs of a list all the same where nothing else can be read: %j', (rest) => {
  expect(readPage({ _embedded: { jobs: [1] }, ...rest })).toEqual({
    records: [1],
    next: null,
    total: null,
    totalPages: null,
  });
});

describe('takes for an empty list', () => {
  it.each([
    ['one that says so', { page: page(0) }],
    ['one that says so, with its address', { _links: { self }, page: page(0) }],
    ['one that has only its address', { _links: { self } }],
    ['one with an empty place for jobs', { _embedded: {}, _links: { self }, page: page(0) }],
    ['one of no jobs', { _embedded: { jobs: [] } }],
    ['one of null', { _embedded: { jobs: null } }],
    ['a page behind the last', { page: page(20, 1) }],
  ])('%s', (_what, body) => {
    expect(readPage(body).records).toEqual([]);
  });
});

describe('refuses', () => {
  const jobs = [{ id: 'r1' }];
  const error = { timestamp: '2026-11-22T08:00:00', status: 500, error: 'Server Error', errors: [], message: 'x' };

  it.each([
    ['nothing', null],
    ['an empty object', {}],
    ['a bare list', jobs],
    ['text', 'OK'],
    ['an error', { ...error, path: '/api/workspaces/w1/jobs' }],
    ['an error with its address', { message: 'x', logref: 'y', _links: { self } }],
    ['an empty place for jobs, and no word of a list', { _embedded: {} }],
    ['a list under another name', { _embedded: { items: jobs }, _links: { self }, page: page(0) }],
    ['a list beside an empty one', { _embedded: { jobs: null, jobResources: jobs } }],
    ['a list under another name, at the top', { content: jobs, page: page(1) }],
    ['a list at the top that says it is empty', { content: [], links: [], page: page(0) }],
    ['a list at the top', { jobs, _links: { self } }],
    ['no jobs where there are some', { page: page(20) }],
    ['jobs that are no list', { _embedded: { jobs: { r1: {} } } }],
    ['an envelope that is no object', { _embedded: jobs, _links: { self } }],
  ])('%s', (_what, body) => {
    expect(() => readPage(body)).toThrow(
      expect.objectContaining({
        name: 'VendorError',
        reason: 'schema',
        message: expect.stringMatching(/^Matatika's list of jobs is not as documented: /),
      }),
    );
  });
});

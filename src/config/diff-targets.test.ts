import { describe, expect, it } from 'vitest';
import { CONFIG_VENDORS, createMemoryFiles } from '../../test/support/config-vendors.ts';
import type { Config } from './config.ts';
import { diffTargets } from './diff-targets.ts';
import { parseConfig } from './load-config.ts';

/** A configuration of these targets, each right but for what is said of it. */
function configOf(...targets: readonly string[]): Config {
  const lines = targets.map((keys) => `  - { vendor: acme, account: x, ${keys} }`);
  const files = createMemoryFiles({ '/etc/one': 'same', '/etc/two': 'same' });
  const options = { vendors: CONFIG_VENDORS, env: {}, files };
  return parseConfig(['targets:', ...lines].join('\n'), '/etc/datajobs.yml', options);
}

describe('diffTargets', () => {
  it('tells new, gone, changed and equal targets apart', () => {
    const old = configOf(
      'name: gone, auth: { token: s }',
      'name: same, auth: { token_file: one }, labels: { a: x, b: y }',
      'name: slower, auth: { token: s }',
    );
    const next = configOf(
      'name: slower, poll_interval: 5m, auth: { token: s }',
      'name: same, labels: { b: y, a: x }, auth: { token_file: one }',
      'name: new, auth: { token: s }',
    );

    const diff = diffTargets(old, next);

    expect({
      added: diff.added.map(({ name }) => name),
      removed: diff.removed.map(({ name }) => name),
      changed: diff.changed.map(({ before, after }) => [before.pollInterval, after.pollInterval]),
      unchanged: diff.unchanged.map(({ name }) => name),
    }).toEqual({ added: ['new'], removed: ['gone'], changed: [[60, 300]], unchanged: ['same'] });
  });

  it.each([
    ['a secret of another file', 'auth: { token_file: one }', 'auth: { token_file: two }'],
    ['another secret', 'auth: { token: one }', 'auth: { token: two }'],
    ['another name', 'id: a, auth: { token: s }', 'id: a, name: b, auth: { token: s }'],
    ['another address', 'auth: { token: s }', 'base_url: https://b.example, auth: { token: s }'],
    ['one label more', 'auth: { token: s }', 'labels: { a: x }, auth: { token: s }'],
    [
      'another order of globs',
      'jobs: { exclude: [a, b] }, auth: { token: s }',
      'jobs: { exclude: [b, a] }, auth: { token: s }',
    ],
  ])('sees %s', (_name, before, after) => {
    const named = (keys: string): string => (keys.includes('name:') ? keys : `name: a, ${keys}`);

    const diff = diffTargets(configOf(named(before)), configOf(named(after)));

    expect([diff.added.length, diff.removed.length, diff.changed.length, diff.unchanged.length]).toEqual([0, 0, 1, 0]);
  });

  it('knows a target by its id', () => {
    const diff = diffTargets(configOf('name: a, auth: { token: s }'), configOf('name: a, id: b, auth: { token: s }'));

    expect([diff.added.map(({ id }) => id), diff.removed.map(({ id }) => id)]).toEqual([['b'], ['a']]);
  });
});

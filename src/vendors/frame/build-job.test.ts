import { expect, it } from 'vitest';
import { buildJob } from './build-job.ts';

const STAND_INS = { name: 'j1', kind: 'model', workspace: '' };

it('takes the labels that are said', () => {
  const job = buildJob({ key: 'j1', id: 'j1', name: 'Orders', kind: 'daily', workspace: 'shop' }, STAND_INS);

  expect(job).toEqual({ key: 'j1', id: 'j1', name: 'Orders', kind: 'daily', workspace: 'shop', url: null });
});

it('lists the labels that are not, for which others stand in', () => {
  const job = buildJob({ key: 'j1', id: 'j1', name: null, kind: 'daily', workspace: null }, STAND_INS);

  expect(job).toMatchObject({ name: 'j1', kind: 'daily', workspace: '', unsaid: ['name', 'workspace'] });
});

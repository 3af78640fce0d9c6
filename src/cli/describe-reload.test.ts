import { describe, expect, it } from 'vitest';
import { aTarget } from '../../test/support/builders.ts';
import type { TargetConfig } from '../config/config.ts';
import { describeReload } from './describe-reload.ts';

const target = (name: string, more: Partial<TargetConfig> = {}): TargetConfig => aTarget({ name, id: name, ...more });

const NOTHING = { added: [], removed: [], changed: [], unchanged: [target('same')] };

describe('describeReload', () => {
  it('names the targets that a reload touched', () => {
    const changed = [{ before: target('slow'), after: target('slower', { id: 'slow' }) }];

    expect(describeReload(NOTHING)).toEqual({});
    expect(describeReload({ ...NOTHING, added: [target('a'), target('b')], changed })).toEqual({
      added: 'a, b',
      changed: 'slower',
    });
    expect(describeReload({ ...NOTHING, removed: [target('old')] })).toEqual({ removed: 'old' });
  });

  it.each([
    ['hints at previous_names', target('new'), true],
    ['has no hint where previous_names names the old one', target('new', { previousNames: ['old'] }), false],
    ['has no hint where the new one is of another vendor', target('new', { vendor: 'other' }), false],
  ])('where one target goes and one comes, %s', (_name, added, isHinted) => {
    const told = describeReload({ ...NOTHING, added: [added], removed: [target('old')] });

    expect(told).toMatchObject({ added: 'new', removed: 'old' });
    expect(told.hint).toBe(
      isHinted ? 'a renamed target begins anew unless previous_names names the old one' : undefined,
    );
  });
});

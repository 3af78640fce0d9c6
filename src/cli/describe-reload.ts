import type { TargetConfig } from '../config/config.ts';
import type { TargetDiff } from '../config/diff-targets.ts';

/** Names of the targets that a reload added, removed and changed, for the log; a field without names is absent. */
export interface ReloadDescription {
  readonly added?: string;
  readonly removed?: string;
  readonly changed?: string;
  readonly hint?: string;
}

/** Describes which targets a reload changed, and warns where one may have been renamed without its totals. */
export function describeReload({ added, removed, changed }: TargetDiff): ReloadDescription {
  return {
    ...named('added', added),
    ...named('removed', removed),
    ...named(
      'changed',
      changed.map(({ after }) => after),
    ),
    ...(removed.some((target) => mayBeRenamed(target, added))
      ? { hint: 'a renamed target begins anew unless previous_names names the old one' }
      : {}),
  };
}

function named(key: string, targets: readonly TargetConfig[]): Readonly<Record<string, string>> {
  return targets.length === 0 ? {} : { [key]: targets.map(({ name }) => name).join(', ') };
}

/** True if a removed target may be one of the added ones under a new name, and none of them says so. */
function mayBeRenamed(removed: TargetConfig, added: readonly TargetConfig[]): boolean {
  const isNamed = added.some(({ previousNames }) => previousNames.includes(removed.id));
  return !isNamed && added.some(({ vendor, previousNames }) => vendor === removed.vendor && previousNames.length === 0);
}

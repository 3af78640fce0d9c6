import type { TargetConfig } from '../config/config.ts';
import type { TargetDiff } from '../config/diff-targets.ts';

/** What a reload did to the targets, for the log: by name, and what there was none of is absent. */
export interface ReloadDescription {
  readonly added?: string;
  readonly removed?: string;
  readonly changed?: string;
  readonly hint?: string;
}

/** Says which targets a reload touched, and warns where one may have been renamed without its totals. */
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

/** Whether a target that is gone may be one of those that came, none of which says so. */
function mayBeRenamed(gone: TargetConfig, added: readonly TargetConfig[]): boolean {
  const isNamed = added.some(({ previousNames }) => previousNames.includes(gone.id));
  return !isNamed && added.some(({ vendor, previousNames }) => vendor === gone.vendor && previousNames.length === 0);
}

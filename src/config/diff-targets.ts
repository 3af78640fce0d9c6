import type { Config, TargetConfig } from './config.ts';
import { Secret } from './secret.ts';

/** The effect of a reload on the targets, in the order of the new file (`removed`: of the old). */
export interface TargetDiff {
  readonly added: readonly TargetConfig[];
  /** No longer there under their id. */
  readonly removed: readonly TargetConfig[];
  readonly changed: readonly { readonly before: TargetConfig; readonly after: TargetConfig }[];
  /** Equal in everything; their pollers can go on as they are. */
  readonly unchanged: readonly TargetConfig[];
}

/** Compares the targets of two configurations by their id. A secret is the same when it comes from the same source. */
export function diffTargets(old: Config, next: Config): TargetDiff {
  const oldById = new Map(old.targets.map((target) => [target.id, target]));
  const ids = new Set(next.targets.map(({ id }) => id));
  const pairs = next.targets.map((target) => ({ before: oldById.get(target.id), after: target }));
  return {
    added: pairs.flatMap(({ before, after }) => (before === undefined ? [after] : [])),
    removed: old.targets.filter(({ id }) => !ids.has(id)),
    changed: pairs.flatMap(({ before, after }) => (before && !isSame(before, after) ? [{ before, after }] : [])),
    unchanged: pairs.flatMap(({ before, after }) => (before && isSame(before, after) ? [after] : [])),
  };
}

/** True if two settings, or parts of them, are equal; the order of keys does not matter. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Secret || b instanceof Secret) return a instanceof Secret && b instanceof Secret && a.isSameAs(b);
  if (a instanceof URL || b instanceof URL) return a instanceof URL && b instanceof URL && a.href === b.href;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key as keyof typeof a], b[key as keyof typeof b]))
  );
}

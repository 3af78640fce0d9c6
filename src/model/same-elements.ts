/** True if two lists hold the very same objects, or equal primitive values, in the same order. */
export function haveSameElements(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((element, index) => element === b[index]));
}

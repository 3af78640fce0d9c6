/** True if two lists have the same elements in the same order; elements are compared by `Object.is` unless said otherwise. */
export function haveSameElements<Element>(
  a: readonly Element[],
  b: readonly Element[],
  isSame: (a: Element, b: Element) => boolean = Object.is,
): boolean {
  return a === b || (a.length === b.length && a.every((element, index) => isSame(element, b[index] as Element)));
}

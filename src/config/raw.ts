/** A mapping of the file before its shape is checked. */
export type Raw = Readonly<Record<string, unknown>>;

/** True if a value is a mapping. */
export function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

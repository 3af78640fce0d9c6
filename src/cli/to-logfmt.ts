/** Keys that come first, in this order. */
const FIRST = ['ts', 'level', 'msg'];

/**
 * Writes one log record as logfmt, without a line end: `ts=… level=info msg="target polled" runs=3`.
 *
 * Values with white space, `=`, `"`, control characters or nothing in them are quoted as JSON text; objects and lists
 * are JSON; characters that a key cannot have become `_`.
 *
 * @see https://pkg.go.dev/github.com/go-logfmt/logfmt (read 2026-11-22)
 */
export function toLogfmt(record: Readonly<Record<string, unknown>>): string {
  const { ts, level, msg, ...fields } = record;
  const entries = [...FIRST.map((key, index) => [key, [ts, level, msg][index]] as const), ...Object.entries(fields)];
  return entries
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${toKey(key)}=${toValue(value)}`)
    .join(' ');
}

function toKey(key: string): string {
  return key.replaceAll(/[\s="\p{Cc}]/gu, '_') || '_';
}

function toValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === '' || /[\s="\\\p{Cc}\u2028\u2029]/u.test(text) ? JSON.stringify(text) : text;
}

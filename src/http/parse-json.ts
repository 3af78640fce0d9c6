/**
 * Most levels of nested lists and objects, far above any answer that a vendor documents. Code that goes through values
 * level by level can rely on it.
 */
const MAX_DEPTH = 100;

/** Strings, which stay as they are, and everything that may stand for a number. */
const TOKEN = /"[^"\\]*(?:\\[^][^"\\]*)*"|-?(?:Infinity|\d[\d.eE+-]*)|NaN/g;
const INTEGER = /^-?[1-9]\d*$/;

/**
 * Reads a JSON text, and never gives a wrong number. An integer that a number cannot hold exactly (beyond 2^53, where
 * two ids could become one) is given as its text. What is no finite number is null: `1e999`, and the `NaN`, `Infinity`
 * and `-Infinity` that Python writes although JSON does not have them.
 *
 * To look for such numbers in the parsed value costs little; only a text that holds some is read twice.
 *
 * @throws SyntaxError for what is no JSON, RangeError for more than a hundred levels
 * @see https://docs.python.org/3/library/json.html#infinite-and-nan-number-values (read 2026-11-28)
 */
export function parseJson(text: string): unknown {
  const value = parse(text);
  if (!hasWrongNumber(value, MAX_DEPTH)) return value;
  return JSON.parse(text.replace(TOKEN, toExact));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    const value: unknown = JSON.parse(text.replace(TOKEN, toExact));
    return value;
  }
}

/** @throws RangeError for more than so many levels */
function hasWrongNumber(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return isWrongNumber(value);
  if (levels === 0) throw new RangeError(`more than ${MAX_DEPTH} levels`);
  let isFound = false;
  if (Array.isArray(value)) {
    for (const item of value) if (hasWrongNumber(item, levels - 1)) isFound = true;
    return isFound;
  }
  // Keys one by one: a list of all of them, for each object, would cost more than the rest.
  for (const key in value) {
    const field = (value as Readonly<Record<string, unknown>>)[key];
    // Most fields are text, for which a call is too much.
    if (typeof field !== 'string' && hasWrongNumber(field, levels - 1)) isFound = true;
  }
  return isFound;
}

function isWrongNumber(value: unknown): boolean {
  return (
    typeof value === 'number' && !Number.isSafeInteger(value) && (Number.isInteger(value) || !Number.isFinite(value))
  );
}

function toExact(token: string): string {
  if (token.startsWith('"')) return token;
  const number = Number(token);
  if (INTEGER.test(token)) return Number.isSafeInteger(number) ? token : `"${token}"`;
  return token === 'NaN' || Math.abs(number) === Infinity ? 'null' : token;
}

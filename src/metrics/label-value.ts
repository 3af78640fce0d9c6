import { createHash } from 'node:crypto';

/**
 * Most characters (UTF-16 code units) of a label value that a vendor chose. Each is on the page once for every series of
 * its job: ten names of 200 kB once made a page of 135 MB. @see spec section 3
 */
const LONGEST_VALUE = 200;
/** 48 bits: that two of a million long texts shared it would be a matter of one in five hundred. */
const HASH_DIGITS = 12;
const LOOKS_CUT = /…[\da-f]{12}$/;

/**
 * The label value of a text that a vendor chose: itself, or its beginning, `…` and a hash where it is too long or not
 * well-formed (a lone surrogate would look like another once encoded). Two texts never share a value: one that
 * looks as if it had been cut is given a hash of its own.
 */
export function toLabelValue(text: string): string {
  const isPlain = text.length <= LONGEST_VALUE && text.isWellFormed() && !LOOKS_CUT.test(text);
  if (isPlain) return text;
  // As UTF-16: in UTF-8 all lone surrogates are one.
  const hash = createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('hex').slice(0, HASH_DIGITS);
  const beginning = text.slice(0, LONGEST_VALUE - HASH_DIGITS - 1);
  const isPairCut = beginning.length < text.length && /[\uD800-\uDBFF]$/.test(beginning);
  return `${(isPairCut ? beginning.slice(0, -1) : beginning).toWellFormed()}…${hash}`;
}

/** CRC-32's polynomial, bits reversed. @see RFC 1952, section 8 */
const POLYNOMIAL = 0xedb88320;
/** x^0 in the reversed order in which CRC-32 keeps polynomials. */
const ONE = 0x80000000;

/** Product of two polynomials over GF(2), modulo CRC-32's. */
function multiply(a: number, b: number): number {
  let product = 0;
  let rest = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= rest;
    rest = (rest & 1) === 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  }
  return product;
}

/** x^(8·2^n) for n = 0, 1, 2, …: what appending 2^n bytes multiplies a CRC by. */
const POWERS: readonly number[] = Array.from({ length: 48 }).reduce<number[]>((powers) => {
  const last = powers.at(-1);
  powers.push(last === undefined ? ONE >>> 8 : multiply(last, last));
  return powers;
}, []);

/**
 * CRC-32 of two texts joined, from the CRC-32 of each and the length of the second in bytes; zlib's `crc32_combine`, which
 * Node does not offer. Pieces that were compressed apart can so have one checksum.
 */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  let shift = ONE;
  for (let rest = secondLength, n = 0; rest > 0; rest = Math.floor(rest / 2), n += 1) {
    if (rest % 2 === 1) shift = multiply(shift, POWERS[n] ?? ONE);
  }
  return (multiply(shift, first) ^ second) >>> 0;
}

/** Some lines of one family, encoded as they are sent. The very same object as long as they stay the same. */
export interface Piece {
  /** Replaced only by the same bytes in other memory. */
  bytes: Buffer;
  /** Offsets at which the lines of each block end; empty where `bytes` are compressed. */
  readonly ends: readonly number[];
  /** CRC-32 of the lines before compression, and their length in bytes; not kept of plain lines. */
  readonly crc: number;
  readonly length: number;
}

/** A way to encode pages: plain or gzip. */
export interface Encoding {
  /** Encodes lines into memory of their own; `lines` is overwritten afterwards. */
  encode(lines: Buffer, ends: readonly number[]): Piece;
  /** The whole body of an answer: the families, then the lines that end it. */
  finish(families: readonly (readonly Piece[])[], lastLines: string): readonly Buffer[];
}

/** Bytes in memory of their own: what Node and zlib hand out are views that keep far larger buffers alive. */
export function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/**
 * A family that was sent so often without a change is joined into one buffer. Of 100,000 series, 2,000 buffers take
 * 1.1 to 1.7 ms of CPU more to send than one, and 8 to 12 ms to join (measured 2026-11-22): waiting for as long as the
 * joining costs never costs more than twice the best.
 */
const JOIN_AFTER_SENDS = 8;

/** Makes the encoding of lines as they are; it remembers how often a family was sent for as long as it stays the same list. */
export function createPlain(): Encoding {
  const sent = new WeakMap<readonly Piece[], { sends: number; buffers: readonly Buffer[] }>();

  function buffersOf(pieces: readonly Piece[]): readonly Buffer[] {
    const family = sent.get(pieces) ?? { sends: 0, buffers: pieces.map(({ bytes }) => bytes) };
    sent.set(pieces, family);
    family.sends += 1;
    if (family.sends === JOIN_AFTER_SENDS) family.buffers = [join(pieces)];
    return family.buffers;
  }

  return {
    encode: (lines, ends) => ({ bytes: copyOf(lines), ends, crc: 0, length: 0 }),
    finish: (families, lastLines) => [...families.flatMap(buffersOf), Buffer.from(lastLines)],
  };
}

/** One buffer of all pieces, which then lie in it: to keep both would take the page's size once more. */
function join(pieces: readonly Piece[]): Buffer {
  const joined = Buffer.concat(pieces.map(({ bytes }) => bytes));
  let start = 0;
  for (const piece of pieces) {
    const end = start + piece.bytes.length;
    piece.bytes = joined.subarray(start, end);
    start = end;
  }
  return joined;
}

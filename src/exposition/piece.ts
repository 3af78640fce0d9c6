/** Some lines of one family, encoded as they are sent. The very same object as long as they stay the same. */
export interface Piece {
  readonly bytes: Buffer;
  /** Where the lines of each block end; empty where `bytes` are compressed. */
  readonly ends: readonly number[];
  /** CRC-32 of the lines before compression, and their length in bytes; not kept of plain lines. */
  readonly crc: number;
  readonly length: number;
}

/** How pages are sent. */
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

/** Lines as they are. */
export const PLAIN: Encoding = {
  encode: (lines, ends) => ({ bytes: copyOf(lines), ends, crc: 0, length: 0 }),
  finish: (families, lastLines) => [
    ...families.flatMap((pieces) => pieces.map((piece) => piece.bytes)),
    Buffer.from(lastLines),
  ],
};

/**
 * Pages are put together from pieces that were encoded one by one, so that a change costs what it touches.
 *
 * A gzip page is one gzip member: each piece is deflated by itself up to a byte boundary (a sync flush) without
 * looking back, and the pieces' checksums are combined at the end. Members of their own would be simpler, but curl
 * and browsers stop after the first one (tried with curl 7.88 and Chromium 156).
 */
import { constants, crc32, deflateRawSync } from 'node:zlib';
import { combineCrc32 } from './crc32-combine.ts';

/** Some whole lines of a page, encoded. */
export interface Piece {
  /** As sent; empty for no lines. */
  readonly bytes: Buffer;
  /** CRC-32 and length in bytes of the lines before compression; not kept for plain pages. */
  readonly crc: number;
  readonly length: number;
}

export interface PieceEncoder {
  encode(lines: string): Piece;
  /** Puts pieces that follow one another into fewer. */
  join(pieces: readonly Piece[]): readonly Piece[];
  /** The whole page: the body's pieces, then the lines that end it. */
  finish(body: readonly Piece[], lastLines: string): readonly Buffer[];
}

export const PLAIN: PieceEncoder = {
  encode: (lines) => ({ bytes: Buffer.from(lines), crc: 0, length: 0 }),
  join: (pieces) => pieces,
  finish: (body, lastLines) => [...body.map((piece) => piece.bytes), Buffer.from(lastLines)],
};

/** No name, no time, unknown system. @see RFC 1952, section 2.3 */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

export const GZIP: PieceEncoder = {
  encode(lines) {
    const bytes = Buffer.from(lines);
    const deflated = deflateRawSync(bytes, { level: GZIP_LEVEL, finishFlush: constants.Z_SYNC_FLUSH });
    // A copy: zlib answers with a view of a far larger buffer, which would be kept alive.
    return { bytes: Buffer.from(deflated), crc: crc32(bytes), length: bytes.length };
  },
  join(pieces) {
    let crc = 0;
    let length = 0;
    for (const piece of pieces) {
      crc = combineCrc32(crc, piece.crc, piece.length);
      length += piece.length;
    }
    return [{ bytes: Buffer.concat(pieces.map((piece) => piece.bytes)), crc, length }];
  },
  finish(body, lastLines) {
    const [whole = { bytes: Buffer.alloc(0), crc: 0, length: 0 }] = GZIP.join(body);
    const last = Buffer.from(lastLines);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc32(last, whole.crc), 0);
    trailer.writeUInt32LE((whole.length + last.length) % 2 ** 32, 4);
    return [Buffer.concat([GZIP_HEADER, whole.bytes, deflateRawSync(last, { level: GZIP_LEVEL }), trailer])];
  },
};

/** Level 6 makes pages of metrics a tenth smaller and costs three times the CPU (measured in bench/scrape.ts). */
const GZIP_LEVEL = 1;

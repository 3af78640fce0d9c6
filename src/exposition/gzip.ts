/**
 * Compresses a page piece by piece, so that a change costs what it touches. The page is one gzip member: each piece
 * is deflated by itself up to a byte boundary (a sync flush) without looking back, and the pieces' checksums are
 * combined. Members of their own would be simpler, but curl and browsers stop after the first (tried with curl 7.88
 * and Chromium 156).
 */
import { constants, crc32, deflateRawSync } from 'node:zlib';
import type { FamilyPieces, Piece } from './body.ts';
import { combineCrc32 } from './crc32-combine.ts';
import { createTimeSlice } from './time-slice.ts';

/** Lines compressed up to a byte boundary, and the checksum and length of the lines before compression. */
export interface Deflated {
  readonly bytes: Buffer;
  readonly crc: number;
  readonly length: number;
}

/** Level 6 makes pages of metrics a twentieth smaller and costs twice the CPU (measured 2026-11-22). */
const LEVEL = 1;

/** Compressed pieces are of about a kilobyte; zlib's own 16 KiB would only be garbage. */
const OUTPUT_BYTES = 2048;

/** No name, no time, unknown system. @see RFC 1952, section 2.3 */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** Makes a function that compresses a page's families, and anew only what is not the same as the last time. */
export function createCompressor(): (families: readonly FamilyPieces[]) => Promise<Deflated> {
  const deflatedPieces = new WeakMap<Piece, Deflated>();
  let deflatedFamilies: ReadonlyMap<FamilyPieces, Deflated> = new Map();

  return async (families) => {
    const endOfSlice = createTimeSlice();
    const next = new Map<FamilyPieces, Deflated>();
    for (const family of families) {
      const known = deflatedFamilies.get(family);
      if (known !== undefined) {
        next.set(family, known);
        continue;
      }
      const parts: Deflated[] = [];
      for (const piece of family) {
        const part = deflatedPieces.get(piece) ?? deflate(piece.bytes);
        deflatedPieces.set(piece, part);
        parts.push(part);
        await endOfSlice();
      }
      next.set(family, join(parts));
    }
    deflatedFamilies = next;
    return join([...next.values()]);
  };
}

/** A whole gzip file of a compressed page and the lines that end it. */
export function finishGzip(page: Deflated, lastLines: string): readonly Buffer[] {
  const last = Buffer.from(lastLines);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(last, page.crc), 0);
  trailer.writeUInt32LE((page.length + last.length) % 2 ** 32, 4);
  return [HEADER, page.bytes, deflateRawSync(last, { level: LEVEL }), trailer];
}

function deflate(bytes: Buffer): Deflated {
  const deflated = deflateRawSync(bytes, {
    level: LEVEL,
    chunkSize: OUTPUT_BYTES,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  // A copy, because zlib answers with a view of a far larger buffer.
  const copy = Buffer.allocUnsafeSlow(deflated.length);
  deflated.copy(copy);
  return { bytes: copy, crc: crc32(bytes), length: bytes.length };
}

function join(parts: readonly Deflated[]): Deflated {
  let crc = 0;
  let length = 0;
  for (const part of parts) {
    crc = combineCrc32(crc, part.crc, part.length);
    length += part.length;
  }
  return { bytes: Buffer.concat(parts.map((part) => part.bytes)), crc, length };
}

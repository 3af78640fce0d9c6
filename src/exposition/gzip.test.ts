import { crc32, gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineCrc32 } from './crc32-combine.ts';
import { createCompressor, finishGzip } from './gzip.ts';

describe('checksums of two texts', () => {
  it('combine to the checksum of the texts joined', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.uint8Array({ maxLength: 3000 }), (first, second) => {
        const combined = combineCrc32(crc32(first), crc32(second), second.length);

        expect(combined).toBe(crc32(Buffer.concat([first, second])));
      }),
    );
  });
});

describe('a page compressed in pieces', () => {
  it('is one gzip member, because curl and browsers stop after the first', async () => {
    const piece = (text: string) => ({ bytes: Buffer.from(text), ends: [] });
    const compress = createCompressor();

    const file = Buffer.concat(
      finishGzip(await compress([[piece('a 1\n'), piece('b 2\n')], [piece('c 3\n')]]), '# EOF\n'),
    );

    expect(gunzipSync(file).toString()).toBe('a 1\nb 2\nc 3\n# EOF\n');
    expect(file.indexOf(Buffer.from([0x1f, 0x8b]), 1)).toBe(-1);
  });
});

import { crc32, gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineCrc32 } from './crc32-combine.ts';
import { createGzip } from './gzip.ts';

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
  it('is one gzip member, because curl and browsers stop after the first', () => {
    const gzip = createGzip();
    const encode = (text: string) => gzip.encode(Buffer.from(text), []);

    const file = Buffer.concat(gzip.finish([[encode('a 1\n'), encode('b 2\n')], [encode('c 3\n')]], '# EOF\n'));

    expect(gunzipSync(file).toString()).toBe('a 1\nb 2\nc 3\n# EOF\n');
    expect(file.indexOf(Buffer.from([0x1f, 0x8b]), 1)).toBe(-1);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createFiles, fileTrouble } from './files.ts';
import { loadConfig } from './load-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'datajobs-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(bytes: Buffer): string {
  const path = join(folder, 'datajobs.yml');
  writeFileSync(path, bytes);
  return path;
}

const TEXT = 'targets: [] # Zürich\n';

describe('a file of the configuration', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${TEXT}`)],
  ])('is read in %s', (_encoding, bytes) => {
    expect(createFiles().read(write(bytes))).toBe(TEXT);
  });

  it.each([
    ['UTF-16 with a byte order mark', Buffer.from(`\uFEFF${TEXT}`, 'utf16le'), 'it is in UTF-16, or not a text'],
    ['big-endian UTF-16', Buffer.from(`\uFEFF${TEXT}`, 'utf16le').swap16(), 'it is in UTF-16, or not a text'],
    ['UTF-16 without a mark', Buffer.from(TEXT, 'utf16le'), 'it is in UTF-16, or not a text'],
    ['Latin-1', Buffer.from(TEXT, 'latin1'), 'it is not in UTF-8 but perhaps in Latin-1 or Windows-1252'],
  ])('in %s is refused by that name, with the remedy', (_encoding, bytes, found) => {
    const path = write(bytes);
    const load = (): unknown => loadConfig(path, { vendors: [], env: {} });

    expect(load).toThrow(`${path}: cannot be read: ${found}; save it as UTF-8`);
    expect(() => createFiles().read(path)).toThrow(
      expect.toSatisfy((error) => fileTrouble(error).endsWith('as UTF-8')),
    );
  });
});

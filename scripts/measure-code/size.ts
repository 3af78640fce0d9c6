/** Files and lines of the product. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Size extends Readonly<Record<string, string | number>> {
  readonly files: number;
  readonly lines: number;
}

/** Paths from `src` of the files that are built, in order: neither tests nor fixtures. */
export function productFiles(root: string): readonly string[] {
  return globSync('**/*.ts', { cwd: join(root, 'src') })
    .filter((path) => !path.endsWith('.test.ts') && !path.includes('/fixtures/'))
    .sort();
}

/** Each folder with its size, then all of them together. */
export function measureRooms(root: string): readonly Size[] {
  const files = productFiles(root);
  const folders = Map.groupBy(files, folderOf);
  return [
    ...[...folders]
      .map(([folder, own]) => ({ folder, ...sizeOf(root, own) }))
      .sort((a, b) => (a.folder < b.folder ? -1 : 1)),
    { folder: 'all', ...sizeOf(root, files) },
  ];
}

/** Each vendor's folder with its size, without the frame that all of them share. */
export function measureVendors(root: string): readonly Size[] {
  const files = productFiles(root).filter((path) => /^vendors\/(?!frame\/)[^/]+\/(?!simulator)/.test(path));
  return [...Map.groupBy(files, (path) => path.split('/')[1] ?? '')].map(([vendor, own]) => ({
    vendor,
    ...sizeOf(root, own),
  }));
}

function folderOf(path: string): string {
  if (/^vendors\/[^/]+\/simulator/.test(path)) return 'simulator';
  return path.includes('/') ? (path.split('/')[0] ?? '') : path;
}

function sizeOf(root: string, files: readonly string[]): Size {
  const lines = files.map(
    (path) =>
      readFileSync(join(root, 'src', path), 'utf8')
        .trimEnd()
        .split('\n').length,
  );
  return { files: files.length, lines: lines.reduce((sum, count) => sum + count, 0) };
}

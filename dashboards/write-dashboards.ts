/** Writes every generated file of this folder: `npm run dashboards`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { renderFiles } from './src/rendered-files.ts';

for (const [path, text] of await renderFiles()) {
  const file = join(import.meta.dirname, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

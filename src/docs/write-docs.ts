/** Writes the pages that are made from the code: `npm run docs`. */
import { writeFileSync } from 'node:fs';
import { renderPages } from './pages.ts';

for (const [path, text] of Object.entries(renderPages())) {
  writeFileSync(new URL(`../../${path}`, import.meta.url), text);
}

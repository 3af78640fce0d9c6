import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Without these, Chromium looks for its maker's hosts and for a display. */
const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars'.split(
    ' ',
  );

/** Writes the page as Chromium shows it, as PNG. `CHROMIUM` names another program than `chromium`. */
export async function takePicture(html: string, file: string, size: { width: number; height: number }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'picture-'));
  try {
    const page = join(folder, 'page.html');
    await writeFile(page, html);
    await run(process.env['CHROMIUM'] ?? 'chromium', [
      ...FLAGS,
      `--user-data-dir=${join(folder, 'profile')}`,
      `--window-size=${String(size.width)},${String(size.height)}`,
      `--screenshot=${file}`,
      pathToFileURL(page).href,
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * Measures the size of the code, and how much of it one run passes through.
 * `npm run measure-code -- [--root DIR] [--follow] [--frames]`
 *
 * `--root` names another checkout. `--follow` and `--frames` run its built program, so build it first.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeTable } from '../bench/support/write-table.ts';
import { listInsertStack, listOpenedFiles } from './measure-code/follow-run.ts';
import { longestFunctions } from './measure-code/longest-functions.ts';
import { measureRooms, measureVendors } from './measure-code/size.ts';

/** The one vendor whose runs are followed. */
const VENDOR = 'snowplow';

const { values: options } = parseArgs({
  options: {
    root: { type: 'string', default: '.' },
    follow: { type: 'boolean', default: false },
    frames: { type: 'boolean', default: false },
  },
});
const root = resolve(options.root);

writeTable(
  'Folders of src, without tests and fixtures; simulators of vendors are in the folder `simulator`',
  measureRooms(root),
);
writeTable('Vendor folders, without tests, fixtures and simulator', measureVendors(root));
writeTable('The ten longest functions of the product, in lines, without docstring', longestFunctions(root, 10));
if (options.follow) {
  const files = await listOpenedFiles(root, VENDOR);
  const rows = [...Map.groupBy(files, (file) => file.split('/')[0] ?? '')].map(([folder, own]) => ({
    folder,
    files: own.length,
    names: own.map((file) => file.slice(folder.length + 1)).join(', '),
  }));
  writeTable(`Files in which a function ran during \`once\` with one target of ${VENDOR}: ${files.length}`, rows);
}
if (options.frames) {
  const frames = await listInsertStack(root, VENDOR);
  const rows = frames.map((frame, index) => ({ frame: index + 1, where: frame }));
  writeTable(`Frames from the INSERT of a run (first) out to the start of its poll: ${frames.length}`, rows);
}

/** The architecture: imports between folders, users of libraries, names of files, and docs/architecture.md. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSource, type Source } from './support/read-source.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** Every file of the product by its path from the root: `src/model/time.ts`. Tests are left out. */
const SOURCES: ReadonlyMap<string, Source> = new Map(
  globSync('src/**/*.ts', { cwd: ROOT })
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => [path, readSource(readFileSync(join(ROOT, path), 'utf8'))]),
);
const VENDOR_IDS = readdirSync(join(ROOT, 'src/vendors'), { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && entry.name !== 'frame' ? entry.name : [],
);

/** Files by the beginning of their path, and what of the product they may import; their own folder always. */
interface Folder {
  readonly path: string;
  readonly mayImport: readonly string[];
}

/** All that commands have in common. */
const CLI_GROUND = ['src/model/', 'src/config/', 'src/ledger/', 'src/vendors/registry.ts', 'src/cli/'];

/** All that reading a vendor's answers takes: no ledger. */
const READING_GROUND = ['src/model/', 'src/http/errors.ts', 'src/vendors/vendor.ts'];

/**
 * The folders of docs/architecture.md: a folder never learns of one that comes after it in the flow of data. The first folder
 * whose path fits is a file's folder, so exceptions stand before their folder.
 */
const FOLDERS: readonly Folder[] = [
  { path: 'src/model/', mayImport: [] },
  { path: 'src/config/', mayImport: ['src/model/'] },
  { path: 'src/http/', mayImport: ['src/model/', 'src/config/secret.ts'] },
  ...VENDOR_IDS.flatMap((id): readonly Folder[] => [
    {
      path: `src/vendors/${id}/fixtures/`,
      mayImport: [
        'src/model/',
        'src/config/secret.ts',
        'src/vendors/frame/',
        `src/vendors/${id}/`,
        'test/support/vendor-cases.ts',
      ],
    },
    {
      path: `src/vendors/${id}/`,
      mayImport: ['src/model/', 'src/http/', 'src/config/settings.ts', 'src/vendors/vendor.ts', 'src/vendors/frame/'],
    },
  ]),
  {
    path: 'src/vendors/registry.ts',
    mayImport: ['src/vendors/vendor.ts', ...VENDOR_IDS.map((id) => `src/vendors/${id}/index.ts`)],
  },
  { path: 'src/vendors/vendor.ts', mayImport: ['src/model/', 'src/http/http-client.ts'] },
  {
    path: 'src/vendors/frame/',
    mayImport: ['src/model/', 'src/http/', 'src/config/settings.ts', 'src/vendors/vendor.ts'],
  },
  { path: 'src/ledger/', mayImport: ['src/model/', 'src/vendors/vendor.ts'] },
  { path: 'src/metrics/', mayImport: ['src/model/', 'src/ledger/'] },
  { path: 'src/exposition/', mayImport: ['src/model/', 'src/metrics/'] },
  { path: 'src/otlp/', mayImport: ['src/model/', 'src/config/config.ts', 'src/metrics/'] },
  {
    path: 'src/targets/',
    mayImport: [
      'src/model/',
      'src/config/config.ts',
      'src/http/errors.ts',
      'src/http/http-client.ts',
      'src/vendors/vendor.ts',
      'src/ledger/',
      'src/metrics/',
    ],
  },
  // Reads slices for whoever asks: what it reads is nobody's state yet.
  { path: 'src/polling/read-slices.ts', mayImport: [...READING_GROUND, 'src/polling/slice-queue.ts'] },
  { path: 'src/polling/slice-queue.ts', mayImport: ['src/vendors/vendor.ts'] },
  { path: 'src/polling/', mayImport: [...READING_GROUND, 'src/config/config.ts', 'src/ledger/', 'src/targets/'] },
  {
    path: 'src/engine/',
    mayImport: [
      'src/model/',
      'src/config/',
      'src/vendors/vendor.ts',
      'src/ledger/',
      'src/metrics/',
      'src/targets/',
      'src/polling/',
    ],
  },
  {
    path: 'src/web/',
    mayImport: ['src/model/', 'src/metrics/', 'src/exposition/', 'src/engine/status.ts'],
  },
  // A simulator knows its vendor's documents alone: what product and simulator share, no test would find wrong.
  ...VENDOR_IDS.map((id) => ({
    path: `src/simulator/vendors/${id}.ts`,
    mayImport: ['src/model/', 'src/simulator/world.ts'],
  })),
  { path: 'src/simulator/', mayImport: ['src/model/', 'src/config/settings.ts'] },
  { path: 'src/docs/', mayImport: ['src/model/', 'src/config/', 'src/vendors/', 'src/metrics/'] },
  ...['src/cli/demo', 'src/cli/simulate'].map((path) => ({ path, mayImport: [...CLI_GROUND, 'src/simulator/'] })),
  {
    path: 'src/cli/',
    mayImport: [
      ...CLI_GROUND,
      'src/vendors/vendor.ts',
      'src/metrics/',
      'src/exposition/',
      'src/otlp/',
      'src/engine/',
      'src/web/',
    ],
  },
  { path: 'src/main.ts', mayImport: ['src/cli/'] },
];

/** Libraries that only some files of the product may import. */
const LIBRARY_USERS: Readonly<Record<string, readonly RegExp[]>> = {
  undici: [/^src\/http\//],
  'node:sqlite': [/^src\/ledger\//],
  'prom-client': [/^src\/exposition\//],
  commander: [/^src\/cli\//],
  jose: [/^src\/http\/credentials\//, /^src\/simulator\/vendors\//],
  express: [/^src\/web\//, /^src\/simulator\//],
  '@opentelemetry': [/^src\/otlp\//],
};

describe('the folders', () => {
  it('are known, each file to one of them', () => {
    const homeless = [...SOURCES.keys()].filter((path) => folderOf(path) === undefined);

    expect(homeless).toEqual([]);
  });

  it('learn only of what they may', () => {
    const trespasses = [...SOURCES.keys()].flatMap((path) =>
      importedBy(path)
        .filter((target) => !mayImport(path, target))
        .map((target) => `${path} imports ${target}`),
    );

    expect(trespasses).toEqual([]);
  });

  it('may learn of nothing that they do not learn of', () => {
    // Vendors' folders are of one kind: what one of them needs, all of them may use.
    const kindOf = (path: string): string =>
      VENDOR_IDS.reduce((kind, id) => kind.replace(`/${id}/`, '/ID/').replace(`/${id}.ts`, '/ID.ts'), path).replace(
        /^src\/cli\/(?:demo|simulate).*/,
        'src/cli/demo',
      );
    const imports = new Set(
      [...SOURCES.keys()].flatMap((path) => {
        const kind = kindOf(folderOf(path)?.path ?? path);
        return importedBy(path).map((target) => `${kind} ${kindOf(target)}`);
      }),
    );
    const allowances = FOLDERS.flatMap(({ path, mayImport: allowed }) =>
      allowed.map((target) => `${kindOf(path)} ${kindOf(target)}`),
    );
    const unused = new Set(
      allowances.filter((allowance) => !imports.values().some((made) => made.startsWith(allowance))),
    );

    expect([...unused]).toEqual([]);
  });

  it.each(Object.entries(LIBRARY_USERS))('keep %s where it belongs', (library, allowed) => {
    const users = [...SOURCES]
      .filter(([, { imports }]) => imports.some((name) => name === library || name.startsWith(`${library}/`)))
      .map(([path]) => path);

    expect(users.filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([]);
  });
});

describe('the files', () => {
  it('leave the process to main.ts', () => {
    const users = [...SOURCES]
      .filter(
        ([, { code, imports }]) =>
          /(?:(?<![\w.])|\bglobalThis\??\.)process\b(?=\s*[.[?!;,)])/.test(code) || imports.includes('node:process'),
      )
      .map(([path]) => path);

    expect(users.filter((path) => path !== 'src/main.ts')).toEqual([]);
  });

  it('leave the names of metrics to the catalogue', () => {
    const users = [...SOURCES]
      .filter(([, { strings }]) => strings.some((text) => text.startsWith('datajobs_')))
      .map(([path]) => path);

    expect(users.filter((path) => !path.startsWith('src/metrics/catalogue/'))).toEqual([]);
    expect(users.length).toBeGreaterThan(0);
  });

  it('are named for what they hold', () => {
    const nameless = globSync('{src,test,bench,dashboards}/**/*', { cwd: ROOT }).filter((path) =>
      /^(?:utils?|helpers?|common|misc|shared)(?:$|\.)/.test(basename(path)),
    );

    expect(nameless).toEqual([]);
  });

  it('have docstrings that begin with a noun or a verb', () => {
    const riddles = [...SOURCES.keys()].flatMap((path) =>
      readFileSync(join(ROOT, path), 'utf8')
        .matchAll(/\/\*\*(?:\s*\n\s*\*)?\s+((?:What|Whether|How|Why|Which|Who|Whose|Where|Those)\b[^\n]*)/g)
        .map(([, line]) => `${path}: ${line}`)
        .toArray(),
    );

    expect(riddles).toEqual([]);
  });

  it('are kebab-case', () => {
    const others = [...SOURCES.keys()].filter((path) => !/^[a-z\d]+(?:-[a-z\d]+)*\.ts$/.test(basename(path)));

    expect(others).toEqual([]);
  });
});

describe.each(VENDOR_IDS)('the folder of %s', (id) => {
  const folder = join(ROOT, 'src/vendors', id);

  it.each([
    'README.md',
    'index.ts',
    'index.test.ts',
    'schema.ts',
    'to-runs.ts',
    'to-runs.test.ts',
    'fixtures/cases.ts',
  ])('has %s', (file) => {
    const isThere = existsSync(join(folder, file));

    expect(isThere).toBe(true);
  });

  it.each([`${id}.ts`, `${id}.test.ts`])('has a simulator beside it, %s', (file) => {
    const isThere = existsSync(join(ROOT, 'src/simulator/vendors', file));

    expect(isThere).toBe(true);
  });

  it('says of every fixture where it comes from', () => {
    const { strings } = SOURCES.get(`src/vendors/${id}/fixtures/cases.ts`)!;
    const files = readdirSync(join(folder, 'fixtures')).filter((file) => file !== 'cases.ts');

    expect(files.filter((file) => !strings.includes(file))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? entry.name : [],
  );

  it('names every folder, and what each imports from', () => {
    const described = [...page.matchAll(/^\| `src\/([a-z]+)` \| [^|]* \| ([^|]*) \|$/gm)].map(([, folder, imports]) => [
      folder,
      imports?.startsWith('all but')
        ? folders.filter((name) => name !== folder && !imports.includes(`\`${name}\``))
        : [...(imports ?? '').matchAll(/`([a-z]+)`/g)].map(([, name = '']) => name),
    ]);
    const allowed = folders.map((folder) => [
      folder,
      new Set(
        FOLDERS.filter(({ path }) => path.startsWith(`src/${folder}/`))
          .flatMap(({ mayImport: targets }) => targets.map((target) => target.split('/')))
          .flatMap(([root, name = '']) => (root === 'src' && name !== folder ? name : [])),
      ),
    ]);

    expect(new Map(described.map(([folder, names]) => [folder, new Set(names)] as const))).toEqual(
      new Map(allowed as [string, ReadonlySet<string>][]),
    );
  });

  it('names files that are there', () => {
    const paths = [...page.matchAll(/`((?:src|test|docs|dashboards)\/[^`<>]*)`/g)].map(([, path = '']) => path);

    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('explains at most 25 words', () => {
    const [, words = ''] = page.split(/\n## Words\n|\n## Folders\n/);

    expect(words.match(/^\| (?!word|---)/gm)!.length).toBeLessThanOrEqual(25);
  });
});

describe('reading a source', () => {
  it.each([
    ["import { a, type B } from './a.ts';", ['./a.ts']],
    ["import type {\n  A,\n} from '../a.ts';", ['../a.ts']],
    ["import 'node:fs';", ['node:fs']],
    ["export { a } from './a.ts';", ['./a.ts']],
    ["const { a } = await import('./a.ts');", ['./a.ts']],
    ['const { a } = await import(`./${name}.ts`);', ['./${name}.ts']],
    ["type A = import('./a.ts').A;", ['./a.ts']],
    ["// import { a } from './a.ts';\n/* import './b.ts' */", []],
    ['const text = "import \'./a.ts\'";', []],
    ["const quote = /['\"`]/;\nimport { a } from './a.ts';", ['./a.ts']],
    ["const half = a / b; // it's\nimport { a } from './a.ts';", ['./a.ts']],
  ])('finds what %j imports', (text, expected) => {
    const { imports } = readSource(text);

    expect(imports).toEqual(expected);
  });

  it('finds the code alone, without comments and texts', () => {
    const { code } = readSource("// process.exit\nconst a = 'process.env'; const b = `${process.pid}`;");

    expect(code).toContain('process.pid');
    expect(code).not.toMatch(/exit|env/);
  });
});

function folderOf(path: string): Folder | undefined {
  return FOLDERS.find((folder) => path.startsWith(folder.path));
}

/** The product's own files that a file imports. */
function importedBy(path: string): readonly string[] {
  return (SOURCES.get(path)?.imports ?? [])
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => join(dirname(path), specifier));
}

function mayImport(path: string, target: string): boolean {
  const folder = folderOf(path);
  if (folder === undefined) return false;
  const isOwn = folder.path.endsWith('/') && target.startsWith(folder.path);
  return isOwn || folder.mayImport.some((allowed) => target.startsWith(allowed));
}

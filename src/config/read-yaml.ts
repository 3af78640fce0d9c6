/** Reads YAML so that every problem found later can still be shown with its line and column. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { dropEchoes } from './check-shape.ts';
import { ConfigError, type ConfigProblem } from './config.ts';
import { createFiles, EncodingError, type Files, fileTrouble } from './files.ts';
import { formatPath, type Path, type PathProblem } from './path-problem.ts';

type Tree = Document.Parsed;

/** A YAML text as plain values, and the way back from a value to its place. */
export interface YamlSource {
  /** Maps, lists and scalars; never null. */
  readonly value: unknown;
  /** Keys that are given twice, which YAML allows and we do not. */
  readonly problems: readonly PathProblem[];
  /**
   * Gives each problem its place, in the order of the file. A path that is not in the text stands where its nearest
   * parent does. Of a mistyped key and the missing one that was meant, only the first is given.
   */
  locate(problems: readonly PathProblem[]): readonly ConfigProblem[];
}

/** The ends of the messages about a whole file. */
export interface FileHints {
  /** Begins with a verb: `name the configuration file with --config.file`. */
  readonly unreadable: string;
  /** `targets: and a list`. */
  readonly expected: string;
}

/**
 * Reads a YAML file as `readYaml` does.
 *
 * @throws ConfigError when the file cannot be read, and as `readYaml`.
 */
export function readYamlFile(file: string, hints: FileHints, files: Files = createFiles()): YamlSource {
  let text: string;
  try {
    text = files.read(file);
  } catch (error) {
    const message =
      error instanceof EncodingError
        ? `cannot be read: ${error.message}`
        : `cannot be read (${fileTrouble(error)}); ${hints.unreadable}`;
    throw new ConfigError([{ place: file, message }]);
  }
  return readYaml(text, file, hints);
}

/**
 * Reads one YAML 1.2 document; anchors, aliases and merge keys (`<<`) are followed.
 *
 * @param file as it is shown in problems.
 * @throws ConfigError with every syntax error, or when the text is empty.
 */
export function readYaml(text: string, file: string, { expected }: Pick<FileHints, 'expected'>): YamlSource {
  const lines = new LineCounter();
  const tree: Tree = parseDocument(text, {
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  });
  const placeAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const syntax = [...tree.errors, ...tree.warnings].map(({ message, pos, code }) => ({
    place: placeAt(pos[0]),
    message: `not valid YAML: ${code === 'MULTIPLE_DOCS' ? 'expected a single document, without ---' : tidy(message)}`,
  }));
  const found: Findings = { problems: [], broken: [] };
  if (syntax.length === 0) inspect(tree, tree.contents, [], found);
  const broken = [...syntax, ...found.broken.map(({ offset, message }) => ({ place: placeAt(offset), message }))];
  if (broken.length > 0) throw new ConfigError(broken);
  let value: unknown;
  try {
    value = tree.toJS();
  } catch (error) {
    throw new ConfigError([
      { place: file, message: `not usable YAML: ${tidy(error instanceof Error ? error.message : String(error))}` },
    ]);
  }
  if (value === null)
    throw new ConfigError([{ place: `${file}:1:1`, message: `the file is empty; expected ${expected}` }]);
  return {
    value,
    problems: found.problems,
    locate: (problems) =>
      dropEchoes(problems)
        .map((problem) => ({ ...problem, offset: offsetOf(tree, problem.path, problem.at) }))
        .toSorted((a, b) => a.offset - b.offset)
        .map(({ path, what, offset }) => ({
          place: placeAt(offset),
          message: path.length === 0 ? what : `${formatPath(path)}: ${what}`,
        })),
  };
}

/** Puts the parser's words on one line, without the text it quotes: that may be a secret. */
function tidy(message: string): string {
  return message
    .replaceAll(/:? ?"(?:[^"\\]|\\.)*"/gs, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

interface Findings {
  readonly problems: PathProblem[];
  readonly broken: { readonly offset: number; readonly message: string }[];
}

function inspect(tree: Tree, node: unknown, path: Path, found: Findings): void {
  if (isAlias(node)) {
    const source = node.resolve(tree);
    const offset = start(node);
    if (source === undefined) {
      found.broken.push({ offset, message: 'an alias without its anchor; write the &anchor before it' });
    } else if (source.range && source.range[0] < offset && offset < source.range[1]) {
      found.broken.push({ offset, message: 'an alias inside of its own anchor; it would never end' });
    }
  } else if (isSeq(node)) {
    node.items.forEach((item, index) => inspect(tree, item, [...path, index], found));
  } else if (isMap(node)) {
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      if (!isScalar(key)) {
        found.broken.push({ offset: start(key), message: 'expected a plain key' });
        continue;
      }
      const name = String(key.value);
      const inner = [...path, name];
      if (seen.has(name) && name !== '<<')
        found.problems.push({ path: inner, at: 'key', what: 'this key is given twice; keep one' });
      seen.add(name);
      inspect(tree, value, inner, found);
    }
  }
}

function offsetOf(tree: Tree, path: Path, at: PathProblem['at']): number {
  let node: unknown = tree.contents;
  let offset = start(node);
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(tree);
    if (isSeq(node)) {
      node = node.items[Number(step)];
    } else if (isMap(node)) {
      // The last of two equal keys is the one whose value counts.
      const pair = node.items.findLast(({ key }) => isScalar(key) && String(key.value) === step);
      if (pair === undefined) return offset;
      node = pair.value;
      if ((at === 'key' && index === path.length - 1) || isEmpty(node)) return start(pair.key);
    }
    if (node === undefined) return offset;
    offset = start(node);
  }
  return offset;
}

function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && (node.source ?? '') === '');
}

function start(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}

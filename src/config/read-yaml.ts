/** Reads YAML so that every problem found later can still be shown with its line and column. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type ConfigProblem, ConfigError } from './config.ts';
import { type Fault, formatPath, type Path } from './fault.ts';

type Tree = Document.Parsed;

/** A YAML text as plain values, and the way back from a value to its place. */
export interface YamlSource {
  /** Maps, lists and scalars; null for an empty text. */
  readonly value: unknown;
  /** What YAML allows and we do not: a key given twice. */
  readonly faults: readonly Fault[];
  /** The problem with file, line and column; a path that is not in the text stands where its nearest parent does. */
  toProblem(fault: Fault): ConfigProblem;
}

/**
 * Reads one YAML 1.2 document; anchors, aliases and merge keys (`<<`) are followed.
 *
 * @throws ConfigError with every syntax error.
 */
export function readYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  const tree: Tree = parseDocument(text, {
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const syntax = [...tree.errors, ...tree.warnings].map(({ message, pos, code }) => ({
    place: place(pos[0]),
    message: `not valid YAML: ${code === 'MULTIPLE_DOCS' ? 'expected a single document, without ---' : tidy(message)}`,
  }));
  const found: Findings = { faults: [], broken: [] };
  if (syntax.length === 0) inspect(tree, tree.contents, [], found);
  const broken = [...syntax, ...found.broken.map(({ offset, message }) => ({ place: place(offset), message }))];
  if (broken.length > 0) throw new ConfigError(broken);
  let value: unknown;
  try {
    value = tree.toJS();
  } catch (error) {
    throw new ConfigError([
      { place: file, message: `not usable YAML: ${tidy(error instanceof Error ? error.message : String(error))}` },
    ]);
  }
  return {
    value,
    faults: found.faults,
    toProblem: ({ path, at, what }) => ({
      place: place(offsetOf(tree, path, at)),
      message: path.length === 0 ? what : `${formatPath(path)}: ${what}`,
    }),
  };
}

/** The parser's words on one line, without the text it quotes: that may be a secret. */
function tidy(message: string): string {
  return message
    .replaceAll(/:? ?"(?:[^"\\]|\\.)*"/gs, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

interface Findings {
  readonly faults: Fault[];
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
        found.faults.push({ path: inner, at: 'key', what: 'this key is given twice; keep one' });
      seen.add(name);
      inspect(tree, value, inner, found);
    }
  }
}

function offsetOf(tree: Tree, path: Path, at: Fault['at']): number {
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

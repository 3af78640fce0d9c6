import { join, resolve } from 'node:path';
import type { Node, SourceFile } from 'typescript/unstable/ast';
import { isFunctionLikeDeclaration, isIdentifier } from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/sync';
import { productFiles } from './size.ts';

interface LongFunction extends Readonly<Record<string, string | number>> {
  readonly lines: number;
  readonly name: string;
  readonly where: string;
}

/**
 * The longest functions of the product, longest first, as the compiler's own parser sees them. A function that is
 * inside another counts for both.
 */
export function longestFunctions(root: string, count: number): readonly LongFunction[] {
  const api = new API({ cwd: resolve('.') });
  try {
    const project = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.build.json')] }).getProjects()[0];
    return productFiles(root)
      .flatMap((path) => {
        const source = project?.program.getSourceFile(join(root, 'src', path));
        if (source === undefined) throw new Error(`src/${path} is not compiled by tsconfig.build.json`);
        return listFunctions(source, path);
      })
      .sort((a, b) => b.lines - a.lines)
      .slice(0, count);
  } finally {
    api.close();
  }
}

function listFunctions(source: SourceFile, path: string): readonly LongFunction[] {
  const found: LongFunction[] = [];
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  const visit = (node: Node): void => {
    if (isFunctionLikeDeclaration(node)) {
      const first = lineOf(node.getStart(source));
      const lines = lineOf(node.end) - first + 1;
      found.push({
        lines,
        name: nameOf(node) ?? nameOf(node.parent) ?? '(no name)',
        where: `src/${path}:${first + 1}`,
      });
    }
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

/** The name of a declaration; null where it has none of its own. */
function nameOf(node: Node): string | null {
  const name = 'name' in node ? (node.name as Node | undefined) : undefined;
  return name !== undefined && isIdentifier(name) ? name.text : null;
}

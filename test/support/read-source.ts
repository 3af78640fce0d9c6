/** Facts about a source file that the tests of the architecture need. */
export interface Source {
  /** Module specifiers of every import and re-export, types and `import('…')` included; comments are not looked at. */
  readonly imports: readonly string[];
  /** Contents of string and template literals, in order, module specifiers included. */
  readonly strings: readonly string[];
  /** The text without comments, strings and regular expressions; templates stay, as they hold code. */
  readonly code: string;
}

/** Comments, strings, templates, and regular expressions (a slash where a value can begin). */
const TOKENS = new RegExp(
  [
    String.raw`(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)`,
    String.raw`(?<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")`,
    String.raw`(?<template>\x60(?:\\[\s\S]|[^\x60\\])*\x60)`,
    String.raw`(?<expression>(?<=(?:[=(,:[!&|?{};>+]|\breturn|^)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*)`,
  ].join('|'),
  'gm',
);

/** A specifier after `from`, after `import` alone, or within `import(…)`; its literal is put back by its number. */
const IMPORTS = /(?:\bfrom|\bimport)\s*\(?\s*\0(\d+)\0/g;

/** Takes a TypeScript file apart. Made for code as Prettier writes it. */
export function readSource(text: string): Source {
  const strings: string[] = [];
  const keep = (literal: string): string => `\0${strings.push(literal.slice(1, -1)) - 1}\0`;
  const numbered = text.replaceAll(TOKENS, (...match: unknown[]) => {
    const groups = match.at(-1) as Readonly<Record<string, string | undefined>>;
    if (groups['string'] !== undefined) return keep(groups['string']);
    if (groups['template'] !== undefined) return `${keep(groups['template'])}${groups['template']}`;
    return groups['expression'] === undefined ? ' ' : '/ /';
  });
  const imports = [...numbered.matchAll(IMPORTS)].map(([, index]) => strings[Number(index)] ?? '');
  return { imports, strings, code: numbered.replaceAll(/\0\d+\0/g, "''") };
}

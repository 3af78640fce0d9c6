/** A strict reader of both formats, for tests alone: it refuses what the formats forbid instead of guessing. */

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** All that stands behind `#`, as it stands; null where there is none. */
  readonly exemplar: string | null;
}

export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ParsedSample[];
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['', '_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count', '_created'],
};

/**
 * Reads a whole page.
 *
 * @throws for a line that the format does not have, a sample outside its family, a family that comes twice, a
 * duplicate series, and for OpenMetrics without its end.
 */
export function parseExposition(page: string, openMetrics: boolean): ParsedFamily[] {
  if (page !== '' && !page.endsWith('\n')) throw new Error('the last line is not ended');
  const lines = page.split('\n').slice(0, -1);
  if (openMetrics && lines.pop() !== '# EOF') throw new Error('there is no # EOF');
  const families: { name: string; type: string; help: string; samples: ParsedSample[] }[] = [];
  const series = new Set<string>();
  for (const line of lines) {
    if (/\s$/.test(line.replaceAll('\r', 'r'))) throw new Error(`trailing space: ${line}`);
    const comment = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/s.exec(line);
    const [, keyword, name = '', rest = ''] = comment ?? [];
    if (keyword === 'HELP') {
      if (families.some((family) => family.name === name)) throw new Error(`${name} comes twice`);
      families.push({ name, type: '', help: unescape(rest, openMetrics ? '\\n"' : '\\n'), samples: [] });
      continue;
    }
    const family = families.at(-1);
    if (family === undefined) throw new Error(`outside any family: ${line}`);
    if (keyword === 'TYPE') family.type = rest;
    if (keyword !== undefined) continue;
    const sample = parseSample(line);
    const suffixes = (SUFFIXES[family.type] ?? []).map((suffix) => family.name + suffix);
    if (!suffixes.includes(sample.name)) throw new Error(`${sample.name} is not of ${family.name}`);
    const identity = JSON.stringify([
      sample.name,
      Object.entries(sample.labels)
        .map((pair) => pair.join('='))
        .sort(),
    ]);
    if (series.has(identity)) throw new Error(`duplicate series: ${identity}`);
    series.add(identity);
    family.samples.push(sample);
  }
  return families;
}

function parseSample(line: string): ParsedSample {
  const match = /^([a-z_][a-z0-9_]*)(?:\{((?:[a-z_][a-z0-9_]*="(?:\\[\\"n]|[^\\"])*",?)*)\})? (\S+)(?: # (.+))?$/s.exec(
    line,
  );
  if (match === null) throw new Error(`not a sample: ${line}`);
  const [, name = '', labelText = '', value = '', exemplar = null] = match;
  const pairs = [...labelText.matchAll(/([a-z_][a-z0-9_]*)="((?:\\[\\"n]|[^\\"])*)"/gs)];
  const labels = Object.fromEntries(pairs.map(([, key, text]) => [key, unescape(text ?? '', '\\n"')]));
  if (Object.keys(labels).length !== pairs.length) throw new Error(`a label comes twice: ${line}`);
  return { name, labels, value: parseValue(value), exemplar };
}

function parseValue(text: string): number {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  if (text !== 'NaN' && !/^-?\d+(\.\d+)?(e[+-]\d+)?$/.test(text)) throw new Error(`not a number: ${text}`);
  return Number(text);
}

function unescape(text: string, allowed: string): string {
  return text.replaceAll(/\\(.)/gs, (whole, character: string) => {
    if (!allowed.includes(character)) return whole;
    return character === 'n' ? '\n' : character;
  });
}

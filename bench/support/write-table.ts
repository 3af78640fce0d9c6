/** Writes rows as a table in Markdown, to be read and to be pasted; the keys of the first row are the columns. */
export function writeTable(title: string, rows: readonly Readonly<Record<string, string | number>>[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |\n`;
  process.stdout.write(`\n${title}\n\n${line(columns)}${line(columns.map(() => '---'))}`);
  for (const row of rows) process.stdout.write(line(columns.map((column) => row[column] ?? '')));
}

/** Where in the configuration: keys and list positions from the top, e.g. `['targets', 0, 'name']`. */
export type Path = readonly (string | number)[];

/** Something wrong, before it is known on which line it stands. */
export interface Fault {
  readonly path: Path;
  /** Whether the key itself is what is wrong, so that the place is the key's and not the value's. */
  readonly at: 'key' | 'value';
  /** What is wrong and what to do. Never a value of the file, which may be a secret in the wrong place. */
  readonly what: string;
}

/** `targets[0].auth.token`: a path as people write it; empty for the whole file. */
export function formatPath(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

/** A way into the configuration: keys and list positions from the top, e.g. `['targets', 0, 'name']`. */
export type Path = readonly (string | number)[];

/** A problem of the configuration, before it is known on which line it stands; `ConfigProblem` has its place. */
export interface PathProblem {
  readonly path: Path;
  /** The key where it is wrong itself, so that the place is the key's; else the value. */
  readonly at: 'key' | 'value';
  /** What is wrong and what to do. Never a value of the file, which may be a secret in the wrong place. */
  readonly what: string;
  /** The key beside it that was probably meant, where the key is unknown: that one is then not told as missing. */
  readonly meant?: string;
}

/** Writes a path as people do, `targets[0].auth.token`; empty for the whole file. */
export function formatPath(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

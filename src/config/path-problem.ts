/** A way into the configuration: keys and list positions from the top, e.g. `['targets', 0, 'name']`. */
export type Path = readonly (string | number)[];

/** A problem of the configuration, before it is known on which line it stands; `ConfigProblem` has its place. */
export interface PathProblem {
  readonly path: Path;
  /** `key` where the key itself is wrong: the place is then the key's, not the value's. */
  readonly at: 'key' | 'value';
  /** The problem and its remedy. Never a value of the file, which may be a secret under a wrong key. */
  readonly what: string;
  /** The key beside it that was probably meant, where the key is unknown: that one is then not reported as missing. */
  readonly meant?: string;
}

/** Writes a path as people do, `targets[0].auth.token`; empty for the whole file. */
export function formatPath(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

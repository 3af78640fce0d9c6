import { createHash } from 'node:crypto';

/** A secret of the configuration, wherever it stands: printing, logging or serialising it shows `[redacted]`. */
export class Secret {
  readonly #read: () => string;
  readonly #source: string | null;

  /**
   * @param read gives the present value; a secret in a file is read again whenever the file has changed.
   * @param source where it comes from (a file, a variable, the digest of a value); null: only equal to itself.
   */
  constructor(read: () => string, source: string | null = null) {
    this.#read = read;
    this.#source = source;
  }

  /** The secret itself, without surrounding white space. @throws ConfigError when its file is gone or empty by now */
  reveal(): string {
    return this.#read();
  }

  /** True if both come from the same source; a file that changed meanwhile is still the same source. */
  isSameAs(other: Secret): boolean {
    return this === other || (this.#source !== null && this.#source === other.#source);
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]';
  }
}

/** Wraps a secret that stands in the configuration itself. */
export function toSecret(value: string): Secret {
  return new Secret(() => value, `value:${createHash('sha256').update(value).digest('hex')}`);
}

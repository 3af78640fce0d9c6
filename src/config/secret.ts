/** A secret of the config, wherever it stands: printing, logging or serialising it shows `[redacted]`. */
export class Secret {
  readonly #read: () => string;

  /** @param read gives the present value; a secret in a file is read again whenever the file has changed. */
  constructor(read: () => string) {
    this.#read = read;
  }

  /** The secret itself, without surrounding white space. @throws ConfigError when its file cannot be read any more */
  reveal(): string {
    return this.#read();
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

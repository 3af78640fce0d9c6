import { readFileSync, statSync } from 'node:fs';

/** The configuration's access to files; tests pass one of their own. */
export interface Files {
  /** The file's text, without a byte order mark. @throws whatever the file system says, or EncodingError */
  read(path: string): string;
  /** A text that differs once the file has changed. @throws as `read` */
  version(path: string): string;
}

/** A file is text, but not in UTF-8: read all the same, it would be refused for reasons that nobody understands. */
export class EncodingError extends Error {
  constructor(found: string) {
    super(`it is ${found}; save it as UTF-8`);
    this.name = 'EncodingError';
  }
}

function decode(bytes: Buffer): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || bytes.includes(0))
    throw new EncodingError('in UTF-16, or not a text');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new EncodingError('not in UTF-8 but perhaps in Latin-1 or Windows-1252');
  }
}

/** The file system. A file counts as changed when its time, size or inode did (Kubernetes swaps the file itself). */
export function createFiles(): Files {
  return {
    read: (path) => decode(readFileSync(path)),
    version: (path) => {
      const { mtimeMs, size, ino } = statSync(path);
      return `${mtimeMs}:${size}:${ino}`;
    },
  };
}

/** Says why a file could not be read, without its name: `no such file`, `permission denied`. */
export function fileTrouble(error: unknown): string {
  if (error instanceof EncodingError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'no such file',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EISDIR: 'it is a directory',
    ENOTDIR: 'a part of its path is not a directory',
  };
  return words[code] ?? code;
}

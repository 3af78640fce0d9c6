import { readFileSync, statSync } from 'node:fs';

/** How the configuration reads files; tests pass one of their own. */
export interface Files {
  /** The file's text. @throws whatever the file system says */
  read(path: string): string;
  /** Something that differs once the file has changed. @throws as `read` */
  version(path: string): string;
}

/** The file system. A file counts as changed when its time, size or inode did (Kubernetes swaps the file itself). */
export function createFiles(): Files {
  return {
    read: (path) => readFileSync(path, 'utf8'),
    version: (path) => {
      const { mtimeMs, size, ino } = statSync(path);
      return `${mtimeMs}:${size}:${ino}`;
    },
  };
}

/** `no such file`, `permission denied`: why a file could not be read, without its name. */
export function fileTrouble(error: unknown): string {
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

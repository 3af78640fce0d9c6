import type { Reader } from '../metrics/readers.ts';
import type { Block, Snapshot, SnapshotSource } from '../metrics/samples.ts';

export interface SnapshotStoreOptions {
  /** All blocks as they stand, in a stable order; called only when something has changed. */
  readonly blocks: () => readonly Block[];
  readonly scraped: (generation: number, reader: Reader) => void;
  readonly pushed: (generation: number) => void;
}

export interface SnapshotStore extends SnapshotSource {
  /** Says that the present snapshot is out of date. */
  outdate(): void;
  nextGeneration(): number;
}

/** Makes snapshots when they are read, and only if something has changed since the last one. */
export function createSnapshotStore({ blocks, scraped, pushed }: SnapshotStoreOptions): SnapshotStore {
  let snapshot: Snapshot = { generation: 0, blocks: [] };
  let isOutdated = true;
  return {
    outdate: () => {
      isOutdated = true;
    },
    nextGeneration: () => snapshot.generation + 1,
    current: () => {
      if (isOutdated) {
        isOutdated = false;
        snapshot = { generation: snapshot.generation + 1, blocks: blocks() };
      }
      return snapshot;
    },
    scraped: ({ generation }, reader) => scraped(generation, reader),
    pushed: ({ generation }) => pushed(generation),
  };
}

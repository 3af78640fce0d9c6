/** All families of a snapshot in one format and encoding, brought up to date where they changed. */
import type { Metric } from '../metrics/metric.ts';
import type { Block } from '../metrics/samples.ts';
import { haveSameElements } from '../model/same-elements.ts';
import { type Chunk, firstKey } from './chunks.ts';
import type { Encoding, Piece } from './piece.ts';
import type { Renderer } from './render.ts';
import { showSame } from './same-samples.ts';
import { createTimeSlice } from './time-slice.ts';

/** A family's pieces in order, its HELP and TYPE first. The very same list as long as they stay the same. */
type FamilyPieces = readonly Piece[];

export interface Body {
  /** The families that have samples in `chunks`, in catalogue order. */
  update(chunks: readonly Chunk[]): Promise<readonly FamilyPieces[]>;
}

interface RenderedChunk {
  readonly chunk: Chunk;
  /** One piece for each metric of the catalogue, null where the chunk has no sample of it. */
  readonly pieces: readonly (Piece | null)[];
}

/** Makes a body that is empty until its first update. Updates must not overlap. */
export function createBody(catalogue: readonly Metric[], renderer: Renderer, encoding: Encoding): Body {
  const heads = catalogue.map((metric) => encoding.encode(Buffer.from(renderer.head(metric)), []));
  const write = createPieceWriter(renderer, encoding);
  let renderedChunks: ReadonlyMap<string, RenderedChunk> = new Map();
  let families: readonly FamilyPieces[] = [];

  function renderChunk(chunk: Chunk, before: RenderedChunk | undefined): RenderedChunk {
    const shown = new Set<Metric>();
    for (const block of chunk.blocks) {
      for (const metric of block.families.keys()) shown.add(metric);
    }
    const positions = new Map(before?.chunk.keys.map((key, index) => [key, index]));
    const matches = chunk.keys.map((key) => positions.get(key) ?? null);
    const sameKeys = before?.chunk.keys.length === chunk.keys.length && matches.every((old, at) => old === at);
    const pieces = catalogue.map((metric, index) => {
      if (!shown.has(metric)) return null;
      const piece = before?.pieces[index] ?? null;
      const kept = chunk.blocks.map((block, at) => {
        const old = before?.chunk.blocks[matches[at] ?? -1];
        return old !== undefined && showSame(metric, old, block) ? (matches[at] ?? null) : null;
      });
      if (sameKeys && piece !== null && !kept.includes(null)) return piece;
      return write(metric, chunk.blocks, piece, kept);
    });
    return { chunk, pieces };
  }

  function collectFamily(index: number, chunks: Iterable<RenderedChunk>): FamilyPieces {
    const pieces: Piece[] = [];
    for (const rendered of chunks) {
      const piece = rendered.pieces[index] ?? null;
      if (piece !== null) pieces.push(piece);
    }
    const head = heads[index];
    if (pieces.length > 0 && head !== undefined) pieces.unshift(head);
    const before = families[index];
    return before !== undefined && haveSameElements(before, pieces) ? before : pieces;
  }

  return {
    async update(chunks) {
      const endOfSlice = createTimeSlice();
      const rendered = new Map<string, RenderedChunk>();
      for (const chunk of chunks) {
        const before = renderedChunks.get(firstKey(chunk));
        rendered.set(firstKey(chunk), before?.chunk === chunk ? before : renderChunk(chunk, before));
        await endOfSlice();
      }
      renderedChunks = rendered;
      families = catalogue.map((_, index) => collectFamily(index, rendered.values()));
      // Joining what was rendered is the longest step of all: it had better not come on top of others.
      await endOfSlice();
      return families.filter((pieces) => pieces.length > 0);
    },
  };
}

type WritePiece = (
  metric: Metric,
  blocks: readonly Block[],
  before: Piece | null,
  kept: readonly (number | null)[],
) => Piece | null;

/**
 * Makes a function that writes one family of some blocks. Where `kept` has an index, the block shows the same as the
 * one at that index of `before`, and its bytes are copied if they are plain; null for a piece without lines.
 */
function createPieceWriter(renderer: Renderer, encoding: Encoding): WritePiece {
  let scratch = Buffer.allocUnsafeSlow(64 * 1024);
  let length = 0;

  function reserve(bytes: number): void {
    if (length + bytes <= scratch.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * scratch.length, length + bytes));
    scratch.copy(larger, 0, 0, length);
    scratch = larger;
  }

  return (metric, blocks, before, kept) => {
    length = 0;
    const ends = blocks.map((block, at) => {
      const old = kept[at] ?? null;
      const samples = block.families.get(metric);
      const end = old === null ? undefined : before?.ends[old];
      if (old !== null && before !== null && end !== undefined) {
        const start = before.ends[old - 1] ?? 0;
        reserve(end - start);
        length += before.bytes.copy(scratch, length, start, end);
      } else if (samples !== undefined) {
        const lines = renderer.samples(metric, block, samples);
        // A UTF-16 unit becomes three bytes of UTF-8 at most.
        reserve(3 * lines.length);
        length += scratch.write(lines, length);
      }
      return length;
    });
    return length === 0 ? null : encoding.encode(scratch.subarray(0, length), ends);
  };
}

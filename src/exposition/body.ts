/** All families of a snapshot in one representation, brought up to date piece by piece. */
import { scheduler } from 'node:timers/promises';
import type { Metric } from '../metrics/catalogue.ts';
import { type Chunk, haveSameElements } from './chunks.ts';
import type { Piece, PieceEncoder } from './pieces.ts';
import type { Renderer } from './render.ts';
import { showSame } from './same-samples.ts';

export interface Body {
  /** The families as they are in `chunks`, in catalogue order; families without samples are left out. */
  update(chunks: readonly Chunk[]): Promise<readonly Piece[]>;
}

interface RenderedChunk {
  readonly chunk: Chunk;
  /** One piece for each metric of the catalogue, null where the chunk has no sample of it. */
  readonly pieces: readonly (Piece | null)[];
}

interface RenderedFamily {
  readonly parts: readonly Piece[];
  readonly joined: readonly Piece[];
}

/** Longest time that an update keeps the event loop before it lets others go first. */
const SLICE_MS = 5;

/** Makes a body that is empty until its first update. Updates must not overlap. */
export function createBody(catalogue: readonly Metric[], renderer: Renderer, encoder: PieceEncoder): Body {
  const heads = new Map<Metric, Piece>();
  let renderedChunks: ReadonlyMap<string, RenderedChunk> = new Map();
  let families: readonly RenderedFamily[] = [];

  function renderChunk(chunk: Chunk, before: RenderedChunk | undefined): RenderedChunk {
    const comparable = before !== undefined && before.chunk.blocks.length === chunk.blocks.length ? before : null;
    const pieces = catalogue.map((metric, index) => {
      const known = comparable?.pieces[index];
      if (
        known !== undefined &&
        comparable?.chunk.blocks.every((old, at) => showSame(metric, old, chunk.blocks[at] ?? old)) === true
      ) {
        return known;
      }
      let lines = '';
      for (const block of chunk.blocks) {
        const samples = block.families.get(metric);
        if (samples !== undefined) lines += renderer.samples(metric, block, samples);
      }
      return lines === '' ? null : encoder.encode(lines);
    });
    return { chunk, pieces };
  }

  function headOf(metric: Metric): Piece {
    const head = heads.get(metric) ?? encoder.encode(renderer.head(metric));
    heads.set(metric, head);
    return head;
  }

  function joinFamily(metric: Metric, index: number, chunks: Iterable<RenderedChunk>): RenderedFamily {
    const parts: Piece[] = [];
    for (const { pieces } of chunks) {
      const piece = pieces[index] ?? null;
      if (piece !== null) parts.push(piece);
    }
    if (parts.length > 0) parts.unshift(headOf(metric));
    const before = families[index];
    if (before !== undefined && haveSameElements(before.parts, parts)) return before;
    return { parts, joined: parts.length === 0 ? [] : encoder.join(parts) };
  }

  return {
    async update(chunks) {
      let sliceStart = performance.now();
      const letOthersGoFirst = async (): Promise<void> => {
        if (performance.now() - sliceStart < SLICE_MS) return;
        await scheduler.yield();
        sliceStart = performance.now();
      };
      const rendered = new Map<string, RenderedChunk>();
      for (const chunk of chunks) {
        const before = renderedChunks.get(chunk.key);
        rendered.set(chunk.key, before?.chunk === chunk ? before : renderChunk(chunk, before));
        await letOthersGoFirst();
      }
      const joined: RenderedFamily[] = [];
      for (const [index, metric] of catalogue.entries()) {
        joined.push(joinFamily(metric, index, rendered.values()));
        await letOthersGoFirst();
      }
      renderedChunks = rendered;
      families = joined;
      return joined.flatMap((family) => family.joined);
    },
  };
}

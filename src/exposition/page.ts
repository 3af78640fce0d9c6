/** The page of metrics: rendered and compressed only when it has changed. */
import type { Metric } from '../metrics/metric.ts';
import type { Block, Snapshot, SnapshotSource } from '../metrics/samples.ts';
import { createBody } from './body.ts';
import { type Chunk, createChunker, type ReportDuplicate } from './chunks.ts';
import { CONTENT_TYPE, type Format } from './format.ts';
import { createGzip } from './gzip.ts';
import { createPlain } from './piece.ts';
import { createRenderer } from './render.ts';

/** A request for the page. */
export interface PageRequest {
  readonly format: Format;
  readonly gzip: boolean;
  /** With `_created` lines; the text format has none. */
  readonly created: boolean;
}

/** A whole answer. Its buffers are shared by all that ask the same: they must not be written to. */
export interface PageAnswer {
  readonly headers: Readonly<Record<string, string>>;
  /** Parts of the body in order; their lengths add up to the `content-length` header. */
  readonly buffers: readonly Buffer[];
  /** The snapshot that the answer shows. */
  readonly snapshot: Snapshot;
}

export interface Page {
  /** The present snapshot as asked for. Readers that ask the same while it is being rendered share the work. */
  read(request: PageRequest): Promise<PageAnswer>;
}

/** Lines of other families that follow the catalogue's, such as the process's own. */
export interface ExtraLines {
  /** Whole families in the format, each line ended by a line feed; without `# EOF`. */
  read(format: Format): Promise<string>;
}

export interface PageOptions {
  readonly source: Pick<SnapshotSource, 'current'>;
  /** Metrics in the order of the page; a family that is not in it is not shown. */
  readonly catalogue: readonly Metric[];
  readonly extraLines: ExtraLines | null;
  /** Called once for each family that was found to have two samples with equal labels. */
  readonly reportDuplicate: ReportDuplicate;
}

/** One combination of format, compression and `_created`, which costs nothing until it is asked for. */
interface View {
  readonly read: (snapshot: Snapshot, extraLines: string) => Promise<PageAnswer>;
  lastRead: number;
}

/** A view that was left out so many reads in a row is forgotten; with two readers at 15 s, that is 12 minutes. */
const FORGET_AFTER_READS = 100;

/** Makes the page. Nothing is rendered before the first read. */
export function createPage({ source, catalogue, extraLines, reportDuplicate }: PageOptions): Page {
  const views = new Map<string, View>();
  const reported = new Set<Metric>();
  let reads = 0;
  let divided: { readonly blocks: readonly Block[]; readonly chunks: Promise<readonly Chunk[]> } | null = null;

  const divide = createChunker((metric, labels) => {
    if (reported.has(metric)) return;
    reported.add(metric);
    reportDuplicate(metric, labels);
  });
  const chunksOf = ({ blocks }: Snapshot): Promise<readonly Chunk[]> => {
    if (divided?.blocks !== blocks) divided = { blocks, chunks: divide(blocks) };
    return divided.chunks;
  };

  function viewOf(request: PageRequest): View {
    const created = request.created && request.format === 'openmetrics';
    const key = `${request.format} ${request.gzip} ${created}`;
    const view = views.get(key) ?? createView({ ...request, created }, catalogue, chunksOf);
    views.set(key, view);
    reads += 1;
    view.lastRead = reads;
    for (const [otherKey, other] of views) {
      if (reads - other.lastRead > FORGET_AFTER_READS) views.delete(otherKey);
    }
    return view;
  }

  return {
    async read(request) {
      const view = viewOf(request);
      const lines = (await extraLines?.read(request.format)) ?? '';
      return view.read(source.current(), lines);
    },
  };
}

function createView(
  request: PageRequest,
  catalogue: readonly Metric[],
  chunksOf: (snapshot: Snapshot) => Promise<readonly Chunk[]>,
): View {
  const encoding = request.gzip ? createGzip() : createPlain();
  const body = createBody(catalogue, createRenderer(request), encoding);
  const update = keepLatest(async (snapshot) => ({ snapshot, families: await body.update(await chunksOf(snapshot)) }));
  let known: { readonly lines: string; readonly answer: PageAnswer } | null = null;

  return {
    lastRead: 0,
    async read(wanted, extraLines) {
      const { snapshot, families } = await update(wanted);
      const lines = request.format === 'openmetrics' ? `${extraLines}# EOF\n` : extraLines;
      if (known?.answer.snapshot !== snapshot || known.lines !== lines) {
        known = { lines, answer: createAnswer(request, snapshot, encoding.finish(families, lines)) };
      }
      return known.answer;
    },
  };
}

/** Keeps what was last made, and lets all who ask while something is being made wait for that. */
function keepLatest<T extends { readonly snapshot: Snapshot }>(
  make: (snapshot: Snapshot) => Promise<T>,
): (snapshot: Snapshot) => Promise<T> {
  let latest: T | null = null;
  let making: Promise<T> | null = null;

  async function makeLatest(snapshot: Snapshot): Promise<T> {
    try {
      latest = await make(snapshot);
      return latest;
    } finally {
      making = null;
    }
  }

  return async (snapshot) => {
    if (latest?.snapshot === snapshot) return latest;
    making ??= makeLatest(snapshot);
    return making;
  };
}

function createAnswer({ format, gzip }: PageRequest, snapshot: Snapshot, buffers: readonly Buffer[]): PageAnswer {
  const headers = {
    'content-type': CONTENT_TYPE[format],
    'content-length': String(buffers.reduce((length, buffer) => length + buffer.length, 0)),
    vary: 'Accept, Accept-Encoding',
    ...(gzip && { 'content-encoding': 'gzip' }),
  };
  return { headers, buffers, snapshot };
}

import type { Window } from '../vendor.ts';
import type { ListPage, Paging } from './list-page.ts';

interface OneAnswerOptions {
  /** True if records may be missing from an answer to a window; false for every answer unless given. */
  readonly isCut?: (page: Pick<ListPage, 'runs' | 'keys'>, window: Window) => boolean;
}

/** Lists that are given in one answer. */
export function inOneAnswer({ isCut = () => false }: OneAnswerOptions = {}): Paging {
  return {
    createReader:
      () =>
      async ({ fetchPage, slice }) => {
        const page = await fetchPage({});
        return { runs: page.runs, rejected: page.rejected, truncated: isCut(page, slice) };
      },
  };
}

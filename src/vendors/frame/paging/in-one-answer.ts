import type { Run } from '../../../model/run.ts';
import type { Window } from '../../vendor.ts';
import type { Paging } from './list-page.ts';

interface OneAnswerOptions {
  /** True if records may be missing from an answer to a window with `listed` records, broken ones included. Absent: never. */
  readonly isCut?: (runs: readonly Run[], listed: number, window: Window) => boolean;
}

/** Lists that are given in one answer. */
export function inOneAnswer({ isCut = () => false }: OneAnswerOptions = {}): Paging {
  return {
    createReader:
      () =>
      async ({ fetchPage, slice }) => {
        const page = await fetchPage({});
        return { runs: page.runs, rejected: page.rejected, truncated: isCut(page.runs, page.keys.length, slice) };
      },
  };
}

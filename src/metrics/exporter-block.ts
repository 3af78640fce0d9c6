import { EXPORTER_METRICS } from './catalogue/exporter.ts';
import type { ExporterView } from './exporter-view.ts';
import { createFamilyReader } from './family-reader.ts';
import type { Block } from './samples.ts';

const readFamilies = createFamilyReader(EXPORTER_METRICS);

/** Makes the block of the exporter itself. @see spec section 3 */
export function exporterBlock(view: ExporterView): Block {
  return { labels: [], families: readFamilies(view) };
}

/** Lines that a block has on the page: a histogram is its buckets, its sum and its count. */
export function countSeries(block: Block): number {
  let series = 0;
  for (const samples of block.families.values()) {
    for (const { value } of samples) series += typeof value === 'number' ? 1 : value.counts.length + 2;
  }
  return series;
}

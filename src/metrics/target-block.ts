import { TARGET_METRICS } from './catalogue/target.ts';
import { createFamilyReader } from './family-reader.ts';
import type { Block } from './samples.ts';
import type { TargetView } from './target-view.ts';

const readFamilies = createFamilyReader(TARGET_METRICS);

/** Makes the block of one target. @see spec section 3 */
export function targetBlock(view: TargetView): Block {
  return {
    labels: ['vendor', view.vendor, 'target', view.target],
    families: readFamilies(view, { totals: view.totals, exemplars: new Map() }),
  };
}

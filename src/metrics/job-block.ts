import { OTHER } from '../ledger/records.ts';
import { JOB_METRICS } from './catalogue/job.ts';
import type { JobView } from './job-view.ts';
import { toLabelValue } from './label-value.ts';
import { createFamilyReader } from './family-reader.ts';
import type { Block } from './samples.ts';

const readFamilies = createFamilyReader(JOB_METRICS);

/** Makes the block of one job, or of all overflow jobs together. @see spec section 3 */
export function jobBlock(view: JobView): Block {
  const { vendor, target, job, totals, exemplars } = view;
  const names = job === OTHER ? ['', OTHER, ''] : [job.workspace, job.shownName, job.kind];
  const [workspace = '', name = '', kind = ''] = names.map(toLabelValue);
  return {
    labels: ['vendor', vendor, 'target', target, 'workspace', workspace, 'job_name', name, 'job_kind', kind],
    families: readFamilies(view, { totals, exemplars }),
  };
}

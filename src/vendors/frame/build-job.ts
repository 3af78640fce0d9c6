import type { Job } from '../../model/run.ts';

/** Labels of a job that a record may leave out. */
type Labels = Pick<Job, 'name' | 'kind' | 'workspace'>;

/** A job as a record tells of it; a label is null where the record does not say it. */
type JobParts = Pick<Job, 'key' | 'id'> & { readonly [Label in keyof Labels]: string | null };

/**
 * Builds a job with a stand-in for each label that its record does not say. One record with an empty name must not
 * rename a job, so such labels are listed in `unsaid`. The job has no `url`.
 */
export function buildJob({ key, id, ...said }: JobParts, standIns: Labels): Job {
  const unsaid = (['name', 'kind', 'workspace'] as const).filter((label) => said[label] === null);
  return {
    key,
    id,
    name: said.name ?? standIns.name,
    kind: said.kind ?? standIns.kind,
    workspace: said.workspace ?? standIns.workspace,
    url: null,
    ...(unsaid.length > 0 && { unsaid }),
  };
}

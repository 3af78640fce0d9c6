import type { Job } from '../model/run.ts';

type Labels = Pick<Job, 'name' | 'kind' | 'workspace'>;

/**
 * The labels of a job as a record says them, with a stand-in where it says none. One record with an empty name must
 * not rename a job, so stand-ins are named in `unsaid`.
 */
export function saidOr(
  standIns: Labels,
  said: Readonly<Record<keyof Labels, string | null>>,
): Labels & Pick<Job, 'unsaid'> {
  const unsaid = (['name', 'kind', 'workspace'] as const).filter((label) => said[label] === null);
  const labels = {
    name: said.name ?? standIns.name,
    kind: said.kind ?? standIns.kind,
    workspace: said.workspace ?? standIns.workspace,
  };
  return unsaid.length === 0 ? labels : { ...labels, unsaid };
}

import { execFile } from 'node:child_process';
import { fetchMonitoringTools } from './monitoring-tools.ts';

/** The output of the real `promtool check metrics` for a page; code 0 and no output for a clean one. */
export async function checkMetrics(page: string): Promise<{ code: number; output: string }> {
  const { promtool } = await fetchMonitoringTools();
  return new Promise((resolve) => {
    const child = execFile(promtool, ['check', 'metrics'], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
    });
    child.stdin?.end(page);
  });
}

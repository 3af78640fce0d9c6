/** The built program's `simulate`, over a plan of a test. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Workplace } from './start-program-serve.ts';
import { type RunningProgram, startProgram } from './start-program.ts';

const Printed = z.object({ control: z.string(), config: z.looseObject({ targets: z.array(z.unknown()) }) });
const World = z.object({ now: z.number(), since: z.number() });

export interface RunningSimulate extends RunningProgram {
  /** The configuration that it prints. */
  config(): Promise<z.output<typeof Printed>['config']>;
  /** Holds the world's time at so many seconds from its beginning. @throws Error when more have gone by already */
  holdAt(seconds: number): Promise<void>;
  /** Lets the world's time run on. */
  resume(): Promise<void>;
}

/** @param plan as `--plan` takes it; the file is the workplace's */
export function startSimulate({ folder }: Workplace, plan: object, flags: readonly string[] = []): RunningSimulate {
  const file = join(folder, 'plan.json');
  writeFileSync(file, JSON.stringify(plan));
  const program = startProgram(['simulate', '--plan', file, ...flags]);
  const printed = async (): Promise<z.output<typeof Printed>> => {
    const [text] = await program.printed(/^\{[^]*^\}$/m);
    return Printed.parse(JSON.parse(text));
  };
  const askClock = async (command: object): Promise<void> => {
    const { control } = await printed();
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${control}/clock`, { method: 'POST', headers, body: JSON.stringify(command) });
    if (!answer.ok) throw new Error(`${JSON.stringify(command)}: ${await answer.text()}`);
  };
  return {
    ...program,
    config: async () => (await printed()).config,
    holdAt: async (seconds) => {
      await askClock({ action: 'freeze' });
      const { now, since } = World.parse(await (await fetch(`${(await printed()).control}/world`)).json());
      const rest = since + seconds - now;
      if (rest < 0) throw new Error(`the world is ${now - since} s old already`);
      await askClock({ action: 'advance', by: `${Math.round(rest * 1000)}ms` });
    },
    resume: () => askClock({ action: 'resume' }),
  };
}

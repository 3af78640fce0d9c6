/** The built program's `demo`, on free ports. */
import { type RunningProgram, startProgram } from './start-program.ts';

interface DemoAddresses {
  readonly status: string;
  readonly metrics: string;
  readonly control: string;
  /** Where it pushes. */
  readonly otlp: string;
}

export interface RunningDemo extends RunningProgram {
  /** As it prints them, once it has. */
  addresses(): Promise<DemoAddresses>;
}

/** @param env beside the environment of the tests */
export function startDemo(flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}): RunningDemo {
  const program = startProgram(['demo', '--web.listen-address', '127.0.0.1:0', ...flags], env);
  return {
    ...program,
    addresses: async () => {
      const [, status = ''] = await program.printed(/^ +status +(http:\S+)$/m);
      const [, metrics = ''] = await program.printed(/^ +metrics +(http:\S+)$/m);
      const [, control = ''] = await program.printed(/^ +control +(http:\S+?)\/? /m);
      const [, otlp = ''] = await program.printed(/^ +otlp +(http:\S+)/m);
      return { status, metrics, control, otlp };
    },
  };
}

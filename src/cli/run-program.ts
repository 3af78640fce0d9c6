/** The command line: which command, with which options. Commands are loaded when they run, so that help is quick. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ConfigError } from '../config/config.ts';
import { nearest } from '../config/known-keys.ts';
import type { DemoOptions, RunCommand, SimulateOptions, Runtime, VersionInfo } from './command.ts';
import { flagOptions, parseCount, toFlags } from './flags.ts';

const NAME = 'datajobs-exporter';

/**
 * Runs the command that the arguments name.
 *
 * @param args without the program's own name.
 * @returns the exit code: 0 for success; 1 for a wrong command line, a wrong configuration or a failed command.
 */
export async function runProgram(args: readonly string[], runtime: Runtime): Promise<number> {
  let exitCode = 0;
  const program = createProgram(runtime, async (run, options) => {
    exitCode = await run({ ...runtime, flags: toFlags(program.opts()), options });
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (error instanceof ConfigError) runtime.stderr.write(`${error.message}\n`);
    else runtime.stderr.write(`${NAME}: ${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}

type Start = <Options>(run: RunCommand<Options>, options: Options) => Promise<void>;

function createProgram({ stdout, stderr, version, onReload }: Runtime, start: Start): Command {
  const program = new Command(NAME)
    .description('Prometheus and OTLP exporter for the jobs of data platforms; counts every finished run exactly once.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    })
    .showHelpAfterError(`(see ${NAME} --help)`)
    .version(formatVersion(version), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true });
  for (const option of flagOptions()) program.addOption(option);

  const add = <Options>(name: string, description: string, load: () => Promise<RunCommand<Options>>): Command =>
    program
      .command(name, { isDefault: name === 'serve', hidden: name === 'healthcheck' })
      .description(description)
      .allowExcessArguments()
      .action(async (options: Options, command: Command) => {
        refuseOperands(program, command);
        if (name !== 'serve') onReload(null);
        await start(await load(), options);
      });

  add('serve', 'poll and serve (the default)', async () => (await import('./serve.ts')).runServe);
  add('check', 'check the configuration, offline', async () => (await import('./check.ts')).runCheck);
  add('once', 'poll every target once and print the metrics', async () => (await import('./once.ts')).runOnce);
  add('healthcheck', 'for the image: ask the exporter that runs in it', async () => {
    const { runHealthcheck } = await import('./healthcheck.ts');
    return runHealthcheck;
  });
  add<DemoOptions>(
    'demo',
    'the whole product on simulated vendors, without any account',
    async () => (await import('./demo.ts')).runDemo,
  ).addOption(speedOption());
  add<SimulateOptions>(
    'simulate',
    'only the simulated vendors',
    async () => (await import('./simulate.ts')).runSimulate,
  )
    .addOption(speedOption())
    .addOption(new Option('--plan <file>', 'YAML or JSON file of the jobs to simulate (default: those of the demo)'))
    .addOption(new Option('--seed <text>', 'what runs are drawn from: the same seed, the same runs').default('acme'))
    .addOption(new Option('--port <number>', 'port on 127.0.0.1; 0 for a free one').default(0).argParser(parsePort));
  return program;
}

/** Refuses operands: a word that is no command would else reach the default command as one. */
function refuseOperands(program: Command, command: Command): void {
  const [word] = command.args;
  if (word === undefined) return;
  const guess = nearest(
    word,
    program.commands.map((known) => known.name()),
  );
  const hint = guess === null || command.name() !== 'serve' ? '' : `; did you mean ${guess}?`;
  program.error(`error: unexpected argument '${word}'${hint}`);
}

function speedOption(): Option {
  return new Option('--speed <factor>', 'times faster than real time: at 60 an hour passes in a minute')
    .default(1)
    .argParser((text) => {
      const speed = Number(text);
      if (speed > 0 && speed <= 100_000) return speed;
      throw new InvalidArgumentError('Expected a number above 0, such as 60.');
    });
}

function parsePort(text: string): number {
  const port = parseCount(text);
  if (port > 65_535) throw new InvalidArgumentError('Expected a port of at most 65535.');
  return port;
}

/** The version as Prometheus' own exporters print it. */
function formatVersion({ version, revision, nodeVersion }: VersionInfo): string {
  return `${NAME}, version ${version} (revision: ${revision})\n  node version:     ${nodeVersion}`;
}

import type { Config, TargetConfig } from '../config/config.ts';
import { diffTargets } from '../config/diff-targets.ts';
import { LedgerError } from '../ledger/ledger.ts';
import type { RunningTarget, TargetMaker } from './running-target.ts';
import type { TargetKeeper } from './target-keeper.ts';

/** The targets at work, and how they come to be those of a configuration. */
export interface RunningTargets {
  /** By target id. */
  readonly all: ReadonlyMap<string, RunningTarget>;
  /** Polls every target, and those to come, on its interval. */
  start(): void;
  /**
   * Brings the targets to a configuration; those that are not affected are left alone.
   * @throws LedgerError when the ledger refuses one; all are then as they were
   */
  take(next: Config): Promise<void>;
}

export interface RunningTargetsOptions {
  /** The configuration before the first `take`, which has no targets. */
  readonly config: Config;
  readonly maker: TargetMaker;
  /** Writes what a target has left unwritten; never rejects. */
  readonly flush: (keeper: TargetKeeper) => Promise<void>;
  /** Told when targets have come or gone. */
  readonly changed: () => void;
}

export function createRunningTargets({ maker, flush, changed, ...options }: RunningTargetsOptions): RunningTargets {
  const all = new Map<string, RunningTarget>();
  let config: Config = { ...options.config, targets: [] };
  let isStarted = false;

  const run = (target: TargetConfig, keeper: TargetKeeper): void => {
    const running = maker.connect(target, keeper);
    all.set(target.id, running);
    if (isStarted) running.poller.start();
    changed();
  };
  const halt = async ({ poller, keeper }: RunningTarget): Promise<void> => {
    await poller.stop();
    await flush(keeper);
  };
  /** Refuses what the ledger would refuse of targets that are at work, while they still are. */
  const checkAccounts = (targets: readonly TargetConfig[]): void => {
    for (const target of targets) {
      const before = all.get(target.id)?.keeper.config();
      if (before === undefined || target.reset || maker.fingerprint(before) === maker.fingerprint(target)) continue;
      throw new LedgerError(
        `target ${target.name} is another account now; give it another id, or set "reset: true" once to forget what was counted`,
      );
    }
  };
  /** Goes on with the keeper that there is, unless what it was made of is no longer the same. */
  const keeperFor = async (target: TargetConfig, next: Config): Promise<TargetKeeper> => {
    const keeper = all.get(target.id)?.keeper;
    const isAnother = keeper === undefined || maker.fingerprint(keeper.config()) !== maker.fingerprint(target);
    if (isAnother || !isShownAlike(config, next)) return maker.open(target, next);
    keeper.configure(target, maker.capabilities(target));
    return keeper;
  };

  return {
    all,
    start: () => {
      isStarted = true;
      for (const { poller } of all.values()) poller.start();
    },
    take: async (next) => {
      const diff = diffTargets(config, next);
      const changedTargets = diff.changed.map(({ after }) => after);
      checkAccounts(changedTargets);
      // Those that the ledger may refuse come first.
      const affected = [...diff.added, ...changedTargets, ...(isShownAlike(config, next) ? [] : diff.unchanged)];
      const halted = [...diff.removed, ...affected].flatMap(({ id }) => all.get(id) ?? []);
      for (const running of halted) await halt(running);
      const keepers: [TargetConfig, TargetKeeper][] = [];
      try {
        for (const target of affected) keepers.push([target, await keeperFor(target, next)]);
      } catch (error) {
        for (const { keeper } of halted) run(keeper.config(), keeper);
        throw error;
      }
      for (const { id } of diff.removed) all.delete(id);
      for (const [target, keeper] of keepers) run(target, keeper);
      config = next;
      changed();
    },
  };
}

/** Whether what holds for every target is the same in two configurations. */
function isShownAlike(a: Config, b: Config): boolean {
  return a.durationBuckets.join() === b.durationBuckets.join() && a.holdWindow === b.holdWindow;
}

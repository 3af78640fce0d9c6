import type { Logger } from 'pino';
import type { Config, TargetConfig } from '../config/config.ts';
import { diffTargets } from '../config/diff-targets.ts';
import { LedgerError } from '../ledger/ledger.ts';
import { haveSameElements } from '../model/same-elements.ts';
import type { Target } from '../targets/target.ts';
import type { RunningTarget, TargetMaker } from './running-target.ts';
import { createTargetTable, type TargetTable, type TargetTableOptions } from './target-table.ts';

/** The targets of a configuration, each running here or standby, in the order of the configuration. */
export interface RunningTargets extends Pick<TargetTable, 'running' | 'standby' | 'start' | 'stop'> {
  /**
   * Brings the targets to a configuration; those that are not affected are left alone.
   * @throws LedgerError when the ledger refuses one; all are then as they were
   */
  take(next: Config): Promise<void>;
  /** Asks for the standby targets again, and runs those that it gets; logs those that are refused. Never throws. */
  claimStandby(): Promise<void>;
}

export interface RunningTargetsOptions extends Omit<TargetTableOptions, 'connect'> {
  /** The configuration before the first `take`; its targets do not count. */
  readonly config: Config;
  readonly maker: TargetMaker;
  readonly logger: Logger;
}

/** Targets of no configuration yet. */
export function createRunningTargets({ maker, logger, ...options }: RunningTargetsOptions): RunningTargets {
  const table = createTargetTable({ ...options, logger, connect: maker.connect });
  const { running, standby } = table;
  let config: Config = { ...options.config, targets: [] };

  /** Runs a target that was opened; null: another process has it. */
  const runOrStandBy = (next: TargetConfig, opened: Target | null): void => {
    if (opened !== null) return table.run(opened);
    logger.info({ target: next.name }, 'another exporter has this target; it is neither polled nor shown here');
    table.standBy(next);
  };
  const openAndBegin = async (next: TargetConfig): Promise<Target | null> => {
    const opened = await maker.open(next, config);
    try {
      await opened?.begin();
    } catch (error) {
      await opened?.ledger.release();
      throw error;
    }
    return opened;
  };
  /** Opens the targets whose account, or what all targets share, has changed. */
  const openAll = async (affected: readonly TargetConfig[], next: Config): Promise<readonly OpenedTarget[]> => {
    const opened: OpenedTarget[] = [];
    try {
      for (const target of affected) {
        const current = running.get(target.id)?.target;
        const isKept = current !== undefined && isSameAccount(maker, current, target) && isSharedAlike(config, next);
        opened.push({ config: target, target: isKept ? current : await maker.open(target, next) });
      }
      for (const { config: target, target: handle } of opened)
        if (handle !== running.get(target.id)?.target) await handle?.begin();
    } catch (error) {
      for (const { config: target, target: handle } of opened)
        if (!running.has(target.id)) await handle?.ledger.release();
      throw new RefusedTargets(opened, error);
    }
    return opened;
  };
  /** Runs a target that was stopped as it was before. @param newNames names that it was opened under meanwhile */
  const resume = async ({ target }: RunningTarget, newNames: readonly string[]): Promise<void> => {
    const current = target.config();
    try {
      // Opened again meanwhile, its handle is of no use any more; under a new name, the ledger must learn the old one again.
      const isOpenedAgain = target.ledger.lost.aborted || newNames.length > 0;
      const previousNames = [...current.previousNames, ...newNames];
      runOrStandBy(current, isOpenedAgain ? await openAndBegin({ ...current, previousNames }) : target);
    } catch (error) {
      logger.error(
        { target: current.name, error: String(error) },
        'a target could not be resumed after a refused reload',
      );
      table.standBy(current, String(error));
    }
  };

  return {
    running,
    standby,
    start: table.start,
    stop: table.stop,
    take: async (next) => {
      const { affected, removed } = affectedBy(config, next);
      refuseOtherAccounts(maker, running, affected);
      const stopped = [...removed, ...affected].flatMap(({ id }) => running.get(id) ?? []);
      for (const entry of stopped) await table.halt(entry);
      let opened: readonly OpenedTarget[];
      try {
        opened = await openAll(affected, next);
      } catch (error) {
        if (!(error instanceof RefusedTargets)) throw error;
        for (const entry of stopped) await resume(entry, error.newNamesOf(entry));
        table.sort(config);
        throw error.cause;
      }
      for (const { id } of removed) {
        await running.get(id)?.target.ledger.release();
        table.remove(id);
      }
      config = next;
      for (const { config: target, target: handle } of opened) {
        if (handle === running.get(target.id)?.target) handle?.configure(target, maker.capabilities(target));
        runOrStandBy(target, handle);
      }
      table.sort(next);
    },
    claimStandby: async () => {
      // A copy: those that are taken over leave the table.
      const waiting = [...standby.values()];
      for (const { config: target, problem } of waiting) {
        try {
          const opened = await openAndBegin(target);
          if (opened === null) continue;
          await runClaimed(table, opened);
          logger.info({ target: target.name }, 'a target was taken over from another exporter');
          table.sort(config);
        } catch (error) {
          if (String(error) === problem) continue;
          logger.error({ target: target.name, error: String(error) }, 'a standby target could not be taken over');
          table.standBy(target, String(error));
        }
      }
    },
  };
}

async function runClaimed(table: TargetTable, opened: Target): Promise<void> {
  try {
    table.run(opened);
  } catch (error) {
    await opened.ledger.release();
    throw error;
  }
}

/** A target of the next configuration as it was opened; null: another process has it. */
interface OpenedTarget {
  readonly config: TargetConfig;
  readonly target: Target | null;
}

/** A target was refused after others had been opened. `cause` is the refusal. */
class RefusedTargets extends Error {
  readonly #opened: readonly OpenedTarget[];

  constructor(opened: readonly OpenedTarget[], cause: unknown) {
    super('a target was refused', { cause });
    this.#opened = opened;
  }

  /** The names under which a running target was opened that has another one. */
  newNamesOf({ target }: RunningTarget): readonly string[] {
    const { id } = target.config();
    return this.#opened.flatMap(({ config }) =>
      config.id !== id && config.previousNames.includes(id) ? config.id : [],
    );
  }
}

/** The targets that a reload adds, changes or removes; those that the ledger may refuse come first. */
function affectedBy(
  config: Config,
  next: Config,
): { readonly affected: readonly TargetConfig[]; readonly removed: readonly TargetConfig[] } {
  const { added, changed, unchanged, removed } = diffTargets(config, next);
  const affected = [...added, ...changed.map(({ after }) => after), ...(isSharedAlike(config, next) ? [] : unchanged)];
  // A rename must be taken back if a target is refused after it; a reset cannot be taken back, and is never refused.
  const order = ({ reset, previousNames }: TargetConfig): number => (reset ? 2 : previousNames.length > 0 ? 1 : 0);
  return { affected: affected.sort((a, b) => order(a) - order(b)), removed };
}

/** True if the settings that all targets share are the same in two configurations. */
function isSharedAlike(a: Config, b: Config): boolean {
  return haveSameElements(a.durationBuckets, b.durationBuckets) && a.holdWindow === b.holdWindow;
}

function isSameAccount(maker: TargetMaker, current: Target, next: TargetConfig): boolean {
  return maker.fingerprint(current.config()) === maker.fingerprint(next);
}

/** Refuses targets that the ledger would refuse, while those that run here still do. */
function refuseOtherAccounts(
  maker: TargetMaker,
  running: ReadonlyMap<string, RunningTarget>,
  targets: readonly TargetConfig[],
): void {
  for (const target of targets) {
    const current = running.get(target.id)?.target;
    if (current === undefined || target.reset || isSameAccount(maker, current, target)) continue;
    throw new LedgerError(
      `target ${target.name} is another account now; give it another id, or set "reset: true" once to forget what was counted`,
    );
  }
}

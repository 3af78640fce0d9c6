import type { Config, TargetConfig } from '../config/config.ts';
import { diffTargets } from '../config/diff-targets.ts';
import { LedgerError } from '../ledger/ledger.ts';
import { haveSameElements } from '../model/same-elements.ts';
import type { Target } from '../target/target.ts';
import type { RunningTarget, TargetMaker } from './running-target.ts';

/** The targets of a configuration: those at work, and those that another process holds. */
export interface RunningTargets {
  /** Targets at work, by id. */
  readonly all: ReadonlyMap<string, RunningTarget>;
  /** Configured targets that another process holds, by id. This process neither polls nor shows them. */
  readonly standby: ReadonlyMap<string, TargetConfig>;
  /** Polls every target, and those to come, on its interval. */
  start(): void;
  /**
   * Brings the targets to a configuration; those that are not affected are left alone.
   * @throws LedgerError when the ledger refuses one; all are then as they were
   */
  take(next: Config): Promise<void>;
  /** Asks for the standby targets again, and runs those that it gets. @param failed called for each that could not be asked for */
  claimStandby(failed: (target: TargetConfig, error: unknown) => void): Promise<void>;
}

export interface RunningTargetsOptions {
  /** The configuration before the first `take`, which has no targets. */
  readonly config: Config;
  readonly maker: TargetMaker;
  /** Makes durable what a target has left unwritten; never rejects. */
  readonly flush: (target: Target) => Promise<void>;
  /** Called when targets have come or gone. */
  readonly changed: () => void;
}

export function createRunningTargets({ maker, flush, changed, ...options }: RunningTargetsOptions): RunningTargets {
  const all = new Map<string, RunningTarget>();
  const standby = new Map<string, TargetConfig>();
  /** Targets that a reload has stopped: it decides itself what becomes of them. */
  const halted = new WeakSet<RunningTarget>();
  let config: Config = { ...options.config, targets: [] };
  let isStarted = false;

  /** Runs a target that this process holds; remembers one that it does not hold, or not any more. */
  const run = (next: TargetConfig, target: Target | null): void => {
    if (target === null || target.ledger.lost.aborted) {
      all.delete(next.id);
      standby.set(next.id, next);
    } else {
      standby.delete(next.id);
      const running = maker.connect(target);
      all.set(next.id, running);
      target.ledger.lost.addEventListener('abort', () => stepDown(running), { once: true });
      if (isStarted) running.poller.start();
    }
    changed();
  };
  /** Stops polling and showing a target that this process does not hold any more. */
  const stepDown = (running: RunningTarget): void => {
    const { id } = running.target.config();
    if (halted.has(running) || all.get(id) !== running) return;
    void running.poller.stop();
    run(running.target.config(), null);
  };
  const halt = async (running: RunningTarget): Promise<void> => {
    halted.add(running);
    await running.poller.stop();
    await flush(running.target);
  };
  const openAndBegin = async (target: TargetConfig, shared: Config): Promise<Target | null> => {
    const taken = await maker.open(target, shared);
    await taken?.begin();
    return taken;
  };
  /** Runs a target that was halted as it was before. */
  const resume = async ({ target }: RunningTarget): Promise<void> => {
    const present = target.config();
    // Where a reload has opened it again, the handle before is of no use any more. If it cannot be opened once more, it is
    // standby, and asked for again.
    const latest = target.ledger.lost.aborted ? await openAndBegin(present, config).catch(() => null) : target;
    run(present, latest);
  };
  /** Opens the targets that need it: those whose account, or what all targets share, has changed. */
  const openAll = async (affected: readonly TargetConfig[], next: Config): Promise<readonly OpenedTarget[]> => {
    const opened: OpenedTarget[] = [];
    try {
      for (const target of affected) {
        const present = all.get(target.id)?.target;
        const isKept = present !== undefined && isSameAccount(maker, present, target) && isShownAlike(config, next);
        opened.push({ target, taken: isKept ? present : await maker.open(target, next) });
      }
      for (const { target, taken } of opened) if (taken !== all.get(target.id)?.target) await taken?.begin();
    } catch (error) {
      for (const { target, taken } of opened) if (!all.has(target.id)) await taken?.ledger.release();
      throw error;
    }
    return opened;
  };

  return {
    all,
    standby,
    start: () => {
      isStarted = true;
      for (const { poller } of all.values()) poller.start();
    },
    take: async (next) => {
      const { affected, removed } = affectedBy(config, next);
      refuseOtherAccounts(maker, all, affected);
      const disturbed = [...removed, ...affected].flatMap(({ id }) => all.get(id) ?? []);
      for (const running of disturbed) await halt(running);
      let opened: readonly OpenedTarget[];
      try {
        opened = await openAll(affected, next);
      } catch (error) {
        for (const running of disturbed) await resume(running);
        throw error;
      }
      for (const { id } of removed) {
        await all.get(id)?.target.ledger.release();
        all.delete(id);
        standby.delete(id);
      }
      for (const { target, taken } of opened) {
        if (taken === all.get(target.id)?.target) taken?.configure(target, maker.capabilities(target));
        run(target, taken);
      }
      config = next;
      changed();
    },
    claimStandby: async (failed) => {
      for (const target of standby.values()) {
        try {
          const taken = await openAndBegin(target, config);
          if (taken !== null) run(target, taken);
        } catch (error) {
          failed(target, error);
        }
      }
    },
  };
}

/** A target of the next configuration, and its handle; null: another process holds it. */
interface OpenedTarget {
  readonly target: TargetConfig;
  readonly taken: Target | null;
}

/** The targets that a reload adds, changes or removes; those that the ledger may refuse come first. */
function affectedBy(
  config: Config,
  next: Config,
): { readonly affected: readonly TargetConfig[]; readonly removed: readonly TargetConfig[] } {
  const { added, changed, unchanged, removed } = diffTargets(config, next);
  const affected = [...added, ...changed.map(({ after }) => after), ...(isShownAlike(config, next) ? [] : unchanged)];
  // A target that is to be cleared is never refused.
  return { affected: affected.sort((a, b) => Number(a.reset) - Number(b.reset)), removed };
}

/** True if the settings that all targets share are the same in two configurations. */
function isShownAlike(a: Config, b: Config): boolean {
  return haveSameElements(a.durationBuckets, b.durationBuckets) && a.holdWindow === b.holdWindow;
}

function isSameAccount(maker: TargetMaker, present: Target, next: TargetConfig): boolean {
  return maker.fingerprint(present.config()) === maker.fingerprint(next);
}

/** Refuses targets that the ledger would refuse, while those that are at work still are. */
function refuseOtherAccounts(
  maker: TargetMaker,
  all: ReadonlyMap<string, RunningTarget>,
  targets: readonly TargetConfig[],
): void {
  for (const target of targets) {
    const present = all.get(target.id)?.target;
    if (present === undefined || target.reset || isSameAccount(maker, present, target)) continue;
    throw new LedgerError(
      `target ${target.name} is another account now; give it another id, or set "reset: true" once to forget what was counted`,
    );
  }
}

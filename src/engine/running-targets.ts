import { isDeepStrictEqual } from 'node:util';
import type { Config, TargetConfig } from '../config/config.ts';
import { diffTargets } from '../config/diff-targets.ts';
import { LedgerError } from '../ledger/ledger.ts';
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
  /** Asks for the standby targets again, and runs those that it gets. @throws LedgerError when the ledger refuses one */
  claimStandby(): Promise<void>;
}

export interface RunningTargetsOptions {
  /** The configuration before the first `take`, which has no targets. */
  readonly config: Config;
  readonly maker: TargetMaker;
  /** Makes durable what a target has left unwritten; never rejects. */
  readonly flush: (target: Target) => Promise<void>;
  /** Told when targets have come or gone. */
  readonly changed: () => void;
}

export function createRunningTargets({ maker, flush, changed, ...options }: RunningTargetsOptions): RunningTargets {
  const all = new Map<string, RunningTarget>();
  const standby = new Map<string, TargetConfig>();
  const halted = new WeakSet<RunningTarget>();
  let config: Config = { ...options.config, targets: [] };
  let isStarted = false;

  /** Runs a target that this process holds; remembers one that it does not. */
  const run = (next: TargetConfig, target: Target | null): void => {
    if (target === null) {
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
    const target = running.target.config();
    // A reload halts it, and opens its ledger again, by itself.
    if (halted.has(running) || all.get(target.id) !== running) return;
    void running.poller.stop();
    run(target, null);
  };
  const halt = async (running: RunningTarget): Promise<void> => {
    halted.add(running);
    await running.poller.stop();
    await flush(running.target);
  };
  /** Runs a target that was halted as it was before. */
  const resume = async ({ target }: RunningTarget): Promise<void> => {
    const present = target.config();
    // Opened again meanwhile, the handle before is of no use any more.
    const latest = target.ledger.lost.aborted ? await maker.open(present, config) : target;
    if (latest !== target) await latest?.begin();
    run(present, latest);
  };
  /** Refuses what the ledger would refuse of targets that are at work, while they still are. */
  const checkAccounts = (targets: readonly TargetConfig[]): void => {
    for (const target of targets) {
      const present = all.get(target.id)?.target.config();
      if (present === undefined || target.reset || maker.fingerprint(present) === maker.fingerprint(target)) continue;
      throw new LedgerError(
        `target ${target.name} is another account now; give it another id, or set "reset: true" once to forget what was counted`,
      );
    }
  };
  /** Goes on with the target that there is, unless its account or what all targets share has changed. */
  const openOrKeep = async (next: TargetConfig, shared: Config): Promise<Target | null> => {
    const present = all.get(next.id)?.target;
    const isAnother = present === undefined || maker.fingerprint(present.config()) !== maker.fingerprint(next);
    if (isAnother || !isShownAlike(config, shared)) return maker.open(next, shared);
    present.configure(next, maker.capabilities(next));
    return present;
  };

  return {
    all,
    standby,
    start: () => {
      isStarted = true;
      for (const { poller } of all.values()) poller.start();
    },
    take: async (next) => {
      const diff = diffTargets(config, next);
      const changedTargets = diff.changed.map(({ after }) => after);
      checkAccounts(changedTargets);
      // Those that the ledger may refuse come first, those that it clears last.
      const affected = [...diff.added, ...changedTargets, ...(isShownAlike(config, next) ? [] : diff.unchanged)].sort(
        (a, b) => Number(a.reset) - Number(b.reset),
      );
      const disturbed = [...diff.removed, ...affected].flatMap(({ id }) => all.get(id) ?? []);
      for (const running of disturbed) await halt(running);
      const opened: { readonly target: TargetConfig; readonly taken: Target | null }[] = [];
      try {
        for (const target of affected) opened.push({ target, taken: await openOrKeep(target, next) });
        for (const { target, taken } of opened) if (taken !== all.get(target.id)?.target) await taken?.begin();
      } catch (error) {
        for (const running of disturbed) await resume(running);
        throw error;
      }
      for (const { id } of diff.removed) {
        await all.get(id)?.target.ledger.release();
        all.delete(id);
        standby.delete(id);
      }
      for (const { target, taken } of opened) run(target, taken);
      config = next;
      changed();
    },
    claimStandby: async () => {
      for (const target of standby.values()) {
        const taken = await maker.open(target, config);
        if (taken === null) continue;
        await taken.begin();
        run(target, taken);
      }
    },
  };
}

/** True if what holds for every target is the same in two configurations. */
function isShownAlike(a: Config, b: Config): boolean {
  return isDeepStrictEqual(a.durationBuckets, b.durationBuckets) && a.holdWindow === b.holdWindow;
}

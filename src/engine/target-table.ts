import type { Logger } from 'pino';
import type { Config, TargetConfig } from '../config/config.ts';
import type { Target } from '../targets/target.ts';
import type { RunningTarget } from './running-target.ts';

/** A target that another process has the lease of. */
export interface StandbyTarget {
  readonly config: TargetConfig;
  /** The last problem with asking for it, which is already logged; null: none. */
  readonly problem: string | null;
}

export interface TargetTableOptions {
  readonly logger: Logger;
  /** Aborts when the whole ledger is lost: the process then ends, and shows the last values until it has. */
  readonly ledgerLost: AbortSignal;
  /** Connects a target to its vendor; asks nothing yet. */
  readonly connect: (target: Target) => RunningTarget;
  /** Makes durable what a target has left unwritten; never rejects. */
  readonly flush: (target: Target) => Promise<void>;
  /** Called when targets have come or gone. */
  readonly changed: () => void;
}

/** The targets that run here, and those that another process has the lease of; each in the order of the configuration. */
export interface TargetTable {
  readonly running: ReadonlyMap<string, RunningTarget>;
  readonly standby: ReadonlyMap<string, StandbyTarget>;
  /** Polls all running targets, and those to come, on their interval. */
  start(): void;
  /** Runs a target; one whose lease is lost meanwhile becomes standby. @throws what connecting throws; nothing has then changed */
  run(target: Target): void;
  /** Enters a target as standby. @param problem already logged; null: none */
  standBy(config: TargetConfig, problem?: string | null): void;
  /** Stops to poll a target, and makes durable what it left unwritten. It stays in the table, and is shown. */
  halt(running: RunningTarget): Promise<void>;
  remove(id: string): void;
  /** Sorts the table as a configuration has its targets. */
  sort(config: Config): void;
  /** Stops all targets, and waits for those that have stopped by themselves. */
  stop(): Promise<void>;
}

/** An empty table. */
export function createTargetTable(options: TargetTableOptions): TargetTable {
  const { logger, ledgerLost, connect, flush, changed } = options;
  const running = new Map<string, RunningTarget>();
  const standby = new Map<string, StandbyTarget>();
  /** Ends the watch over the lease of each running target. */
  const watches = new Map<RunningTarget, AbortController>();
  const ending = new Set<Promise<void>>();
  let isStarted = false;

  const unwatch = (entry: RunningTarget): void => {
    watches.get(entry)?.abort();
    watches.delete(entry);
  };
  const standBy = (config: TargetConfig, problem: string | null = null): void => {
    running.delete(config.id);
    standby.set(config.id, { config, problem });
    changed();
  };
  const stepDown = (entry: RunningTarget): void => {
    if (ledgerLost.aborted) return;
    const config = entry.target.config();
    unwatch(entry);
    const stopped = entry.poller.stop().finally(() => ending.delete(stopped));
    ending.add(stopped);
    logger.warn(
      { target: config.name },
      'another exporter has taken this target; it is no longer polled and shown here',
    );
    standBy(config);
  };

  return {
    running,
    standby,
    start: () => {
      isStarted = true;
      for (const { poller } of running.values()) poller.start();
    },
    run: (target) => {
      const { id } = target.config();
      const entry = connect(target);
      standby.delete(id);
      running.set(id, entry);
      const { lost } = target.ledger;
      const watch = new AbortController();
      watches.set(entry, watch);
      if (lost.aborted) stepDown(entry);
      else {
        lost.addEventListener('abort', () => stepDown(entry), { once: true, signal: watch.signal });
        if (isStarted) entry.poller.start();
      }
      changed();
    },
    standBy,
    halt: async (entry) => {
      unwatch(entry);
      await entry.poller.stop();
      await flush(entry.target);
    },
    remove: (id) => {
      running.delete(id);
      standby.delete(id);
      changed();
    },
    sort: (config) => {
      sortByTargets(running, config);
      sortByTargets(standby, config);
      changed();
    },
    stop: async () => {
      for (const entry of running.values()) unwatch(entry);
      await Promise.all([...[...running.values()].map(({ poller }) => poller.stop()), ...ending]);
    },
  };
}

function sortByTargets(map: Map<string, unknown>, { targets }: Config): void {
  for (const { id } of targets) {
    if (!map.has(id)) continue;
    const value = map.get(id);
    map.delete(id);
    map.set(id, value);
  }
}

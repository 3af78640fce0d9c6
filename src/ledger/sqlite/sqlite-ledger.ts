import type { Clock } from '../../model/clock.ts';
import { createLedger } from '../create-ledger.ts';
import type { Ledger } from '../ledger.ts';
import { openSqliteStorage } from './sqlite-storage.ts';

/**
 * Opens the embedded ledger in a file; `:memory:` is one that is gone when it is closed.
 * @param name names the file in errors: a copy goes by the name of what it was made of
 * @throws LedgerError when the file cannot be used
 */
export function openSqliteLedger(file: string, clock: Pick<Clock, 'now' | 'monotonic'>, name = file): Ledger {
  return createLedger(openSqliteStorage(file, clock.now(), name), clock);
}

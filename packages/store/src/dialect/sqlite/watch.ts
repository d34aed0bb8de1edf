/**
 * Other processes' commits, seen by polling `PRAGMA data_version` on the writing connection, where it changes only by
 * the commits of others. One poller for all listeners of a connection would save little: it costs a microsecond.
 */
import type { Timers } from '../../adapters/host.ts';
import type { SqliteConnection } from './connection.ts';

/** How late another process's commit may be noticed. */
const pollMs = 100;

export interface DataVersionWatch {
  readonly connection: SqliteConnection;
  readonly timers: Timers;
  readonly listener: () => void;
}

/** Calls the listener after each commit of another process, until closed. */
export function watchDataVersion({ connection, timers, listener }: DataVersionWatch): { close(): void } {
  let known = dataVersion(connection);
  let timer = timers.setTimer(pollMs, poll);
  function poll(): void {
    timer = timers.setTimer(pollMs, poll);
    const version = dataVersion(connection);
    if (version === undefined || version === known) return;
    known = version;
    listener();
  }
  return { close: () => timer.cancel() };
}

function dataVersion(connection: SqliteConnection): unknown {
  try {
    if (!connection.open) return undefined;
    return connection.all('PRAGMA data_version', [])[0]?.['data_version'];
  } catch {
    // Busy or failing: the next poll, or the next write, will report it.
    return undefined;
  }
}

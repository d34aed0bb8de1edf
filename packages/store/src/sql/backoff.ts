/**
 * How long the writer waits before it tries a batch again.
 *
 * A locked file is asked for again soon and unevenly: a commit takes milliseconds, and processes that ask in step starve
 * each other. A lost connection is given more time, so that a server that comes up is not stormed.
 */
import type { FaultKind } from './dialect.ts';

const busyDelayMaxMs = 24;
const connectionDelayMaxMs = 2_000;

/** Milliseconds before try number `attempt` + 1; `random` is from 0 up to 1. */
export function retryDelayMs(kind: FaultKind, attempt: number, random: number): number {
  const max = kind === 'connection' ? connectionDelayMaxMs : busyDelayMaxMs;
  const first = kind === 'connection' ? 50 : 1;
  const ceiling = Math.min(max, first * 2 ** Math.min(attempt, 12));
  return Math.max(1, ceiling * (0.25 + 0.75 * random));
}

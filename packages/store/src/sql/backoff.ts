/**
 * The delays of the writer between two tries of a batch.
 *
 * A locked file is tried again soon and at random delays, because a commit takes milliseconds and processes that retry in step starve each
 * other. After a lost connection the delays are longer, because a server that starts must not be flooded.
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

/**
 * Detects a database whose write-ahead log (-wal) was taken away from it: its last commits were in there, and without it
 * SQLite would open an older state, or half of one, and say nothing.
 *
 * What is left behind is the log's index (-shm). An orderly end removes the index first and the log after it, so that an
 * index without a log means a crash and a log that is gone, or a copy that left it out. The index says how many frames the
 * log had and how many of them are in the file already: if that is all of them, nothing is missing.
 */
import { existsSync, readFileSync } from 'node:fs';

/** Frames in the log (WalIndexHdr.mxFrame) and frames copied to the file (WalCkptInfo.nBackfill), in the index's first bytes. */
const frameCountAt = 16;
const copiedCountAt = 96;

/** Whether commits were in a log that is not there any more. */
export function hasLostLog(path: string): boolean {
  const index = `${path}-shm`;
  if (existsSync(`${path}-wal`) || !existsSync(index)) return false;
  try {
    // In the byte order of the machine that wrote it: it is never moved to another while in use.
    const head = new Uint32Array(new Uint8Array(readFileSync(index)).buffer, 0, copiedCountAt / 4 + 1);
    const isAhead = (head[frameCountAt / 4] ?? 0) > (head[copiedCountAt / 4] ?? 0);
    // Another process may have begun between the two looks: it makes the log first and the index after it.
    return isAhead && !existsSync(`${path}-wal`);
  } catch {
    // Too short, or removed at this moment by another process that ends in order.
    return false;
  }
}

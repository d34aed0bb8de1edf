/**
 * The identity of this process, and a check whether another process of this machine is alive. Claims use it, so that a run of a dead
 * process can be claimed at once instead of after its lease has expired.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** The identity of a process, recognisable by other processes. */
export interface ProcessIdentity {
  readonly host: string;
  /** Identifies one boot and process namespace of a machine; null if the system doesn't provide it. */
  readonly bootId: string | null;
  readonly pid: number;
  /** Distinguishes a process from a later one with the same number; null if the system doesn't provide it. */
  readonly pidStartedAt: number | null;
}

/** The identity of this process. */
export function thisProcess(): ProcessIdentity {
  return { host: hostname(), bootId: bootId(), pid: process.pid, pidStartedAt: startOf(process.pid) };
}

/** False only if the process has certainly ended; true in doubt. */
export function isProcessAlive(other: ProcessIdentity): boolean {
  const own = bootId();
  if (other.host !== hostname() || own === null || other.bootId !== own) return true;
  try {
    process.kill(other.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
  const startedAt = startOf(other.pid);
  return startedAt === null || other.pidStartedAt === null || startedAt === other.pidStartedAt;
}

function bootId(): string | null {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/** The process's start in clock ticks since boot, from /proc. */
function startOf(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return null;
  }
}

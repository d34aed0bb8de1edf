/** The reason of a wait as text. */
import type { WaitReason } from '@millrace/kernel';
import { relativeTime } from './time-text.ts';

/** One phrase, such as `waits for signal 'approved'`. */
export function waitText(reason: WaitReason, now: number): string {
  switch (reason.kind) {
    case 'scheduled':
      return reason.until > now
        ? `scheduled ${relativeTime(reason.until, now)}`
        : overdue('scheduled', reason.until, now);
    case 'retry':
      return reason.until > now
        ? `tries again ${relativeTime(reason.until, now)}`
        : overdue('to be tried again', reason.until, now);
    case 'sleep':
      return reason.until > now
        ? `sleeping, wakes ${relativeTime(reason.until, now)}`
        : overdue('sleeping', reason.until, now);
    case 'signal':
      return `waits for signal '${reason.name}'${untilText(reason.until, now)}`;
    case 'input':
      return `waits for input '${reason.key}'${untilText(reason.until, now)}`;
    case 'limit':
      return `waits for a slot of '${reason.name}'`;
    case 'upstream':
      return `its upstream run ${reason.runName === undefined ? '' : `'${reason.runName}' `}(${reason.runId}) is ${reason.state ?? 'not completed'}`;
    case 'orphaned':
      return 'its process is gone';
  }
}

/** The wait is over, but no process has resumed the run yet. */
function overdue(what: string, until: number, now: number): string {
  return `${what}, was due ${relativeTime(until, now)}`;
}

function untilText(until: number | null, now: number): string {
  if (until === null) return '';
  return until > now ? `, times out ${relativeTime(until, now)}` : `, timed out ${relativeTime(until, now)}`;
}

/** Why a run does not run now, in words. */
import type { WaitReason } from '@millrace/kernel';
import { relativeTime } from './time-text.ts';

/** One phrase, such as `waits for signal 'approved'`. */
export function waitText(reason: WaitReason, now: number): string {
  switch (reason.kind) {
    case 'scheduled':
      return `scheduled ${relativeTime(reason.until, now)}`;
    case 'retry':
      return `tries again ${relativeTime(reason.until, now)}`;
    case 'sleep':
      return `asleep, wakes ${relativeTime(reason.until, now)}`;
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

function untilText(until: number | null, now: number): string {
  return until === null ? '' : `, gives up ${relativeTime(until, now)}`;
}

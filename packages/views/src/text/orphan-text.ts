/** Why a run has no process, and what becomes of it, in words. */
import type { Orphan, OrphanCause, OrphanTaker } from '@millrace/kernel';
import { relativeTime } from './time-text.ts';

const causes: Readonly<Record<OrphanCause, string>> = {
  'process-died': 'its process is dead',
  'lease-ended': 'its process gives no sign of life',
  'handed-over': 'its process ended and left it to others',
};

const takers: Readonly<Record<OrphanTaker, string>> = {
  serve: 'a process that serves its flow takes it up',
  key: 'a start with its key takes it up',
  resume: '`flow-run resume` takes it up',
  parent: 'it goes on with the flow run that called it',
};

/** One phrase, such as `its process is dead since 3 min ago; no process serves its flow; ...`. */
export function orphanText(orphan: Orphan, now: number): string {
  const isTaken = orphan.takers.some((taker) => taker === 'serve' || taker === 'parent');
  const unserved = isTaken || orphan.takers.length === 0 ? [] : ['no process serves its flow'];
  const lost = isTaken ? [] : [`a sweep may end it as Crashed ${relativeTime(orphan.lostAt, now)}`];
  const since = `${causes[orphan.cause]} (${relativeTime(orphan.since, now)})`;
  return [since, ...unserved, ...orphan.takers.map((taker) => takers[taker]), ...lost].join('; ');
}

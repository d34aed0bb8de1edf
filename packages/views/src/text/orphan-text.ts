/** The cause of an orphaned run and its possible continuations, as text. */
import type { Orphan, OrphanCause, OrphanTaker } from '@millrace/kernel';
import { relativeTime } from './time-text.ts';

const causes: Readonly<Record<OrphanCause, string>> = {
  'process-died': 'its process died',
  'lease-ended': 'its process has stopped responding',
  'handed-over': 'its process ended and handed it over',
};

const takers: Readonly<Record<OrphanTaker, string>> = {
  serve: 'a process that serves its flow resumes it',
  key: 'a start with its key resumes it',
  resume: '`flow-run resume` resumes it',
  parent: 'it resumes with the flow run that called it',
};

/** One phrase, such as `its process died (3m ago); no process serves its flow; ...`. */
export function orphanText(orphan: Orphan, now: number): string {
  const isTaken = orphan.takers.some((taker) => taker === 'serve' || taker === 'parent');
  const unserved = isTaken || orphan.takers.length === 0 ? [] : ['no process serves its flow'];
  const lost = isTaken ? [] : [`a sweep may end it as Crashed ${relativeTime(orphan.lostAt, now)}`];
  const since = `${causes[orphan.cause]} (${relativeTime(orphan.since, now)})`;
  return [since, ...unserved, ...orphan.takers.map((taker) => takers[taker]), ...lost].join('; ');
}

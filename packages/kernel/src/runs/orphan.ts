/**
 * Orphans: unfinished runs without a process. An orphan is no state: each reading derives it from the run and its session. The run ends as
 * Crashed only if a process that serves, or an explicit sweep, decides so.
 */
import { isNotReady, isTerminal } from '../states/predicates.ts';
import type { State, WaitReason } from '../states/state.ts';
import { StateType } from '../states/state.ts';

/** How a run lost its process. */
export type OrphanCause =
  /** The process is certainly gone: this machine says so. */
  | 'process-died'
  /** The process gave no sign of life for as long as its lease. */
  | 'lease-ended'
  /** The process ended in order and left the run to others. */
  | 'handed-over';

/** The ways to take an orphan up: a process that serves its flow, a start with its key, `resume`, or the run above it when it goes on. */
export type OrphanTaker = 'serve' | 'key' | 'resume' | 'parent';

/** An unfinished run without a process. */
export interface Orphan {
  readonly kind: 'orphaned';
  readonly cause: OrphanCause;
  /** Since when it is without a process, as far as is known: the end of its lease (epoch ms, the database's clock). */
  readonly since: number;
  /** The ways in which it may be taken up. Without `serve`, no live process serves its flow now. Empty for a task run: it can't be taken up. */
  readonly takers: readonly OrphanTaker[];
  /** From when a serving process, or a sweep, ends it as Crashed unless its flow is served by then (epoch ms). */
  readonly lostAt: number;
}

/** Facts about the session that a run names. */
export interface HolderFacts {
  /** When its lease ends (epoch ms); null = there is no such session any more. */
  readonly expiresAt: number | null;
  /** Whether its process is certainly gone. */
  readonly isProcessDead: boolean;
}

/** The part of a run that the decision needs. */
export interface OrphanedRun {
  readonly state: State;
  readonly sessionId: string | null;
  readonly wakeAt: number | null;
  /** Of a flow run; a task run has none of these. */
  readonly flowName?: string;
  readonly parentFlowRunId?: string | null;
  readonly idempotencyKey?: string | null;
  readonly waiting?: WaitReason | null;
  /** Of a task run. */
  readonly flowRunId?: string | null;
}

/** The facts beside the run that the decision needs. */
export interface OrphanFacts {
  /** Of the session that the run names; ignored where it names none. */
  readonly holder: HolderFacts;
  /** Flows that live sessions serve. */
  readonly served: ReadonlySet<string>;
  /** The database's time (epoch ms). */
  readonly now: number;
  /** How long after the end of its lease a run is left to a process that may come back. */
  readonly graceMs: number;
}

/**
 * Whether the run has lost its process; null = it has one, needs none, or has ended.
 *
 * @example
 * const orphan = orphanOf(run, { holder, served, now, graceMs });
 * if (orphan !== null) console.log(`orphaned since ${new Date(orphan.since).toISOString()}`);
 */
export function orphanOf(run: OrphanedRun, { holder, served, now, graceMs }: OrphanFacts): Orphan | null {
  if (isTerminal(run.state) || isNotReady(run.state)) return null;
  const lost = run.sessionId === null ? handedOver(run, now) : lostBy(run, holder, now);
  if (lost === null) return null;
  const { cause, endsAt } = lost;
  return {
    kind: 'orphaned',
    cause,
    since: Math.min(endsAt, now),
    takers: takersOf(run, served),
    lostAt: endsAt + graceMs,
  };
}

interface Loss {
  readonly cause: OrphanCause;
  /** The end of the lease: of a process that is known to be dead it may be still to come. */
  readonly endsAt: number;
}

/** Only a run that was under way: one that sleeps, is scheduled or waits has no process by intent. */
function handedOver({ state, wakeAt, waiting, flowName }: OrphanedRun, now: number): Loss | null {
  if (flowName === undefined || state.type !== StateType.Running || (waiting ?? null) !== null) return null;
  return wakeAt === null || wakeAt > now ? null : { cause: 'handed-over', endsAt: wakeAt };
}

function lostBy({ state }: OrphanedRun, { expiresAt, isProcessDead }: HolderFacts, now: number): Loss | null {
  // The session is gone with its end: what is known is that the run was alive in its present state.
  if (expiresAt === null) return { cause: 'lease-ended', endsAt: state.at };
  if (isProcessDead) return { cause: 'process-died', endsAt: expiresAt };
  return expiresAt > now ? null : { cause: 'lease-ended', endsAt: expiresAt };
}

function takersOf(run: OrphanedRun, served: ReadonlySet<string>): readonly OrphanTaker[] {
  if (run.flowName === undefined) return [];
  if ((run.parentFlowRunId ?? null) !== null) return ['parent'];
  const takers: OrphanTaker[] = served.has(run.flowName) ? ['serve'] : [];
  if ((run.idempotencyKey ?? null) !== null) takers.push('key');
  return [...takers, 'resume'];
}

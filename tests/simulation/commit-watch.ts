/**
 * Holds every commit to the invariants (reliability: I3-I6, I8, I9) and keeps the mirror of what is committed. It sees rows
 * only, by whatever process they were written: a rule that the product forgets is still one here.
 */
import { isEnded, type Mirror } from './mirror.ts';
import type { Change } from './shared-database.ts';
import type { World } from './world.ts';

/** The process that committed. */
export interface Committer {
  readonly name: string;
  readonly sessionId: string | null;
  readonly isAlive: boolean;
  readonly pausedUntil: number;
  /** The end of its last pause (epoch ms); 0 = it never stood still. */
  readonly stoodStillUntil: number;
}

/** Every commit is passed on to the other processes, and to what looks at the rows of runs. */
export interface WatchOptions {
  readonly world: World;
  readonly mirror: Mirror;
  readonly limits: ReadonlyMap<string, number>;
  readonly isSessionDead: (sessionId: string) => boolean;
  readonly onCommit: (committer: Committer) => void;
}

type Row = Readonly<Record<string, unknown>>;

export class CommitWatch {
  readonly #options: WatchOptions;
  /** The process that recorded the end of a flow run, and when its cancellation was asked for. */
  readonly endedBy = new Map<string, Committer>();
  readonly cancellingSince = new Map<string, number>();
  readonly #keys = new Map<string, string>();
  readonly #refusals = new Set<string>();
  readonly #openings = new Map<string, number>();
  readonly #slots = new Map<
    string,
    { readonly limit: string; readonly occupy: number; readonly session: string | null }
  >();
  /** Of runs changed in this commit: whose they were before it. Rows written first in it may be of then. */
  readonly #heldBefore = new Map<string, string | null>();
  commitCount = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  committed(committer: Committer, changes: readonly Change[]): void {
    this.commitCount += 1;
    const { world } = this.#options;
    world.note(committer, `committed ${changes.length}: ${summary(changes)}`);
    this.#heldBefore.clear();
    for (const { before, after } of merged(changes, 'flow_run')) this.#flow(committer, before, after);
    for (const { before, after } of merged(changes, 'session')) this.#session(before, after);
    for (const { before, after } of merged(changes, 'task_run')) this.#task(committer, before, after);
    for (const { before, after } of merged(changes, 'slot')) this.#slot(before, after);
    if (changes.length > 0) this.#options.onCommit(committer);
  }

  #session(before: Row | null, after: Row | null): void {
    const { sessions } = this.#options.mirror;
    const id = String((after ?? before)?.['id']);
    if (after === null) {
      sessions.delete(id);
      return;
    }
    const isOpened = before === null || before['opened_at'] !== after['opened_at'];
    if (isOpened) this.#openings.set(id, (this.#openings.get(id) ?? 0) + 1);
    const opening = this.#openings.get(id) ?? 0;
    sessions.set(id, { id, pid: Number(after['pid']), expiresAt: Number(after['expires_at']) / 1_000, opening });
  }

  #flow(committer: Committer, before: Row | null, after: Row | null): void {
    const { world, mirror } = this.#options;
    if (after === null) return;
    const row = {
      id: String(after['id']),
      parentId: textOf(after['parent_flow_run_id']),
      flowName: String(after['flow_name']),
      key: textOf(after['idempotency_key']),
      stateType: String(after['state_type']),
      token: Number(after['token']),
      sessionId: textOf(after['session_id']),
      driver: textOf(after['driver']),
      wakeAt: after['wake_at'] === null ? null : Number(after['wake_at']) / 1_000,
      isRefused: isRefused(after),
    };
    if (row.driver === 'client' && (row.sessionId !== null || row.wakeAt !== null))
      world.violate(`Law 5: a client drives ${row.id}, and a process of the engine holds it or would take it up`);
    if (row.isRefused && !isRefused(before)) this.#refused(row.id);
    if (row.key !== null && this.#isAnother(`key ${row.key}`, row.id))
      world.violate(`I5 two runs of the key ${row.key}`);
    if (before !== null) this.#flowMoved(committer, before, row);
    this.#heldBefore.set(row.id, textOf(before?.['session_id']));
    const hadEnded = isEnded(String(before?.['state_type'] ?? ''));
    if (isEnded(row.stateType) && !hadEnded) this.endedBy.set(row.id, committer);
    if (!isEnded(row.stateType)) this.endedBy.delete(row.id);
    // Called again by a retry of its parent: it was not cancelled since.
    if (!isEnded(row.stateType) && hadEnded) this.cancellingSince.delete(row.id);
    if (row.stateType === 'CANCELLING' && !this.cancellingSince.has(row.id))
      this.cancellingSince.set(row.id, world.now());
    mirror.putFlow(row);
  }

  /** Trusted, a run is not refused again. */
  #refused(id: string): void {
    const { world } = this.#options;
    if (this.#refusals.has(id)) world.violate(`Law 3: ${id} was refused again, though its recorded order was trusted`);
    this.#refusals.add(id);
  }

  #flowMoved(
    committer: Committer,
    before: Row,
    after: { id: string; parentId: string | null; stateType: string; token: number; sessionId: string | null },
  ): void {
    const { world, mirror, isSessionDead } = this.#options;
    const was = String(before['state_type']);
    const token = Number(before['token']);
    const session = textOf(before['session_id']);
    if (after.token < token) world.violate(`I3 the token of ${after.id} went from ${token} to ${after.token}`);
    const isTaken = after.sessionId !== null && after.sessionId !== session;
    if (isTaken && after.token <= token) world.violate(`I3 ${after.id} was taken up under its old token`);
    if (session !== null && after.sessionId !== null && isTaken) {
      if (mirror.isLive(session, world.now()) && !isSessionDead(session))
        world.violate(`I3 ${after.id} was taken from ${session}, whose lease holds`);
    }
    if (after.token === token && committer.sessionId !== session && session !== null && !isEnded(was)) {
      const isSuspension = was === 'RUNNING' && after.stateType === 'PAUSED';
      const isRequest = isSuspension || after.stateType === 'CANCELLING' || isEnded(after.stateType);
      if (!isRequest && mirror.isLive(session, world.now()) && !isSessionDead(session) && after.stateType !== was)
        world.violate(`I3 ${committer.name} moved ${after.id} to ${after.stateType}, which another holds`);
    }
    if (isEnded(was) && !isEnded(after.stateType)) {
      const mayGoOn = was === 'CRASHED' || isRefused(before) || (after.parentId !== null && was !== 'COMPLETED');
      if (!mayGoOn) world.violate(`I4 ${after.id} went from ${was} to ${after.stateType}`);
    }
    if (was === 'CANCELLING' && after.stateType === 'COMPLETED')
      world.violate(`I2 ${after.id} completed while it was to be cancelled`);
  }

  #task(committer: Committer, before: Row | null, after: Row | null): void {
    const { world, mirror } = this.#options;
    if (after === null) return;
    const row = {
      id: String(after['id']),
      flowRunId: textOf(after['flow_run_id']),
      replayKey: String(after['replay_key']),
      kind: String(after['kind']),
      stateType: String(after['state_type']),
      runCount: Number(after['run_count']),
      outcome: textOf(after['outcome']),
      parameters: textOf(after['parameters']),
      wakeAt: after['wake_at'] === null ? null : Number(after['wake_at']) / 1_000,
    };
    if (row.flowRunId !== null) {
      if (this.#isAnother(`call ${row.flowRunId} ${row.replayKey}`, row.id))
        world.violate(`I5 two records of the call ${row.replayKey} in ${row.flowRunId}`);
      const flow = mirror.flows.get(row.flowRunId);
      if (flow?.driver !== 'client') this.#checkWriter(committer, row);
      // The open task runs of a client's run are reconciled later.
      if (flow !== undefined && flow.driver !== 'client' && isEnded(flow.stateType) && !isEnded(row.stateType))
        world.violate(`I9 ${row.id} is ${row.stateType} and its flow run ${flow.id} is ${flow.stateType}`);
    }
    const isEndOfSleep =
      row.kind === 'sleep' && row.stateType === 'COMPLETED' && before?.['state_type'] !== 'COMPLETED';
    if (isEndOfSleep && row.wakeAt !== null && world.now() < row.wakeAt)
      world.violate(`I14 sleep ${row.id} ended ${row.wakeAt - world.now()} ms before its time`);
    if (before !== null && before['state_type'] === 'COMPLETED') {
      if (row.stateType !== 'COMPLETED') world.violate(`I4 task run ${row.id} went from COMPLETED to ${row.stateType}`);
      if (row.outcome !== before['outcome']) world.violate(`I5 the outcome of ${row.id} was changed`);
    }
    mirror.putTask(row);
  }

  /** Only the holder writes the tasks of a run, except for those that end them when no process holds it. */
  #checkWriter(
    committer: Committer,
    row: { readonly id: string; readonly flowRunId: string | null; readonly stateType: string },
  ): void {
    const { world, mirror } = this.#options;
    const flow = mirror.flows.get(row.flowRunId ?? '');
    if (flow === undefined) {
      world.violate(`I3 task run ${row.id} was recorded before its flow run`);
      return;
    }
    if (this.#heldBefore.get(flow.id) === committer.sessionId) return;
    if (flow.sessionId === committer.sessionId || row.stateType === 'CANCELLED' || row.stateType === 'CRASHED') return;
    if (isEnded(flow.stateType)) return;
    world.violate(`I3 ${committer.name} wrote task run ${row.id} of ${flow.id}, which it does not hold`);
  }

  #slot(before: Row | null, after: Row | null): void {
    const { world, limits, mirror } = this.#options;
    const key = `${String((after ?? before)?.['lease_id'])} ${String((after ?? before)?.['limit_name'])}`;
    if (after === null) {
      this.#slots.delete(key);
      return;
    }
    this.#slots.set(key, {
      limit: String(after['limit_name']),
      occupy: Number(after['occupy']),
      session: textOf(after['session_id']),
    });
    const name = String(after['limit_name']);
    let held = 0;
    for (const slot of this.#slots.values()) {
      const isHeld = slot.session === null || mirror.isLive(slot.session, world.now());
      if (slot.limit === name && isHeld) held += slot.occupy;
    }
    const limit = limits.get(name);
    if (limit !== undefined && held > limit) world.violate(`I8 ${held} slots of '${name}' are held; it has ${limit}`);
  }

  #isAnother(key: string, id: string): boolean {
    const known = this.#keys.get(key);
    this.#keys.set(key, known ?? id);
    return known !== undefined && known !== id;
  }
}

function isRefused(row: Row | null): boolean {
  return row?.['state_type'] === 'FAILED' && textOf(row['outcome'])?.includes('AmbiguousReplay') === true;
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** One change a row: as it was before the commit, as it is after it. */
function merged(
  changes: readonly Change[],
  table: string,
): readonly { readonly before: Row | null; readonly after: Row | null }[] {
  const rows = new Map<string, { before: Row | null; after: Row | null }>();
  for (const change of changes) {
    if (change.table !== table) continue;
    const row = change.after ?? change.before ?? {};
    const key = `${String(row['id'] ?? row['lease_id'])} ${String(row['limit_name'] ?? '')}`;
    const known = rows.get(key);
    if (known === undefined) rows.set(key, { before: change.before, after: change.after });
    else known.after = change.after;
  }
  return [...rows.values()];
}

function summary(changes: readonly Change[]): string {
  return changes
    .map(({ table, after }) => {
      const about = after === null ? 'gone' : (after['state_type'] ?? after['limit_name'] ?? '');
      return `${table}:${String(after?.['id'] ?? '').slice(-9, -3)}:${String(about)}`;
    })
    .join(' ');
}

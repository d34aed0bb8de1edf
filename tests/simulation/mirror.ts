/**
 * The committed rows, as the simulation knows them without asking the database at each event: kept from the changes that
 * triggers note within each transaction, so that what is rolled back never shows.
 */

export interface FlowRow {
  readonly id: string;
  readonly parentId: string | null;
  readonly flowName: string;
  readonly key: string | null;
  readonly stateType: string;
  readonly token: number;
  readonly sessionId: string | null;
  /** null = this engine. */
  readonly driver: string | null;
  readonly wakeAt: number | null;
  /** It failed with AmbiguousReplay. */
  readonly isRefused: boolean;
}

export interface TaskRow {
  readonly id: string;
  readonly flowRunId: string | null;
  readonly replayKey: string;
  readonly kind: string;
  readonly stateType: string;
  readonly runCount: number;
  readonly outcome: string | null;
  readonly parameters: string | null;
  readonly wakeAt: number | null;
}

export interface SessionRow {
  readonly id: string;
  readonly pid: number;
  readonly expiresAt: number;
  /** How often it was opened: what was held before the last time is lost. */
  readonly opening: number;
}

export class Mirror {
  readonly flows = new Map<string, FlowRow>();
  readonly tasks = new Map<string, TaskRow>();
  readonly sessions = new Map<string, SessionRow>();
  /** By flow and idempotency key. */
  readonly byKey = new Map<string, FlowRow>();
  /** Outermost runs that were resumed with their recorded order trusted. */
  readonly trusted = new Set<string>();
  /** Tasks by flow run and the name that the program gave the call, its first argument. */
  readonly #byCall = new Map<string, Set<string>>();

  putFlow(row: FlowRow): void {
    this.flows.set(row.id, row);
    if (row.key !== null) this.byKey.set(row.key, row);
  }

  putTask(row: TaskRow): void {
    this.tasks.set(row.id, row);
    const key = `${row.flowRunId} ${callOf(row) ?? row.replayKey}`;
    const ids = this.#byCall.get(key);
    if (ids === undefined) this.#byCall.set(key, new Set([row.id]));
    else ids.add(row.id);
  }

  /** The task runs of a call. Equal calls share their name. */
  calls(flowRunId: string, call: string): readonly TaskRow[] {
    return [...(this.#byCall.get(`${flowRunId} ${call}`) ?? [])].flatMap((id) => this.tasks.get(id) ?? []);
  }

  /** Whether equal calls in the run may have one another's values. */
  isTrusted(flowRunId: string): boolean {
    if (this.trusted.size === 0) return false;
    const parentId = this.flows.get(flowRunId)?.parentId ?? null;
    return this.trusted.has(flowRunId) || (parentId !== null && this.isTrusted(parentId));
  }

  /** Whether the session's lease holds. */
  isLive(sessionId: string, now: number): boolean {
    return (this.sessions.get(sessionId)?.expiresAt ?? 0) > now;
  }
}

const terminal: ReadonlySet<string> = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED']);

export function isEnded(stateType: string): boolean {
  return terminal.has(stateType);
}

/** The name of a call: the first of its recorded arguments. */
function callOf(row: TaskRow): string | undefined {
  if (row.parameters === null) return undefined;
  const [first] = JSON.parse(row.parameters) as readonly unknown[];
  return typeof first === 'string' ? first : undefined;
}

/**
 * The ledger of effects: what bodies really did, kept outside the store and outside every process. It holds bodies to the
 * laws at the moment they act: nothing recorded runs again, nothing is shown that is not committed, the ended stay still.
 */
import type { CommitWatch, Committer } from './commit-watch.ts';
import { isEnded, type Mirror, type TaskRow } from './mirror.ts';
import { limits, type Made } from './plan.ts';
import type { World } from './world.ts';

/** A call, as its body knows it. */
export interface Call {
  readonly flowRunId: string;
  readonly call: string;
  readonly attempt: number;
  /** Several calls may have this name. */
  readonly isOneOfEqual?: boolean;
}

/** The value of one of several equal calls. */
export interface Given {
  readonly flowRunId: string;
  /** Which of them it is, as the body knows it. */
  readonly position: string;
  readonly token: string;
}

interface Holder {
  readonly process: Committer;
  /** Which opening of its session it got its position under. */
  readonly opening: number | undefined;
}

export interface EffectsOptions {
  readonly world: World;
  readonly mirror: Mirror;
  readonly watch: CommitWatch;
  /** The process whose code runs now. */
  readonly here: () => Committer;
}

/** The longest after a recorded cancellation that a healthy process may still begin something new. */
const CANCEL_SEEN_MS = 8_000;

export class Effects {
  readonly #options: EffectsOptions;
  readonly #given = new Map<string, string>();
  readonly #madeBy = new Map<string, string>();
  readonly #computing = new Map<string, Map<string, Holder>>();
  readonly #inside = new Map<string, Map<string, Holder>>();
  #count = 0;

  constructor(options: EffectsOptions) {
    this.#options = options;
  }

  /** A body begins. Gives the token of this execution. */
  begin({ flowRunId, call, attempt, isOneOfEqual = false }: Call): string {
    const { world, mirror, watch, here } = this.#options;
    this.#count += 1;
    const token = `t${this.#count}`;
    this.#madeBy.set(token, call);
    world.note(here(), `does ${call} attempt ${attempt} as ${token}`);
    const flow = mirror.flows.get(flowRunId);
    const ender = watch.endedBy.get(flowRunId);
    if (ender === here()) world.violate(`I15 ${call} begins in ${flowRunId}, which this process has ended`);
    if (flow === undefined || flow.sessionId !== here().sessionId) return token;
    if (!isOneOfEqual)
      for (const row of mirror.calls(flowRunId, call)) this.#checkNotDone(row, { flowRunId, call, attempt });
    if (this.#given.has(`${flowRunId} ${call}`) && !mirror.isTrusted(flowRunId))
      world.violate(`Law 3: ${call} of ${flowRunId} was given its value and runs again`);
    this.#checkNotCancelled(flowRunId, call);
    return token;
  }

  /** The body that was given `token` waits or works within a limit; call the answer when it has left. */
  enter(limit: string, token: string): () => void {
    return this.#hold(this.#inside, { name: limit, token, max: limits.get(limit) ?? 1, what: 'bodies within limit' });
  }

  /** The value of a cache key is being computed. */
  compute(key: string, token: string): () => void {
    return this.#hold(this.#computing, { name: key, token, max: 1, what: 'computations of cache key' });
  }

  /** A body was given this value of a task: it must be committed. */
  shown(flowRunId: string, made: Made): void {
    const { world, mirror } = this.#options;
    const rows = mirror.calls(flowRunId, made.call);
    if (rows.some((row) => row.stateType === 'COMPLETED' && row.outcome?.includes(`"${made.token}"`) === true)) return;
    world.violate(`Law 2: ${made.call} of ${flowRunId} was shown as ${made.token} and is not committed so`);
  }

  /** One of several equal calls was given a value: the same at each execution. */
  gave({ flowRunId, position, token }: Given): void {
    const { world, mirror } = this.#options;
    const key = `${flowRunId} ${position}`;
    const before = this.#given.get(key) ?? token;
    this.#given.set(key, token);
    if (before !== token && !mirror.isTrusted(flowRunId))
      world.violate(`Law 3: ${position} of ${flowRunId} was given ${before}, and now ${token}`);
  }

  /** Which call a token was given to. */
  callOf(token: string): string | undefined {
    return this.#madeBy.get(token);
  }

  #checkNotDone(row: TaskRow, { flowRunId, call, attempt }: Call): void {
    const { world } = this.#options;
    if (row.stateType === 'COMPLETED')
      world.violate(`Law 3: ${call} of ${flowRunId} is recorded as completed and runs again`);
    if (row.stateType === 'SCHEDULED' && attempt <= row.runCount)
      world.violate(`I6 attempt ${attempt} of ${call} is recorded as failed and runs again`);
    if (row.runCount > attempt) world.violate(`I6 attempt ${attempt} of ${call} runs after attempt ${row.runCount}`);
  }

  #checkNotCancelled(flowRunId: string, call: string): void {
    const { world, mirror, watch, here } = this.#options;
    for (let id: string | null = flowRunId; id !== null; id = mirror.flows.get(id)?.parentId ?? null) {
      const since = watch.cancellingSince.get(id);
      const row = mirror.flows.get(id);
      if (since !== undefined && row !== undefined && !isEnded(row.stateType) && world.now() - since > CANCEL_SEEN_MS)
        world.violate(`I15 ${call} begins ${world.now() - since} ms after ${id} was cancelled`);
    }
  }

  #hold(
    table: Map<string, Map<string, Holder>>,
    {
      name,
      token,
      max,
      what,
    }: { readonly name: string; readonly token: string; readonly max: number; readonly what: string },
  ): () => void {
    const { world, mirror, here } = this.#options;
    const holders = table.get(name) ?? new Map<string, Holder>();
    table.set(name, holders);
    const opening = mirror.sessions.get(here().sessionId ?? '')?.opening;
    holders.set(token, { process: here(), opening });
    // Leases that are over don't count: another process may hold the same by right.
    const live = [...holders.values()].filter(({ process, opening: had }) => {
      const session = mirror.sessions.get(process.sessionId ?? '');
      return process.isAlive && session !== undefined && session.expiresAt > world.now() && session.opening === had;
    });
    if (live.length > max) world.violate(`I8 ${live.length} ${what} '${name}' at once, ${max} allowed`);
    return () => {
      holders.delete(token);
    };
  }
}

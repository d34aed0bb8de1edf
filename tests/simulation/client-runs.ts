/**
 * Runs that clients drive beside those of the processes: as a server would, they move their flow runs through the ledger of any
 * process, and report the states of their tasks in any order, more than once and through several processes. At the end each row is
 * the one that the reports make in the order of their instants.
 */
import {
  completed,
  createIdSource,
  failed,
  pending,
  running,
  type State,
  type TaskRunRecord,
  type TaskRunReport,
  type Verdict,
} from '@millrace/kernel';
import type { Store } from '@millrace/store';
import { isDeepStrictEqual } from 'node:util';
import type { PeerProcess } from './peer-process.ts';
import type { World } from './world.ts';

/** A client asks any process that lives, and again until it has an answer. */
export type Ask = (delayMs: number, request: (process: PeerProcess) => Promise<unknown>) => void;

export interface ClientRunOptions {
  readonly world: World;

  readonly ask: Ask;
}

/** Task runs that a flow run left open are ended so long after it. */
const RECONCILE_AFTER_MS = 1_500;

export class ClientRuns {
  readonly #options: ClientRunOptions;
  readonly #runs: ClientRun[] = [];

  constructor(options: ClientRunOptions) {
    this.#options = options;
  }

  /** Some simulations have none. */
  introduce(): void {
    const { world, ask } = this.#options;
    const count = world.random.pick([0, 1, 1, 2]);
    const ids = createIdSource({ now: world.now, randomBytes: world.random.bytes });
    for (let index = 0; index < count; index += 1) {
      const run = new ClientRun(this.#options, { id: ids(), key: `client-${index}` });
      this.#runs.push(run);
      run.introduce();
    }
    if (count === 0) return;
    for (let times = world.random.between(1, 3); times > 0; times -= 1)
      ask(world.random.between(500, 15_000), ({ ledger }) => ledger.runs.reconcile(RECONCILE_AFTER_MS));
  }

  get isDone(): boolean {
    return this.#runs.every(({ isDone }) => isDone);
  }

  async check(store: Store): Promise<void> {
    for (const run of this.#runs) await run.check(store);
  }
}

interface ClientTask {
  readonly id: string;
  readonly reports: readonly TaskRunReport[];
}

class ClientRun {
  readonly #options: ClientRunOptions;
  readonly #id: string;
  readonly #key: string;
  readonly #tasks: ClientTask[] = [];
  readonly #end: (at: number) => State;
  readonly #workers = ['one', 'two'];
  #workerCount = 0;
  #openRequests = 0;
  #hasEnded = false;

  constructor(options: ClientRunOptions, { id, key }: { readonly id: string; readonly key: string }) {
    this.#options = options;
    this.#id = id;
    this.#key = key;
    const isFailing = options.world.random.chance(0.3);
    this.#end = (at) => (isFailing ? failed(at, { message: 'boom' }) : completed(at));
  }

  get isDone(): boolean {
    return this.#hasEnded && this.#openRequests === 0;
  }

  /** Two workers got hold of the run: only one may start it. */
  introduce(): void {
    const { world } = this.#options;
    const init = {
      id: this.#id,
      name: this.#key,
      flowName: 'program',
      flowVersion: null,
      parentFlowRunId: null,
      parentTaskRunId: null,
      rootFlowRunId: null,
      replayKey: null,
      idempotencyKey: this.#key,
      parameters: '[]',
      tags: [],
      policy: { retries: 0, retryDelaysMs: [], retryJitter: null, crashRetries: 0 },
      driver: 'client',
    } as const;
    this.#request(world.random.between(0, 1_500), async ({ ledger }) => {
      await ledger.runs.enqueue(init);
      // Its answer to the first time may have been lost.
      for (const worker of this.#workers.splice(0)) this.#start(worker);
    });
  }

  /** As Prefect's client: it goes on with the state that a rejection shows, and stops at an abort only. */
  #start(worker: string): void {
    const { world } = this.#options;
    let hasStarted = false;
    const transitionId = `${this.#key} ${worker}`;
    this.#request(world.random.between(50, 1_000), async ({ ledger }) => {
      const state = running(world.now(), { details: { transitionId } });
      const { status } = await ledger.runs.propose(this.#id, { state, by: 'api' });
      const isRunning = status === 'REJECT' && (await ledger.runs.flowRun(this.#id))?.state.type === 'RUNNING';
      if (!(status === 'ACCEPT' || isRunning) || hasStarted) return;
      hasStarted = true;
      this.#work(worker);
    });
  }

  #work(worker: string): void {
    const { world } = this.#options;
    this.#workerCount += 1;
    if (this.#workerCount > 1) world.violate(`Law 5: worker ${worker} runs ${this.#key}, which another one runs`);
    for (let index = world.random.between(1, 3); index > 0; index -= 1) this.#tasks.push(this.#task(index));
    for (const { reports } of this.#tasks) for (const report of reports) this.#deliver(report);
    this.#request(world.random.between(500, 6_000), ({ ledger }) => this.#finish(ledger.runs.propose));
  }

  async #finish(propose: (id: string, proposal: { state: State; by: 'api' }) => Promise<Verdict>): Promise<void> {
    const { world } = this.#options;
    const verdict = await propose(this.#id, { state: this.#end(world.now()), by: 'api' });
    if (verdict.status !== 'ACCEPT' && verdict.rule !== 'keep-terminal-state')
      world.violate(`Law 4: the end of ${this.#key} was refused by ${verdict.rule}`);
    this.#hasEnded = true;
  }

  /** States with instants of the client's clock, some of them the same. */
  #task(index: number): ClientTask {
    const { world } = this.#options;
    const { random } = world;
    const id = idFrom(random.bytes(16));
    const states = [
      pending,
      running,
      ...(random.chance(0.3) ? [running] : []),
      random.chance(0.3) ? failed : completed,
    ];
    let at = world.now();
    const startAt = at;
    const reports = states.map((make, number): TaskRunReport => {
      at += random.pick([0, 0.001, 5, 400]);
      const isEnd = number === states.length - 1;
      return {
        run: {
          id,
          flowRunId: this.#id,
          parentTaskRunId: null,
          taskKey: `load-${index}`,
          dynamicKey: String(index),
          replayKey: `load-${index}/${index}`,
          createdAt: startAt,
          tags: [],
          retryPolicy: null,
          details: null,
        },
        state: { ...make(at), id: idFrom(random.bytes(16)) },
        columns: {
          name: `load-${index}-${number}`,
          runCount: number,
          flowRunCount: 1,
          startAt: number === 0 ? null : startAt,
          endAt: isEnd ? at : null,
          runTimeMs: isEnd ? 7 : 0,
          inputs: [],
          cacheKey: null,
        },
      };
    });
    return { id, reports };
  }

  /** In any order, as each has a delay of its own, and some of them twice. */
  #deliver(report: TaskRunReport): void {
    const { world } = this.#options;
    for (let times = world.random.pick([1, 1, 2]); times > 0; times -= 1)
      this.#request(world.random.between(0, 8_000), async ({ ledger }) => {
        const [position] = await ledger.runs.report([report]);
        if (position === 'refused') world.violate(`Law 4: a report of ${this.#key} was refused`);
      });
  }

  #request(delayMs: number, request: (process: PeerProcess) => Promise<unknown>): void {
    let isAnswered = false;
    this.#openRequests += 1;
    this.#options.ask(delayMs, async (process) => {
      await request(process);
      if (isAnswered) return;
      isAnswered = true;
      this.#openRequests -= 1;
    });
  }

  async check(store: Store): Promise<void> {
    const { world } = this.#options;
    const run = await store.read(({ flowRuns }) => flowRuns.get(this.#id));
    const wanted = this.#end(0).type;
    if (run?.state.type !== wanted) world.violate(`${this.#key} is ${run?.state.type}; ${wanted} is right`);
    if (run?.driver !== 'client') world.violate(`${this.#key} is driven by ${run?.driver}`);
    for (const { id, reports } of this.#tasks) {
      const stored = await store.read(({ taskRuns }) => taskRuns.get(id));
      const [is, shouldBe] = [stored === undefined ? null : shown(stored), wantedFrom(reports)];
      if (!isDeepStrictEqual(is, shouldBe))
        world.violate(`Law 4: the reports of ${id} gave ${JSON.stringify(is)}; ${JSON.stringify(shouldBe)} is right`);
    }
  }
}

function idFrom(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function shown({ state, history, name, runCount, startAt, endAt, runTimeMs }: TaskRunRecord): unknown {
  return { states: [...history, state].map(({ id }) => id), name, runCount, startAt, endAt, runTimeMs };
}

/** Said a second time, without the product's merge. */
function wantedFrom(reports: readonly TaskRunReport[]): unknown {
  const order = ({ type }: State): number => (type === 'PENDING' ? 0 : type === 'RUNNING' ? 1 : 2);
  const sorted = [...reports].sort(
    ({ state: a }, { state: b }) => a.at - b.at || order(a) - order(b) || (a.id < b.id ? -1 : 1),
  );
  const { name, runCount, startAt, endAt, runTimeMs } = sorted.at(-1)?.columns ?? {};
  return { states: sorted.map(({ state }) => state.id), name, runCount, startAt, endAt, runTimeMs };
}

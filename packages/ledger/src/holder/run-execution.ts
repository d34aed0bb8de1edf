/**
 * One claimed flow run, or task runs outside any flow: see the kernel's `Execution` for the contract.
 *
 * Its record is the truth while its fencing token is valid, so it decides in memory and queues. When another process changed
 * the row, the decision is retried on the stored row; a stale token ends the execution.
 */
import {
  decide,
  describeValue,
  type Execution,
  type FlowRunRecord,
  type Interrupt,
  isNotReady,
  isTerminal,
  isTerminalType,
  type LogLine,
  outranks,
  type ParkRequest,
  type Proposal,
  type SignalRecord,
  StaleExecution,
  StateType,
  type TaskRunInit,
  type TaskRunRecord,
  type Verdict,
} from '@millrace/kernel';
import type { Fence, FlowRunFence } from '@millrace/store';
import { isRunChanged, isStale } from '../state/retry-on-conflict.ts';
import { changesOf, enterState, flowSnapshot, takeOutcome } from '../state/run-changes.ts';
import { abandonInTime } from './abandon-in-time.ts';
import { completedBelow } from './completed-below.ts';
import { Durability } from './durability.ts';
import type { HolderContext } from './holder-context.ts';
import { freshTaskRun } from '../state/fresh-records.ts';
import { type RecordedRuns, recordedRunsOf } from './recorded-runs.ts';
import { evictRun } from './evict-run.ts';
import { SignalTaker } from './signal-taker.ts';
import { StandaloneRuns } from './standalone-runs.ts';

export class RunExecution implements Execution {
  readonly flowRun: FlowRunRecord | null;
  readonly #context: HolderContext;
  readonly #standalone: StandaloneRuns | null;
  #fence: Fence | null;
  /** The fence of the parent's execution; null = the run has none. */
  #parent: FlowRunFence | null = null;
  readonly #durability: Durability;
  readonly #signals: SignalTaker | null;
  #recorded: RecordedRuns;
  #lost: Error | null = null;
  #interrupt: Interrupt | null = null;
  #listener: ((interrupt: Interrupt) => void) | null = null;
  #reloading: Promise<void> | null = null;
  /** How often a stored row replaced a refused decision. */
  #reloadCount = 0;

  constructor(context: HolderContext, flowRun: FlowRunRecord | null, recorded: RecordedRuns) {
    this.#context = context;
    this.flowRun = flowRun;
    this.#recorded = recorded;
    this.#fence = flowRun === null ? null : { flowRunId: flowRun.id, token: flowRun.token };
    this.#standalone = flowRun === null ? new StandaloneRuns(context) : null;
    this.#durability = new Durability((error) => this.fail(error));
    this.#signals =
      flowRun === null ? null : new SignalTaker(context.journal.signals, flowRun, (record) => this.touch(record));
    if (flowRun !== null) context.owned.add(flowRun.id, this);
  }

  get recorded(): RecordedRuns {
    return this.#recorded;
  }

  /** Queues the row of a run that has just started, under the token of the parent's execution if it has one. */
  insert(parentToken: number | null): void {
    const run = this.#owned();
    const { parentFlowRunId } = run;
    const isChild = parentFlowRunId !== null && parentToken !== null;
    if (isChild) this.#parent = { flowRunId: parentFlowRunId, token: parentToken };
    this.#durability.track(this.#put(run));
  }

  beginTaskRun(init: TaskRunInit): TaskRunRecord {
    const { flowRun } = this;
    const sessionId = this.#standalone?.sessionId ?? null;
    const record = freshTaskRun(init, this.#context.clock.now(), { flowRun, sessionId });
    if (this.#standalone !== null) this.#fence ??= this.#standalone.fenceOf(record);
    this.#standalone?.follow(record);
    this.touch(record);
    return record;
  }

  proposeTask(record: TaskRunRecord, proposal: Proposal, outcome?: string | null): Verdict {
    const verdict = this.#context.taskDecider.propose({ record, flowRun: this.flowRun }, proposal, outcome);
    if (changesOf(verdict) === undefined) return verdict;
    this.#standalone?.follow(record);
    this.touch(record);
    if (isTerminalType(record.state.type)) this.#context.leases.ended(record.id);
    return verdict;
  }

  touch(record: TaskRunRecord): void {
    if (this.#lost === null) this.#durability.track(this.#context.journal.rows.putTaskRun(record, this.#fence));
  }

  queueFlow(proposal: Proposal): Verdict {
    const verdict = this.#decideFlow(proposal, undefined);
    if (changesOf(verdict) !== undefined) this.#durability.track(this.#writeFlow(verdict, proposal, undefined));
    return verdict;
  }

  async proposeFlow(proposal: Proposal, outcome?: string | null): Promise<Verdict> {
    if (this.#lost !== null) throw this.#lost;
    if (isTerminalType(proposal.state.type)) await this.#endAbandoned(proposal);
    const verdict = this.#decideFlow(proposal, outcome);
    if (changesOf(verdict) === undefined) return verdict;
    return await this.#writeFlow(verdict, proposal, outcome);
  }

  committed(): Promise<void> {
    return this.#durability.committed();
  }

  outcome(record: TaskRunRecord | FlowRunRecord): Promise<string | null> {
    return this.#context.outcomes.read(record);
  }

  completedBelow(record: TaskRunRecord | FlowRunRecord): Promise<readonly (TaskRunRecord | FlowRunRecord)[]> {
    return completedBelow(this.#context.journal, this.#recorded, record);
  }

  log(lines: readonly LogLine[]): void {
    this.#durability.track(this.#context.journal.rows.appendLogs(lines));
  }

  async park(request: ParkRequest): Promise<void> {
    const run = this.#owned();
    const eviction = { run, request, signals: this.#signals };
    Object.assign(run, await this.#guarded(() => evictRun(this.#context, eviction)));
    this.#context.owned.remove(run.id, this);
  }

  async takeSignal(record: TaskRunRecord, name: string): Promise<SignalRecord | undefined> {
    const signals = this.#signals;
    if (signals === null) return undefined;
    return await this.#guarded(() => signals.take(record, name));
  }

  onInterrupt(listener: (interrupt: Interrupt) => void): void {
    this.#listener = listener;
    if (this.#interrupt !== null) listener(this.#interrupt);
  }

  async reread(): Promise<void> {
    const run = this.#owned();
    await this.committed();
    this.#recorded = recordedRunsOf(await this.#context.journal.snapshot(run.id));
  }

  release(): void {
    const run = this.flowRun;
    if (run === null || this.#context.owned.get(run.id) !== this) return;
    this.#context.owned.remove(run.id, this);
    if ((isTerminal(run.state) || isNotReady(run.state)) && this.#lost === null) return;
    abandonInTime(this.#context, run);
  }

  /** Interrupts the body if another process changed the stored run in a way that stops it. The live record stays as it is. */
  handleStored(stored: FlowRunRecord): void {
    const { token, state } = this.#owned();
    if (stored.token !== token) this.fail(this.#stale());
    else if (stored.state.type === StateType.Cancelling && state.type !== StateType.Cancelling)
      this.#deliver({ kind: 'cancel', reason: stored.state.message ?? 'cancelled from outside' });
    else if (stored.state.type === StateType.Paused && state.type === StateType.Running)
      this.#deliver({ kind: 'suspend' });
  }

  /** A stronger interrupt replaces the one that was delivered; an equal or weaker one adds nothing to it. */
  #deliver(interrupt: Interrupt): void {
    if (this.#interrupt !== null && !outranks(interrupt, this.#interrupt)) return;
    this.#interrupt = interrupt;
    this.#listener?.(interrupt);
  }

  /** Ends the execution, because another process owns the run now or a queued write could not be stored. */
  fail(error: unknown): void {
    if (this.#lost !== null) return;
    const cause = error instanceof Error ? error : new Error(describeValue(error));
    this.#lost = cause;
    this.#durability.refuse(cause);
    this.#standalone?.end();
    if (this.flowRun !== null && isStale(cause)) this.#context.owned.remove(this.flowRun.id, this);
    this.#deliver({ kind: 'lost', cause });
  }

  #decideFlow(proposal: Proposal, outcome: string | null | undefined): Verdict {
    const run = this.#owned();
    const { clock, random } = this.#context;
    const verdict = decide(flowSnapshot(run, 'session', proposal.state.type), proposal, { now: clock.now(), random });
    const changes = changesOf(verdict);
    if (changes === undefined) return verdict;
    enterState(run, changes);
    takeOutcome(run, proposal, outcome);
    if (!isTerminal(run.state)) return verdict;
    if (this.#recorded.size > 0) run.divergence = this.#recorded.uncalled();
    this.#context.leases.ended(run.id);
    return verdict;
  }

  /** Resolves with the verdict that was committed: another one if another process changed the run meanwhile. */
  /** Until its first write has committed, each write of a child may be the one that inserts the row, so each carries the parent's fence. */
  #put(run: FlowRunRecord): Promise<void> {
    return this.#context.journal.rows.putFlowRun(run, run.revision === '' ? this.#parent : null);
  }

  async #writeFlow(first: Verdict, proposal: Proposal, outcome: string | null | undefined): Promise<Verdict> {
    const run = this.#owned();
    let verdict = first;
    for (;;) {
      const decidedOn = this.#reloadCount;
      try {
        await this.#put(run);
        if (decidedOn === this.#reloadCount) {
          // The state of this write, not a later one of the run, because that may still be refused.
          const written = changesOf(verdict)?.state;
          if (written !== undefined && isTerminalType(written.type)) this.#context.owned.remove(run.id, this);
          return verdict;
        }
        // Another write of this execution met a conflict and read the row again, so that row was written and not this decision.
      } catch (error) {
        if (!isRunChanged(error)) {
          this.fail(error);
          throw this.#lost ?? error;
        }
        await this.#reload();
      }
      verdict = this.#decideFlow(proposal, outcome);
      if (changesOf(verdict) === undefined) return verdict;
    }
  }

  /** Ends children that a former execution left unfinished and this one never called, with their parent. */
  async #endAbandoned(proposal: Proposal): Promise<void> {
    if (this.#recorded.size === 0) return;
    const { tasks, flows } = this.#recorded.abandoned();
    if (tasks.length + flows.length === 0) return;
    const { id: flowRunId, token: fencingToken } = this.#owned();
    const flowRunIds = flows.map(({ id }) => id);
    const { at } = proposal.state;
    await this.#guarded(() => this.#context.journal.endCalls({ flowRunId, fencingToken, at, tasks, flowRunIds }));
  }

  /** The stored row replaces the refused decision. Joined: one read serves every write that waits. */
  #reload(): Promise<void> {
    const run = this.#owned();
    this.#reloading ??= this.#context.journal
      .flowRun(run.id)
      .then((stored) => {
        if (stored === null || stored.token !== run.token) throw this.#refusal(this.#stale());
        // Interrupt now: once the live record is as it is stored, nothing shows what has changed.
        this.handleStored(stored);
        Object.assign(run, stored);
        this.#reloadCount += 1;
      })
      .finally(() => {
        this.#reloading = null;
      });
    return this.#reloading;
  }

  async #guarded<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  #refusal(error: unknown): unknown {
    if (isStale(error)) this.fail(error);
    return this.#lost ?? error;
  }

  #stale(): StaleExecution {
    const { id, token } = this.#owned();
    return new StaleExecution({ flowRunId: id, token });
  }

  #owned(): FlowRunRecord {
    if (this.flowRun === null) throw new TypeError('a task run outside any flow has no flow run');
    return this.flowRun;
  }
}
